import type { EventBus } from "../events/event-bus.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/intrinsics.ts";
import type { Resource } from "../template/resources.ts";
import type { Mail } from "./mail-store.ts";

export interface MailEventsOptions {
  readonly bus: EventBus;
  readonly destinations: readonly Resource<"AWS::SES::ConfigurationSetEventDestination">[];
  /** Milliseconds from a mail to its Send event, and again to what became of it. */
  readonly lagMs: number;
  readonly onError: (error: unknown) => void;
}

/** One kind of SES event as EventBridge gets it. */
interface MailEvent {
  readonly eventType: string;
  readonly detailType: string;
  /** Property of `detail` beside `mail`. */
  readonly property: string;
  readonly details: (mail: Mail, at: Date) => object;
}

const SEND: MailEvent = { eventType: "Send", detailType: "Email Sent", property: "send", details: () => ({}) };

const DELIVERY: MailEvent = {
  eventType: "Delivery",
  detailType: "Email Delivered",
  property: "delivery",
  details: (mail, at) => ({
    timestamp: at.toISOString(),
    processingTimeMillis: at.getTime() - mail.at.getTime(),
    recipients: mail.to,
    smtpResponse: "250 2.0.0 OK",
    reportingMTA: "local.amazonses.com",
  }),
};

const BOUNCE: MailEvent = {
  eventType: "Bounce",
  detailType: "Email Bounced",
  property: "bounce",
  details: (mail, at) => ({
    bounceType: "Permanent",
    bounceSubType: "General",
    bouncedRecipients: mail.to.map((emailAddress) => ({ emailAddress, action: "failed", status: "5.1.1" })),
    timestamp: at.toISOString(),
  }),
};

const COMPLAINT: MailEvent = {
  eventType: "Complaint",
  detailType: "Email Complaint Received",
  property: "complaint",
  details: (mail, at) => ({
    complainedRecipients: mail.to.map((emailAddress) => ({ emailAddress })),
    timestamp: at.toISOString(),
    complaintFeedbackType: "abuse",
  }),
};

/** SES's own mailbox simulator: these addresses have a fate, all others get their mail. */
function fateOf({ to }: Mail): MailEvent[] {
  if (to.some((address) => /^bounce(\+.*)?@simulator\.amazonses\.com$/i.test(address))) return [BOUNCE];
  if (to.some((address) => /^complaint(\+.*)?@simulator\.amazonses\.com$/i.test(address))) return [DELIVERY, COMPLAINT];
  return [DELIVERY];
}

/** Sends what SES would tell EventBridge about each mail of a configuration set with an event destination. */
export class MailEvents {
  readonly #options: MailEventsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: MailEventsOptions) {
    this.#options = options;
  }

  /** Call once for each accepted mail. */
  follow(mail: Mail): void {
    [SEND, ...fateOf(mail)]
      .filter((event) => this.#isWanted(mail, event))
      .forEach((event) => this.#later(event === SEND ? 1 : 2, () => this.#publish(mail, event)));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #isWanted({ configurationSet }: Mail, { eventType }: MailEvent): boolean {
    return this.#options.destinations.some(
      ({ properties: { ConfigurationSetName, EventDestination } }) =>
        ConfigurationSetName === configurationSet &&
        EventDestination.Enabled &&
        EventDestination.EventBridgeDestination !== undefined &&
        EventDestination.MatchingEventTypes.some((wanted) => wanted.toLowerCase() === eventType.toLowerCase()),
    );
  }

  #later(lags: number, publish: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      publish().catch(this.#options.onError);
    }, lags * this.#options.lagMs);
    this.#timers.add(timer);
  }

  #publish(mail: Mail, { eventType, detailType, property, details }: MailEvent): Promise<void> {
    const at = new Date();
    return this.#options.bus.publish({
      source: "aws.ses",
      detailType,
      resources: [`arn:aws:ses:${LOCAL_REGION}:${LOCAL_ACCOUNT}:configuration-set/${mail.configurationSet}`],
      at,
      detail: { eventType, mail: mailPart(mail), [property]: details(mail, at) },
    });
  }
}

function mailPart(mail: Mail): object {
  const { messageId, at, from, to, subject, configurationSet, tags } = mail;
  const own = Object.entries(tags).map(([name, value]) => [name, [value]] as const);
  return {
    timestamp: at.toISOString(),
    messageId,
    source: from,
    sendingAccountId: LOCAL_ACCOUNT,
    destination: to,
    headersTruncated: false,
    commonHeaders: { from: [from], to, subject, messageId },
    tags: {
      "ses:operation": ["SendRawEmail"],
      "ses:configuration-set": configurationSet === undefined ? [] : [configurationSet],
      "ses:from-domain": [from.split("@").at(-1)?.replace(">", "") ?? ""],
      ...Object.fromEntries(own),
    },
  };
}
