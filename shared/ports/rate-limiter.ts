import type { EpochMs } from "../job/job.ts";

/** So many slots in so many seconds, evenly spaced. */
export interface Rate {
  /** Everything that names the same key shares its slots, whatever its type. */
  readonly key: string;
  /** Slots per `perSeconds`. */
  readonly limit: number;
  readonly perSeconds: number;
  /** Slots that may be taken at once after a pause; 1 by default. */
  readonly burst?: number;
}

/** Gives out slots, first come, first served, by the generic cell rate algorithm (GCRA). */
export interface RateLimiter {
  /**
   * Reserves the next slot. It is the caller's alone, and there is no giving back.
   *
   * @returns when the slot is: `now` or before, at once; else wait until then.
   */
  reserve(rate: Rate, now: EpochMs): Promise<EpochMs>;
  /** The same, unless the slot would be later than `latest`: then none is taken, and `undefined` is the answer. */
  reserveBy(rate: Rate, now: EpochMs, latest: EpochMs): Promise<EpochMs | undefined>;
}
