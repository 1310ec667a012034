import { ASSUMED_CLOCK_SKEW_SECONDS } from "../../shared/job/job-times.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { MessageReport, Messenger, OutgoingMessage } from "../../shared/ports/messenger.ts";

/** A message that was taken. */
export interface SentMessage extends OutgoingMessage {
  /** In Twilio's form: `SM` and 32 hexadecimal digits. */
  readonly id: string;
  readonly at: EpochMs;
}

/** Takes messages and keeps them; `onSent` hears of each, as a status callback does. Each is delivered, for a cent. */
export class MemoryMessenger implements Messenger {
  readonly messages: SentMessage[] = [];
  readonly #clock: Clock;
  readonly #onSent: (message: SentMessage) => void;

  constructor(clock: Clock, onSent: (message: SentMessage) => void = () => {}) {
    this.#clock = clock;
    this.#onSent = onSent;
  }

  /** The id that the next message gets. */
  get nextId(): string {
    return `SM${String(this.messages.length + 1).padStart(32, "0")}`;
  }

  async send(message: OutgoingMessage): Promise<{ readonly id: string }> {
    await Promise.resolve();
    const id = this.nextId;
    const taken = { ...message, id, at: this.#clock.now() };
    this.messages.push(taken);
    this.#onSent(taken);
    return { id };
  }

  async report(id: string): Promise<MessageReport | undefined> {
    await Promise.resolve();
    return this.messages.some((message) => message.id === id) ? delivered(id) : undefined;
  }

  async findSent(message: OutgoingMessage, since: EpochMs): Promise<readonly MessageReport[]> {
    await Promise.resolve();
    const earliest = since - ASSUMED_CLOCK_SKEW_SECONDS * 1000; // whoever asks may have a wrong clock
    return this.messages
      .filter(({ at, ...taken }) => at >= earliest && sameWords(taken) === sameWords(message))
      .toReversed()
      .map(({ id }) => delivered(id));
  }
}

const delivered = (id: string): MessageReport => ({ id, status: "delivered", price: "0.0100", priceUnit: "USD" });

/** What Twilio's list of messages can tell apart: it knows nothing of jobs. */
const sameWords = ({ channel, from, to, content }: OutgoingMessage): string =>
  JSON.stringify([channel, from, to, content]);
