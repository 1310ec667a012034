import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED, type SweepTotals } from "../engine/sweep.ts";
import { sweepRecords, type RecordSweep } from "./sweep-records.ts";

/**
 * Deletes the records of a list that are due, each as it was read: one that somebody has changed meanwhile stays, and counts as
 * skipped; it is the next run's. What a page had deleted when a crash came behind it is not counted any more.
 *
 * @returns totals whose `done` counts deleted records.
 */
export function deleteRecords<Body extends object>(
  job: Pick<JobContext<SweepPayload>, "sweep" | "payload">,
  name: string,
  sweep: Omit<RecordSweep<Body>, "each">,
): Promise<SweepTotals> {
  const { records, model } = sweep;
  return sweepRecords(job, name, {
    ...sweep,
    isDue: (body) => sweep.isDue(body),
    each: async ({ key, version }) => ((await model.remove(records, key, version)) ? undefined : SKIPPED),
  });
}
