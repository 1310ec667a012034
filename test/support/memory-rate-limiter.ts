import type { EpochMs } from "../../shared/job/job.ts";
import type { Rate, RateLimiter } from "../../shared/ports/rate-limiter.ts";

/** Since `from` the key has been busy; its theoretical arrival time is `aheadMs` later. */
interface BusySpell {
  readonly from: EpochMs;
  /** Kept apart from `from`, for a sum of fractions near zero keeps more digits than one near today's time. */
  readonly aheadMs: number;
}

/** Rate limits in memory. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #spells = new Map<string, BusySpell>();

  reserve({ key, limit, perSeconds, burst = 1 }: Rate, now: EpochMs): Promise<EpochMs> {
    const intervalMs = (perSeconds * 1000) / limit;
    const last = this.#spells.get(key);
    const isBusy = last !== undefined && last.from + last.aheadMs > now;
    const { from, aheadMs } = isBusy ? last : { from: now, aheadMs: 0 };
    this.#spells.set(key, { from, aheadMs: aheadMs + intervalMs });
    // The microsecond forgives what sums of fractions are off by.
    const slot = from + Math.ceil(aheadMs - (burst - 1) * intervalMs - 0.001);
    return Promise.resolve(Math.max(now, slot));
  }
}
