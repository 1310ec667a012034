import PostalMime from "postal-mime";

import { EffectRefusedError } from "../shared/errors/job-errors.ts";
import type { Mailer, OutgoingMail } from "../shared/ports/mailer.ts";
import type { ReceiptStore } from "../shared/ports/receipt-store.ts";
import { MemoryMailer, type SentMail } from "../test/support/memory-mailer.ts";
import { outcomeOf, type OutcomePlan } from "./outcomes.ts";
import type { TestClock } from "./test-clock.ts";

/** A mail that somebody tries to send. */
export interface MailAttempt {
  readonly to: string;
  readonly from: string;
  readonly jobId: string;
  readonly effect: string;
  /** 1 for the run's first mail, whatever became of those before. */
  readonly number: number;
}

/** What becomes of mails; see `MAIL_OUTCOMES`. */
export type MailPlan = OutcomePlan<MailAttempt>;

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

/** A service that takes things to people. */
export interface Post<Plan> {
  readonly clock: TestClock;
  readonly plan: Plan;
  /** Where its reports end up; nowhere when it reports none. */
  readonly receipts: ReceiptStore | undefined;
  /** Hears of a plan that makes no sense. */
  readonly onProblem: (problem: string) => void;
}

/** Services report what they took some seconds later. */
export const REPORT_LAG_MS = 10_000;

/** The mail service: does what the plan says, and keeps what went out. */
export class FakeMailer implements Mailer {
  readonly #post: Post<MailPlan>;
  readonly #service: MemoryMailer;
  readonly #raws = new Map<string, Uint8Array>();
  #attempts = 0;

  constructor(post: Post<MailPlan>) {
    this.#post = post;
    this.#service = new MemoryMailer(post.clock, (mail) => this.#report(mail));
  }

  /** What went out. */
  get mails(): readonly SentMail[] {
    return this.#service.mails;
  }

  async send(mail: OutgoingMail): Promise<{ readonly id: string }> {
    this.#attempts += 1;
    const { plan, onProblem } = this.#post;
    const { to, from, jobId, effect } = mail;
    const outcome = outcomeOf(plan, { to, from, jobId, effect, number: this.#attempts }, onProblem);
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

  #report({ id, at, jobId, effect }: SentMail): void {
    const { clock, receipts } = this.#post;
    const report = { jobId, effect, messageId: id, eventType: "Send", at };
    if (receipts !== undefined) clock.after(REPORT_LAG_MS, () => void receipts.put(report));
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
