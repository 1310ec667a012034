import type { SweepTotals } from "../engine/sweep.ts";

/** Errors in a result; all are counted. */
const MOST_ERRORS = 100;

/** What every sweep's result says beside its own counts. */
export interface SweepResult {
  /** Whether every item was done; what could not be is listed, and due again at the next run. */
  readonly success: boolean;
  /** The first hundred, `<key>: <what is wrong>`. */
  readonly errors: readonly string[];
  /** All of them. */
  readonly errorCount: number;
  /** Entries that were looked at. */
  readonly visited: number;
  /** True: nothing was done, the counts say what would have been. */
  readonly dryRun: boolean;
  /** Another run is at it: nothing was done. */
  readonly skipped?: { readonly runningJobId: string };
}

/** The totals of one sweep, or of several, as a result. */
export function sweepResultOf(...sweeps: readonly SweepTotals[]): SweepResult {
  const errorCount = sweeps.reduce((sum, { failed }) => sum + failed, 0);
  return {
    success: errorCount === 0,
    errors: sweeps
      .flatMap(({ errors }) => errors.map(({ key, message }) => `${key}: ${message}`))
      .slice(0, MOST_ERRORS),
    errorCount,
    visited: sweeps.reduce((sum, { visited }) => sum + visited, 0),
    dryRun: sweeps.some(({ isDryRun }) => isDryRun),
  };
}

/** Of a run that found another one at work. */
export const skippedResult = (runningJobId: string): SweepResult => ({
  success: true,
  errors: [],
  errorCount: 0,
  visited: 0,
  dryRun: false,
  skipped: { runningJobId },
});
