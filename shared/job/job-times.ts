import type { RunLimits } from "./define-job.ts";
import type { EndStatus } from "./job-state.ts";

const CLIENT_TIMEOUT_SECONDS = 10;
const SHORTEST_CLIENT_TIMEOUT_SECONDS = 2;
/** SES's events reach EventBridge within seconds; a minute is generous. Part of the receipt wait. */
const RECEIPT_LAG_SECONDS = 60;
/** How wrong two machines' clocks may be against the true time before a promise breaks. Lambda hosts are far better. */
export const ASSUMED_CLOCK_SKEW_SECONDS = 300;
/** SQS moves a message to the DLQ by itself past this many receives: only a safety net, attempts are counted on the row. */
export const MAX_RECEIVE_COUNT = 10;
/** A message received this often is acknowledged instead of returned: the due index covers the row from there. */
export const MAX_RETURNS = 5;
/**
 * SQS hides a message for 12 hours at most, counted from its receive; an hour is left for the attempt. What comes later,
 * the ticker brings.
 */
export const LONGEST_HIDE_SECONDS = 11 * 60 * 60;
/** 22 days is the longest that a message can live (source queue 4 d, DLQ 14 d, slack); its row must outlive it. */
export const SHORTEST_RETENTION_DAYS = 23;
/** For how long ended rows are kept unless their type says otherwise: what failed may be replayed a quarter later. */
export const RETENTION_DAYS = { completed: 30, cancelled: 30, failed: 90 } as const satisfies Record<EndStatus, number>;
/** What belongs to a row (receipts, spilled values) is kept this long: for any row's life, and the longest retention. */
export const COMPANION_RETENTION_DAYS = 180;

const VISIBILITY_FACTOR = 6; // AWS's advice for SQS event sources: at least 6 × the function's timeout
const LEASE_FACTOR = 2;
const RECEIPT_MARGIN_SECONDS = 30;
const PERMIT_GRACE_SECONDS = 60;
const SHORTEST_TIMEOUT_SECONDS = 2; // a process on a busy machine needs this much to do anything at all

/** Milliseconds after which an AWS client of ours gives a request up. */
export function clientTimeoutMs(timeScale = 1): number {
  return Math.max(CLIENT_TIMEOUT_SECONDS * timeScale, SHORTEST_CLIENT_TIMEOUT_SECONDS) * 1000;
}

/** Milliseconds for which the ticker trusts a permit that should be under way, before it sends another. */
export function permitGraceMs(timeScale = 1): number {
  return Math.ceil(Math.max(PERMIT_GRACE_SECONDS * timeScale, 1) * 1000);
}

/** Function timeout + client timeout + 30 s + receipt lag + 2 × assumed clock skew. */
function leastReceiptWaitMs(timeoutSeconds: number, timeScale: number): number {
  const slackSeconds = RECEIPT_MARGIN_SECONDS + RECEIPT_LAG_SECONDS + 2 * ASSUMED_CLOCK_SKEW_SECONDS;
  return timeoutSeconds * 1000 + clientTimeoutMs(timeScale) + slackSeconds * timeScale * 1000;
}

/** Every duration that one job type runs by; they keep the relations `visibility > lease > timeout` at any scale. */
export interface JobTimes {
  /** The function's timeout; whole seconds because Lambda takes no others. */
  readonly timeoutSeconds: number;
  /** The SQS queue's visibility timeout. */
  readonly visibilityTimeoutSeconds: number;
  /** How long a claim is good for. */
  readonly leaseMs: number;
  /** How long a successor waits for the receipt of an effect whose outcome is unknown, from its own claim. */
  readonly receiptWaitMs: number;
  /** See `permitGraceMs`. */
  readonly permitGraceMs: number;
}

/**
 * The times of a job type.
 *
 * @param timeScale 1 in production; tests scale all times down together (0.03 makes 60 s into 2 s). Timeouts do not go
 *   below 2 s, and the relations of `assertTimes` hold at any scale.
 */
export function jobTimes(run: Pick<RunLimits, "timeoutSeconds">, timeScale = 1): JobTimes {
  const timeoutSeconds =
    timeScale === 1
      ? run.timeoutSeconds
      : Math.max(SHORTEST_TIMEOUT_SECONDS, Math.round(run.timeoutSeconds * timeScale));
  return {
    timeoutSeconds,
    visibilityTimeoutSeconds: VISIBILITY_FACTOR * timeoutSeconds,
    leaseMs: LEASE_FACTOR * timeoutSeconds * 1000,
    receiptWaitMs: Math.ceil(leastReceiptWaitMs(timeoutSeconds, timeScale)),
    permitGraceMs: permitGraceMs(timeScale),
  };
}

/**
 * Milliseconds before the function's end at which the engine stops the handler: enough to record the attempt.
 * `min(3 s, 10 % of the timeout)`.
 */
export function deadlineMarginMs(timeoutSeconds: number): number {
  return Math.min(3_000, timeoutSeconds * 100);
}

/** The relations that the engine relies on; infrastructure refuses to synthesise when one of them is broken. */
export function timeProblems(times: JobTimes, timeScale = 1): string[] {
  const problems: string[] = [];
  const { timeoutSeconds, visibilityTimeoutSeconds, leaseMs, receiptWaitMs } = times;
  if (visibilityTimeoutSeconds < VISIBILITY_FACTOR * timeoutSeconds) {
    problems.push(
      `visibility timeout ${visibilityTimeoutSeconds} s is under ${VISIBILITY_FACTOR} × the function's timeout of ${timeoutSeconds} s`,
    );
  }
  if (leaseMs >= visibilityTimeoutSeconds * 1000)
    problems.push(`lease ${leaseMs} ms is not shorter than the visibility timeout`);
  if (leaseMs <= timeoutSeconds * 1000) problems.push(`lease ${leaseMs} ms is not longer than the function's timeout`);
  const leastWaitMs = leastReceiptWaitMs(timeoutSeconds, timeScale);
  if (receiptWaitMs < leastWaitMs) problems.push(`receipt wait ${receiptWaitMs} ms is under ${leastWaitMs} ms`);
  return problems;
}
