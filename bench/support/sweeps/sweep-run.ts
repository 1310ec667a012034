import * as z from "zod";

const sweepRun = z.object({
  status: z.string(),
  /** What the handler gave; the error of a job that failed. */
  result: z.unknown(),
  claims: z.number(),
  /** Jobs that were not there before, by type. */
  created: z.record(z.string(), z.number()),
  /** Capacity units, those of the job's own row included. */
  reads: z.number(),
  writes: z.number(),
  peakHeapBytes: z.number(),
  peakRssBytes: z.number(),
  seconds: z.number(),
});
/** What one run of a sweep came to. */
export type SweepRun = z.infer<typeof sweepRun>;
/** Both runs of each sweep, by type. */
export const sweepRuns = z.record(z.string(), z.array(sweepRun));
