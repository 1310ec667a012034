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

  reserve(rate: Rate, now: EpochMs): Promise<EpochMs> {
    const { slot, take } = this.#next(rate, now);
    take();
    return Promise.resolve(slot);
  }

  reserveBy(rate: Rate, now: EpochMs, latest: EpochMs): Promise<EpochMs | undefined> {
    const { slot, take } = this.#next(rate, now);
    if (slot > latest) return Promise.resolve(undefined);
    take();
    return Promise.resolve(slot);
  }

  #next({ key, limit, perSeconds, burst = 1 }: Rate, now: EpochMs) {
    const intervalMs = (perSeconds * 1000) / limit;
    const last = this.#spells.get(key);
    const isBusy = last !== undefined && last.from + last.aheadMs > now;
    const { from, aheadMs } = isBusy ? last : { from: now, aheadMs: 0 };
    // The microsecond forgives what sums of fractions are off by.
    const slot = from + Math.ceil(aheadMs - (burst - 1) * intervalMs - 0.001);
    const take = () => void this.#spells.set(key, { from, aheadMs: aheadMs + intervalMs });
    return { slot: Math.max(now, slot), take };
  }
}
