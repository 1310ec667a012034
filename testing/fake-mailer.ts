import PostalMime from "postal-mime";

import { EffectRefusedError } from "../shared/errors/job-errors.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { Mailer, OutgoingMail } from "../shared/ports/mailer.ts";
import type { ReceiptStore } from "../shared/ports/receipt-store.ts";
import { MemoryMailer, type SentMail } from "../test/support/memory-mailer.ts";
import type { TestClock } from "./test-clock.ts";

/**
 * What the mail service does with a mail:
 *
 * | outcome | the mail | the handler |
 * |---|---|---|
 * | `sent` | goes out | gets its id |
 * | `throttled` | does not | knows that; another attempt may do it |
 * | `rejected` | does not | knows that; no attempt can help |
 * | `lost` | goes out | gets an error: nobody knows, until the service reports the mail |
 * | `timeout` | does not | gets an error: nobody knows |
 */
export const MAIL_OUTCOMES = ["sent", "throttled", "rejected", "lost", "timeout"] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];

/** A mail that somebody tries to send. */
export interface MailAttempt {
  readonly to: string;
  readonly from: string;
  readonly jobId: string;
  readonly effect: string;
  /** 1 for the run's first mail, whatever became of those before. */
  readonly number: number;
}

/** Outcomes in the order of the mails (what comes after the last one is sent), or what decides for each. */
export type MailPlan = readonly MailOutcome[] | ((mail: MailAttempt) => MailOutcome | undefined);

/** A mail that went out, read as its recipient's program reads it. */
export interface ReceivedMail extends SentMail {
  /** The address in the `From` header. */
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly ReceivedAttachment[];
}

export interface ReceivedAttachment {
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly content: Uint8Array;
}

interface Post {
  readonly clock: TestClock;
  readonly plan: MailPlan;
  /** Where the service's reports of mails end up; nowhere when it reports none. */
  readonly receipts: ReceiptStore | undefined;
  /** Hears of a plan that makes no sense. */
  readonly onProblem: (problem: string) => void;
}

/** SES reports a mail some seconds after it took it. */
const REPORT_LAG_MS = 10_000;

/** The mail service: does what the plan says, and keeps what went out. */
export class FakeMailer implements Mailer {
  readonly #post: Post;
  readonly #service: MemoryMailer;
  readonly #raws = new Map<string, Uint8Array>();
  #attempts = 0;

  constructor(post: Post) {
    this.#post = post;
    this.#service = new MemoryMailer(post.clock, (mail) => this.#report(mail));
  }

  /** What went out. */
  get mails(): readonly SentMail[] {
    return this.#service.mails;
  }

  async send(mail: OutgoingMail): Promise<{ readonly id: string }> {
    this.#attempts += 1;
    const outcome = this.#outcomeOf(mail);
    if (outcome === "throttled" || outcome === "rejected") {
      const isPermanent = outcome === "rejected";
      const code = isPermanent ? "MessageRejected" : "Throttling";
      throw new EffectRefusedError(code, `The mail service refused the mail (${code}).`, { isPermanent });
    }
    if (outcome === "timeout") throw new Error("The mail service did not answer.");
    const sent = await this.#service.send(mail);
    this.#raws.set(sent.id, mail.raw);
    if (outcome === "lost") throw new Error("The mail service's answer was lost.");
    return sent;
  }

  /** Every mail that went out, parsed. */
  received(): Promise<ReceivedMail[]> {
    return Promise.all(this.mails.map(async (mail) => ({ ...mail, ...(await contentOf(this.#raws.get(mail.id))) })));
  }

  #outcomeOf({ to, from, jobId, effect }: OutgoingMail): MailOutcome {
    const { plan } = this.#post;
    const number = this.#attempts;
    const outcome = typeof plan === "function" ? plan({ to, from, jobId, effect, number }) : plan[number - 1];
    if (outcome === undefined || MAIL_OUTCOMES.includes(outcome)) return outcome ?? "sent";
    this.#post.onProblem(
      `"${outcome as string}" is not what can become of a mail. Choose of ${MAIL_OUTCOMES.join(", ")}.`,
    );
    return "sent";
  }

  #report({ id, at, jobId, effect }: SentMail): void {
    const { clock, receipts } = this.#post;
    const report = { jobId, effect, messageId: id, eventType: "Send", at };
    if (receipts !== undefined) clock.after(REPORT_LAG_MS, () => void receipts.put(report));
  }

  /** When the mails' service has told all that it will tell. */
  get quietAt(): EpochMs {
    return Math.max(0, ...this.mails.map(({ at }) => at + REPORT_LAG_MS));
  }
}

async function contentOf(raw: Uint8Array = new Uint8Array()) {
  const { from, replyTo = [], text = "", html = "", subject = "", attachments } = await PostalMime.parse(raw);
  return {
    from: from?.address ?? "",
    replyTo: replyTo.map(({ address = "" }) => address),
    subject,
    text,
    html,
    attachments: attachments.map(({ filename, mimeType, content }) => ({
      filename: filename ?? undefined,
      contentType: mimeType,
      content: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
    })),
  };
}
