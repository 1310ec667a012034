import type { Clock } from "../../shared/ports/clock.ts";
import type { EpochMs } from "../../shared/job/job.ts";

/** 2026-01-01T00:00:00Z */
export const START: EpochMs = 1_767_225_600_000;

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #now: EpochMs;
  #timers: { readonly at: EpochMs; readonly action: () => void }[] = [];

  constructor(now: EpochMs = START) {
    this.#now = now;
  }

  now(): EpochMs {
    return this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Moves on to a time, running what is due on the way. */
  advanceTo(time: EpochMs): void {
    const due = this.#timers.filter(({ at }) => at <= time).toSorted((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter(({ at }) => at > time);
    for (const { at, action } of due) {
      this.#now = Math.max(this.#now, at);
      action();
    }
    this.#now = Math.max(this.#now, time);
  }

  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }
}
