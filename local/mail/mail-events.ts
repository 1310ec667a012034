import type { EventBus } from "../events/event-bus.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/intrinsics.ts";
import type { Resource } from "../template/resources.ts";
import type { Mail } from "./mail-store.ts";

export interface MailEventsOptions {
  readonly bus: EventBus;
  readonly destinations: readonly Resource<"AWS::SES::ConfigurationSetEventDestination">[];
  /** Milliseconds from a mail to its Send event, and from each event to the next. */
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

const bounce = (bounceType: "Permanent" | "Transient", bounceSubType: string, status: string): MailEvent => ({
  eventType: "Bounce",
  detailType: "Email Bounced",
  property: "bounce",
  details: (mail, at) => ({
    bounceType,
    bounceSubType,
    bouncedRecipients: mail.to.map((emailAddress) => ({ emailAddress, action: "failed", status })),
    timestamp: at.toISOString(),
  }),
});

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

/**
 * What becomes of a mail after SES took it, by the fate in its address: `bounce@simulator.amazonses.com`, SES's own mailbox
 * simulator, or `ada+bounce@example.com`, so that examples may bounce, too. All other mails arrive.
 */
const FATES: ReadonlyMap<string, readonly MailEvent[]> = new Map([
  ["bounce", [bounce("Permanent", "General", "5.1.1")]],
  ["suppressionlist", [bounce("Permanent", "Suppressed", "5.1.1")]],
  ["softbounce", [bounce("Transient", "MailboxFull", "4.2.2")]],
  // Out of the office: delivered, and an automatic reply, which SES takes for a soft bounce.
  ["ooto", [DELIVERY, bounce("Transient", "General", "4.0.0")]],
  ["complaint", [DELIVERY, COMPLAINT]],
]);

function fateOf({ to }: Mail): readonly MailEvent[] {
  const [fate = [DELIVERY]] = to.flatMap((mailbox) => {
    const events = FATES.get(fateIn(mailbox));
    return events === undefined ? [] : [events];
  });
  return fate;
}

function fateIn(mailbox: string): string {
  const address = (/<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox).trim().toLowerCase();
  const [local = "", host] = address.split("@");
  const [name = "", label = ""] = local.split("+");
  return host === "simulator.amazonses.com" ? name : label;
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
      .forEach((event, index) => this.#later(index + 1, () => this.#publish(mail, event)));
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
