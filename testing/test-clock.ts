import type { EpochMs } from "../shared/job/job.ts";
import { VirtualClock } from "../test/support/virtual-clock.ts";
import { TestKitError } from "./kit-error.ts";

/** A virtual clock that knows when it rings next. */
export class TestClock extends VirtualClock {
  readonly #timers = new Set<{ readonly at: EpochMs }>();

  override after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.now() + delayMs };
    this.#timers.add(timer);
    const callOff = super.after(delayMs, () => {
      this.#timers.delete(timer);
      action();
    });
    return () => {
      this.#timers.delete(timer);
      callOff();
    };
  }

  /** Infinity when nothing is set. */
  nextTimer(): EpochMs {
    return Math.min(...[...this.#timers].map(({ at }) => at));
  }
}

/** A moment, as tests write it: ISO 8601, a `Date`, or Unix milliseconds. */
export type Moment = string | Date | EpochMs;

/** @throws TestKitError for what is no time. */
export function epochOfMoment(moment: Moment): EpochMs {
  const at = typeof moment === "number" ? moment : new Date(moment).getTime();
  if (Number.isFinite(at)) return at;
  throw new TestKitError(`${JSON.stringify(moment)} is no time. Write it as "2026-03-01T02:00:00Z".`);
}
