import type { EpochMs, Job } from "../job/job.ts";
import type { Transition } from "../job/transitions/transition.ts";

/** What became of a conditional write. When it was refused, the row as it stood then, or nothing if there is none. */
export type Applied =
  | { readonly isApplied: true; readonly job: Job }
  | { readonly isApplied: false; readonly job: Job | undefined };

/** An entry of the due index: a hint that may be stale, never the truth. */
export interface DueEntry {
  readonly id: string;
  readonly type: string;
  readonly run: number;
  readonly tenant: string;
  readonly dueAt: EpochMs;
  /** Since when the row is really due; `dueAt` is put off with each permit. */
  readonly runAt: EpochMs;
  readonly permits: number;
}

/** The jobs table. Reads and writes of rows are strongly consistent; only the due index is not. */
export interface JobStore {
  /** Writes a new row, unless its id is taken: then the row that has it comes back. */
  create(job: Job): Promise<{ readonly isCreated: true } | { readonly isCreated: false; readonly existing: Job }>;
  apply(jobId: string, transition: Transition): Promise<Applied>;
  get(jobId: string): Promise<Job | undefined>;
  /** Entries of one shard that are due by `now`, oldest first, page by page. */
  due(shard: string, now: EpochMs): AsyncIterable<readonly DueEntry[]>;
  /** How many entries a shard has. */
  countShard(shard: string): Promise<number>;
}
