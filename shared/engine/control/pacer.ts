import type { EpochMs } from "../../job/job.ts";
import type { Clock } from "../../ports/clock.ts";

/** Lets callers through one by one, at even distances; time that nobody used is not made up for. */
export class Pacer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextAt: EpochMs = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = 1000 / perSecond;
  }

  /** Resolves when it is the caller's turn, which it takes. */
  async turn(): Promise<void> {
    await this.wait();
    this.#nextAt = Math.max(this.#nextAt, this.#clock.now()) + this.#intervalMs;
  }

  /** Resolves when the next turn comes, without taking it, or as soon as `signal` aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const delayMs = this.#nextAt - this.#clock.now();
    if (delayMs > 0) await this.#pause(delayMs, signal);
  }

  #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        callOff();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const callOff = this.#clock.after(delayMs, end);
      signal?.addEventListener("abort", end);
      if (signal?.aborted === true) end();
    });
  }
}
