import type { TickMessage } from "../../shared/contracts/messages.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { JobQueue, OutgoingPermit } from "../../shared/ports/job-queue.ts";
import type { Clock } from "../../shared/ports/clock.ts";

export interface MemoryMessage {
  readonly handle: string;
  readonly type: string;
  readonly body: string;
  visibleAt: EpochMs;
  receiveCount: number;
}

/** Queues and DLQs in memory, with SQS's visibility, delays and receive counts. */
export class MemoryJobQueue implements JobQueue {
  readonly deadLetters: { readonly type: string; readonly body: string }[] = [];
  messages: MemoryMessage[] = [];
  readonly #clock: Clock;
  #handles = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send({ permit, delaySeconds }: OutgoingPermit): Promise<void> {
    this.put(permit.type, JSON.stringify(permit), delaySeconds);
    return Promise.resolve();
  }

  sendTick(tick: TickMessage): Promise<void> {
    this.put(tick.type, JSON.stringify(tick));
    return Promise.resolve();
  }

  async sendAll(_type: string, outgoing: readonly OutgoingPermit[]): Promise<readonly OutgoingPermit[]> {
    for (const each of outgoing) await this.send(each);
    return outgoing;
  }

  deadLetter(type: string, body: string): Promise<void> {
    this.deadLetters.push({ type, body });
    return Promise.resolve();
  }

  hide(_type: string, receiptHandle: string, seconds: number): Promise<void> {
    const message = this.messages.find(({ handle }) => handle === receiptHandle);
    if (message !== undefined) message.visibleAt = this.#clock.now() + seconds * 1000;
    return Promise.resolve();
  }

  depth(type: string): Promise<number> {
    const waiting = this.messages.filter((message) => message.type === type && message.visibleAt <= this.#clock.now());
    return Promise.resolve(waiting.length);
  }

  /** Puts a body into a queue, as anybody with access could. */
  put(type: string, body: string, delaySeconds = 0): void {
    this.#handles += 1;
    const visibleAt = this.#clock.now() + delaySeconds * 1000;
    this.messages.push({ handle: `handle-${this.#handles}`, type, body, visibleAt, receiveCount: 0 });
  }

  /** Receives the message, of any type or of one, that has been visible longest, and hides it for the visibility timeout. */
  receive(visibilityTimeoutSeconds: number, type?: string): MemoryMessage | undefined {
    const [message] = this.messages
      .filter((each) => each.visibleAt <= this.#clock.now() && (type === undefined || each.type === type))
      .toSorted((a, b) => a.visibleAt - b.visibleAt);
    if (message === undefined) return undefined;
    message.receiveCount += 1;
    message.visibleAt = this.#clock.now() + visibilityTimeoutSeconds * 1000;
    return message;
  }

  delete(handle: string): void {
    this.messages = this.messages.filter((message) => message.handle !== handle);
  }
}
