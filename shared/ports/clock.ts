import type { EpochMs } from "../job/job.ts";

/** Time, so that tests can make their own. */
export interface Clock {
  now(): EpochMs;
  /** Calls `action` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, action: () => void): () => void;
}
