import type { EpochMs } from "../../job/job.ts";
import type { ListEntry } from "../../ports/job-store.ts";
import { readUpTo } from "./count-jobs.ts";
import type { InsightPorts } from "./list-jobs.ts";

/** Failed jobs with errors of one cause. */
export interface ErrorGroup {
  readonly errorCode: string;
  /** See `fingerprintOf`; absent on rows that failed before there were any. */
  readonly fingerprint?: string;
  readonly count: number;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** The one that failed last. */
  readonly exampleId: string;
  /** What the example's error says; absent when it has been replayed meanwhile. */
  readonly message?: string;
}

export interface ErrorGroups {
  /** The largest first. */
  readonly groups: readonly ErrorGroup[];
  /** There are older failures than those that were read. */
  readonly isMore: boolean;
  readonly itemsRead: number;
}

const DEFAULT_CAP = 1_000;
/** What one `getMany` takes; of more groups than that, the small ones get no message. */
const MOST_EXAMPLES = 100;

/** What a type's jobs failed with, newest `cap` of them: one group for each cause. */
export async function groupErrors(
  { store, clock }: InsightPorts,
  type: string,
  options: { readonly cap?: number; readonly from?: EpochMs; readonly until?: EpochMs } = {},
): Promise<ErrorGroups> {
  const { cap = DEFAULT_CAP, ...range } = options;
  const list = { by: "ended", type, status: "failed" } as const;
  const { entries, isMore } = await readUpTo(store, list, { cap, now: clock.now(), ...range });
  const groups = Object.values(Object.groupBy(entries, ({ errorCode, fingerprint }) => `${errorCode} ${fingerprint}`))
    .flatMap((group) => (group === undefined ? [] : groupOf(group)))
    .toSorted((one, other) => other.count - one.count || other.lastAt - one.lastAt);
  const examples = groups.slice(0, MOST_EXAMPLES).map(({ exampleId }) => exampleId);
  const rows = examples.length === 0 ? [] : await store.getMany(examples);
  const messages = new Map(rows.map(({ id, status, error }) => [id, status === "failed" ? error?.message : undefined]));
  return {
    groups: groups.map((group) => withMessage(group, messages.get(group.exampleId))),
    isMore,
    itemsRead: entries.length + rows.length,
  };
}

/** Entries of one cause, newest first. */
function groupOf(entries: readonly ListEntry[]): ErrorGroup[] {
  const [newest, oldest] = [entries.at(0), entries.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  const { errorCode = "UNKNOWN", fingerprint, id } = newest;
  const named = { errorCode, ...(fingerprint !== undefined && { fingerprint }) };
  return [{ ...named, count: entries.length, firstAt: oldest.at, lastAt: newest.at, exampleId: id }];
}

const withMessage = (group: ErrorGroup, message: string | undefined): ErrorGroup =>
  message === undefined ? group : { ...group, message };
