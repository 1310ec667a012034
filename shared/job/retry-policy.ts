/**
 * How long a job waits between attempts, as data: a definition declares it, the engine reads it, the docs print it.
 * All delays are milliseconds before jitter.
 */
export type Backoff =
  | { readonly kind: "fixed"; readonly delayMs: number }
  | { readonly kind: "linear"; readonly stepMs: number; readonly maxMs: number }
  | { readonly kind: "exponential"; readonly firstMs: number; readonly factor: number; readonly maxMs: number };

/**
 * How often a job is tried before it has failed, and how long it waits between attempts. A policy that is over in
 * seconds does not outlast an outage.
 */
export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  /** The waits: `fixed`, `linear` or `exponential`. Jitter adds up to 20 %. */
  readonly backoff: Backoff;
}

const ONE_DAY_MS = 24 * 60 * 60 * 1000;

/** The same delay before each retry. */
export const fixed = (delayMs: number): Backoff => ({ kind: "fixed", delayMs });

/** `stepMs × attempt`; by default 5, 10, 15 … minutes, at most a day. */
export const linear = ({ stepMs = 5 * 60 * 1000, maxMs = ONE_DAY_MS } = {}): Backoff => ({
  kind: "linear",
  stepMs,
  maxMs,
});

/** `firstMs × factor^(attempt − 1)`; by default 5 s, 25 s, 125 s …, at most a day. */
export const exponential = ({ firstMs = 5_000, factor = 5, maxMs = ONE_DAY_MS } = {}): Backoff => ({
  kind: "exponential",
  firstMs,
  factor,
  maxMs,
});

/** Share of the delay that jitter may add, so that jobs that failed together do not come back together. */
const JITTER = 0.2;

/**
 * Milliseconds to wait after failed attempt number `attempt` (1 is the first).
 *
 * @param random a number in [0, 1) from the caller's random port; it adds up to 20 % to the delay, and the backoff's cap
 *   (`maxMs`) holds after jitter.
 */
export function backoffDelayMs(backoff: Backoff, attempt: number, random: number): number {
  return Math.min(capMs(backoff), Math.round(baseDelayMs(backoff, attempt) * (1 + JITTER * random)));
}

function baseDelayMs(backoff: Backoff, attempt: number): number {
  switch (backoff.kind) {
    case "fixed":
      return backoff.delayMs;
    case "linear":
      return backoff.stepMs * attempt;
    case "exponential":
      return backoff.firstMs * backoff.factor ** (attempt - 1);
  }
}

function capMs(backoff: Backoff): number {
  return backoff.kind === "fixed" ? Number.POSITIVE_INFINITY : backoff.maxMs;
}
