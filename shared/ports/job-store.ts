import type { EpochMs, Job } from "../job/job.ts";
import type { EndStatus, JobStatus } from "../job/job-state.ts";
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
  readonly status?: JobStatus;
}

/** An entry of the list of ready jobs of a prioritised type: a hint that may be stale. */
export interface ReadyEntry {
  readonly id: string;
  readonly run: number;
  readonly readyKey: string;
  readonly concurrencyKey?: string;
}

/** One of the lists that the jobs table keeps; each is read by its own key, whatever else is in the table. */
export type JobList =
  /** Jobs of a type that have not ended, by when the ticker looks at them. */
  | { readonly by: "due"; readonly type: string }
  /** Jobs of all types that wait for a person, by since when. */
  | { readonly by: "review" }
  /** Jobs of a type that have ended so, by when. */
  | { readonly by: "ended"; readonly type: string; readonly status: EndStatus }
  /** Jobs of a tenant other than `default`, by when they were enqueued. */
  | { readonly by: "tenant"; readonly tenant: string }
  /** Jobs about somebody (`subjectListOf`), by when they were enqueued. */
  | { readonly by: "subject"; readonly subjectList: string };

/** What a list shows of a job: hints, as of the index. */
export interface ListEntry {
  readonly id: string;
  readonly type: string;
  /** By what the list is sorted. */
  readonly at: EpochMs;
  readonly status?: JobStatus;
  readonly run?: number;
  readonly tenant?: string;
  readonly errorCode?: string;
  readonly fingerprint?: string;
}

export interface ListOptions {
  /** Of the list's own time: from, inclusive. */
  readonly from?: EpochMs;
  /** Until, inclusive. */
  readonly until?: EpochMs;
  readonly isNewestFirst?: boolean;
  /** Entries a page, 1,000 at most. */
  readonly limit: number;
  /** What the page before gave as `next`. */
  readonly after?: string;
}

export interface ListPage {
  readonly entries: readonly ListEntry[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** The jobs table. Reads and writes of rows are strongly consistent; the lists are not. */
export interface JobStore {
  /** Writes a new row, unless its id is taken by one that has not expired: then the row that has it comes back. */
  create(job: Job): Promise<{ readonly isCreated: true } | { readonly isCreated: false; readonly existing: Job }>;
  apply(jobId: string, transition: Transition): Promise<Applied>;
  get(jobId: string): Promise<Job | undefined>;
  /** Those of the rows that exist, in any order; 100 ids at most. */
  getMany(jobIds: readonly string[]): Promise<readonly Job[]>;
  /** Only the statuses of those that exist, whatever the size of their rows; 100 ids at most. */
  statuses(jobIds: readonly string[]): Promise<ReadonlyMap<string, JobStatus>>;
  /** Entries of one due list (`dueListOf`) that are due by `now`, oldest first, page by page. */
  due(list: string, now: EpochMs): AsyncIterable<readonly DueEntry[]>;
  /** The first ready jobs of a prioritised type, best first; those whose `readyKey` begins with `prefix`, if it is given. */
  ready(type: string, limit: number, prefix?: string): Promise<readonly ReadyEntry[]>;
  /** Ids of jobs that this one has spawned and that seem not to have ended, `limit` at most, in any order. */
  openChildren(parentId: string, limit: number): Promise<readonly string[]>;
  /**
   * One page of a list. What has ended and expired by `now` is left out of `ended` lists, so that a page may hold fewer
   * entries than `limit`.
   *
   * @throws InvalidCursorError for an `after` that no page of this list has given.
   */
  list(list: JobList, options: ListOptions, now: EpochMs): Promise<ListPage>;
}
