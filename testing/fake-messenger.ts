import { EffectRefusedError } from "../shared/errors/job-errors.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { Channel, MessageReport, Messenger, OutgoingMessage } from "../shared/ports/messenger.ts";
import { MemoryMessenger, type SentMessage } from "../test/support/memory-messenger.ts";
import { REPORT_LAG_MS, type Post } from "./fake-mailer.ts";
import { outcomeOf, type OutcomePlan } from "./outcomes.ts";

/** A message that somebody tries to send. */
export interface MessageAttempt {
  readonly channel: Channel;
  readonly to: string;
  readonly from: string;
  readonly jobId: string;
  readonly effect: string;
  /** 1 for the run's first message, whatever became of those before. */
  readonly number: number;
}

/** What becomes of messages; see `MAIL_OUTCOMES`. */
export type MessagePlan = OutcomePlan<MessageAttempt>;

/** The provider of WhatsApp and SMS: does what the plan says, and keeps what went out. */
export class FakeMessenger implements Messenger {
  readonly #post: Post<MessagePlan>;
  readonly #service: MemoryMessenger;
  #attempts = 0;

  constructor(post: Post<MessagePlan>) {
    this.#post = post;
    this.#service = new MemoryMessenger(post.clock, (message) => this.#report(message));
  }

  /** What went out. */
  get messages(): readonly SentMessage[] {
    return this.#service.messages;
  }

  async send(message: OutgoingMessage): Promise<{ readonly id: string }> {
    this.#attempts += 1;
    const { plan, onProblem } = this.#post;
    const { channel, to, from, jobId, effect } = message;
    const outcome = outcomeOf(plan, { channel, to, from, jobId, effect, number: this.#attempts }, onProblem);
    if (outcome === "throttled" || outcome === "rejected") throw refusal(outcome);
    if (outcome === "timeout") throw new Error("The messages' provider did not answer.");
    const sent = await this.#service.send(message);
    if (outcome === "lost") throw new Error("The answer of the messages' provider was lost.");
    return sent;
  }

  report(id: string): Promise<MessageReport | undefined> {
    return this.#service.report(id);
  }

  findSent(message: OutgoingMessage, since: EpochMs): Promise<readonly MessageReport[]> {
    return this.#service.findSent(message, since);
  }

  #report({ id, at, jobId, effect }: SentMessage): void {
    const { clock, receipts } = this.#post;
    const report = { jobId, effect, messageId: id, eventType: "sent", at };
    if (receipts !== undefined) clock.after(REPORT_LAG_MS, () => void receipts.put(report));
  }
}

/** What a message says, for people. */
export const wordsOf = ({ content }: Pick<OutgoingMessage, "content">): string =>
  "text" in content ? `"${content.text}"` : `${content.contentSid} ${JSON.stringify(content.variables)}`;

function refusal(outcome: "throttled" | "rejected"): EffectRefusedError {
  const isPermanent = outcome === "rejected";
  // Twilio's codes: too many requests, and a number that cannot be.
  const code = isPermanent ? "21211" : "20429";
  return new EffectRefusedError(code, `The messages' provider refused the message (${code}).`, { isPermanent });
}
