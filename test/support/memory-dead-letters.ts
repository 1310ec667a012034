import type { EpochMs } from "../../shared/job/job.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { DeadLetter, DeadLetterQueue } from "../../shared/ports/dead-letter-queue.ts";
import type { MemoryJobQueue } from "./memory-job-queue.ts";

type Letter = MemoryJobQueue["deadLetters"][number];

/**
 * Receives the dead letters of a `MemoryJobQueue`, with SQS's visibility. Like a standard queue it brings fewer than there
 * are: seven at most, and every third time none.
 */
export class MemoryDeadLetters implements DeadLetterQueue {
  readonly #queue: MemoryJobQueue;
  readonly #clock: Clock;
  readonly #visibleAt = new WeakMap<Letter, EpochMs>();
  readonly #received = new Map<string, Letter>();
  #receives = 0;

  constructor(queue: MemoryJobQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  async receive(
    type: string,
    { max, hideSeconds }: { readonly max: number; readonly hideSeconds: number },
  ): Promise<readonly DeadLetter[]> {
    await Promise.resolve();
    this.#receives += 1;
    if (this.#receives % 3 === 0) return [];
    return this.#visible(type)
      .slice(0, Math.min(max, 7))
      .map((letter, index) => {
        const handle = `receive-${this.#receives}-${index}`;
        this.#visibleAt.set(letter, this.#clock.now() + hideSeconds * 1000);
        this.#received.set(handle, letter);
        return { handle, body: letter.body };
      });
  }

  async release(_type: string, handle: string): Promise<void> {
    await Promise.resolve();
    const letter = this.#received.get(handle);
    if (letter !== undefined) this.#visibleAt.delete(letter);
  }

  async delete(_type: string, handle: string): Promise<void> {
    await Promise.resolve();
    const letter = this.#received.get(handle);
    const index = letter === undefined ? -1 : this.#queue.deadLetters.indexOf(letter);
    if (index >= 0) this.#queue.deadLetters.splice(index, 1);
  }

  async depth(type: string): Promise<number> {
    await Promise.resolve();
    return this.#visible(type).length;
  }

  #visible(type: string): Letter[] {
    return this.#queue.deadLetters.filter(
      (letter) => letter.type === type && (this.#visibleAt.get(letter) ?? 0) <= this.#clock.now(),
    );
  }
}
