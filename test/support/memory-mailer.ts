import type { EpochMs } from "../../shared/job/job.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Mailer, OutgoingMail } from "../../shared/ports/mailer.ts";

/** A mail that was taken. */
export interface SentMail {
  readonly id: string;
  readonly at: EpochMs;
  readonly to: string;
  readonly subject: string;
  readonly jobId: string;
  readonly effect: string;
  readonly kind?: string;
  readonly broadcastId?: string;
}

/** Takes mails and keeps them; `onSent` hears of each, as SES's event destination does. */
export class MemoryMailer implements Mailer {
  readonly mails: SentMail[] = [];
  readonly #clock: Clock;
  readonly #onSent: (mail: SentMail) => void;

  constructor(clock: Clock, onSent: (mail: SentMail) => void = () => {}) {
    this.#clock = clock;
    this.#onSent = onSent;
  }

  async send({ raw, from: _from, ...rest }: OutgoingMail): Promise<{ readonly id: string }> {
    await Promise.resolve();
    const id = `mail-${this.mails.length + 1}`;
    const mail = { id, at: this.#clock.now(), subject: subjectOf(raw), ...rest };
    this.mails.push(mail);
    this.#onSent(mail);
    return { id };
  }
}

/** The subject line, unfolded. */
function subjectOf(raw: Uint8Array): string {
  const [head = ""] = Buffer.from(raw)
    .toString("utf8")
    .split(/\r?\n\r?\n/, 1);
  const [, subject = ""] = /^subject:[ \t]*((?:.*(?:\r?\n[ \t])?)*)/im.exec(head) ?? [];
  return subject.replaceAll(/\r?\n[ \t]+/g, " ").trim();
}
