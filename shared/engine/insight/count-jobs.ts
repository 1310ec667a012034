import { BacklineError } from "../../errors/backline-error.ts";
import type { EpochMs } from "../../job/job.ts";
import { JOB_STATUSES, TERMINAL_STATUSES, type JobStatus } from "../../job/job-state.ts";
import type { JobList, JobStore, ListEntry } from "../../ports/job-store.ts";
import type { InsightPorts } from "./list-jobs.ts";
import { DUE_STATUSES } from "./job-sources.ts";

/** `isMore`: there are more than `count`; a list is not read past its cap. */
export interface Count {
  readonly count: number;
  readonly isMore: boolean;
}

export interface TypeCounts {
  readonly type: string;
  readonly counts: Readonly<Record<JobStatus, Count>>;
}

export interface JobCounts {
  readonly types: readonly TypeCounts[];
  readonly itemsRead: number;
}

const DEFAULT_CAP = 1_000;
/** What the store gives in one page. */
const LARGEST_PAGE = 1_000;
/** A page may be short (1 MB, expired rows): so many are read before the rest counts as "more". */
const MOST_PAGES = 5;

/**
 * Jobs by type and status, up to a cap a list. There are no counters that could drift from the rows, no write for them
 * with each job, and no scan: the lists' own entries are counted, so many at most, and what is beyond is `isMore`. A person
 * wants to know whether it is 3 or 30, and not whether it is 12,345 or 12,346.
 *
 * Entries lag behind the rows by a moment. The statuses of a type that has not ended share one list, and its cap.
 */
export async function countJobs(
  { store, clock }: InsightPorts,
  types: readonly string[],
  { type, cap = DEFAULT_CAP }: { readonly type?: string; readonly cap?: number } = {},
): Promise<JobCounts> {
  if (type !== undefined && !types.includes(type)) {
    throw new BacklineError("INVALID_QUERY", `There is no job type "${type}"; there are ${types.join(", ")}.`);
  }
  const read = (list: JobList) => readUpTo(store, list, { cap, now: clock.now() });
  const reviews = await read({ by: "review" });
  const counted = await Promise.all(
    (type === undefined ? types : [type]).map(async (each) => {
      const due = await read({ by: "due", type: each });
      const ended = await Promise.all(TERMINAL_STATUSES.map((status) => read({ by: "ended", type: each, status })));
      const itemsRead = [due, ...ended].reduce((sum, { entries }) => sum + entries.length, 0);
      return { itemsRead, type: each, counts: countsOf({ type: each, due, ended, reviews }) };
    }),
  );
  return {
    types: counted.map(({ itemsRead: _itemsRead, ...each }) => each),
    itemsRead: counted.reduce((sum, each) => sum + each.itemsRead, reviews.entries.length),
  };
}

/** The beginning of a list. */
export interface ListHead {
  readonly entries: readonly ListEntry[];
  readonly isMore: boolean;
}

/** Reads a list's newest entries, `cap` at most. */
export async function readUpTo(
  store: JobStore,
  list: JobList,
  {
    cap,
    now,
    ...range
  }: { readonly cap: number; readonly now: EpochMs; readonly from?: EpochMs; readonly until?: EpochMs },
): Promise<ListHead> {
  const entries: ListEntry[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const limit = Math.min(cap - entries.length, LARGEST_PAGE);
    const options = { ...range, limit, isNewestFirst: true, ...(after !== undefined && { after }) };
    const page = await store.list(list, options, now);
    entries.push(...page.entries);
    if (page.next === undefined) return { entries, isMore: false };
    after = page.next;
    if (entries.length >= cap) break;
  }
  return { entries, isMore: true };
}

function countsOf(read: {
  readonly type: string;
  readonly due: ListHead;
  /** In the order of `TERMINAL_STATUSES`. */
  readonly ended: readonly ListHead[];
  readonly reviews: ListHead;
}): TypeCounts["counts"] {
  const { type, due, ended, reviews } = read;
  const countOf = (status: JobStatus): Count => {
    const end = TERMINAL_STATUSES.findIndex((each) => each === status);
    if (end >= 0) return { count: ended[end]?.entries.length ?? 0, isMore: ended[end]?.isMore ?? false };
    // A failed row whose dead letter is owed stands in the due list too: it is counted where it ended.
    const head = DUE_STATUSES.includes(status) ? due : reviews;
    const mine = head.entries.filter((entry) => entry.type === type && entry.status === status);
    return { count: mine.length, isMore: head.isMore };
  };
  // The names are exactly those of the statuses.
  return Object.fromEntries(JOB_STATUSES.map((status) => [status, countOf(status)])) as TypeCounts["counts"];
}
