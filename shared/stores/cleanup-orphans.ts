import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED, type SweepTotals } from "../engine/sweep.ts";
import type { ListEntry, RecordKey, RecordStore } from "../ports/record-store.ts";
import { itemKey } from "../sweeps/item-key.ts";
import { AT_ONCE, readListPage, type ListRange } from "../sweeps/list-page.ts";
import { tryItem } from "../sweeps/try-item.ts";

/** Whether a record is deleted: now, not now, or when the one it belongs to is gone. */
export type Verdict = boolean | { readonly whenGone: RecordKey };

/** Records that may have lost what they belong to. */
export interface OrphanSweep<Body extends object> extends ListRange<Body> {
  readonly verdictOf: (body: Body) => Verdict;
}

/** An entry of the list, judged while its page was read. */
interface Judged extends ListEntry {
  /** Of the record that is to be deleted; absent where nothing is. */
  readonly version?: number;
  /** Why it could not be judged. */
  readonly problem?: unknown;
}

/**
 * Deletes records, among them those whose order or product is gone: a read of the record, and one of what it belongs to, once
 * a page for all that belong to the same.
 *
 * A record that is changed between the look and its deletion stays. What it belongs to is not watched: an order that appears
 * in between would lose a line. Only records of some age are judged, and an order is stored within seconds of its lines.
 */
export function sweepOrphans<Body extends object>(
  job: Pick<JobContext<SweepPayload>, "sweep" | "payload">,
  name: string,
  sweep: OrphanSweep<Body>,
): Promise<SweepTotals> {
  const { records, model } = sweep;
  return job.sweep<Judged, ListEntry>(name, {
    page: (after) => {
      const isGone = goneAmong(records);
      return readListPage(sweep, after, (entry) => judge(sweep, entry, isGone));
    },
    key: itemKey,
    isDue: ({ version, problem }) => {
      if (problem !== undefined) throw problem;
      return version !== undefined;
    },
    // Tried again without a fresh look: nothing but this version is deleted, and what is gone counts as deleted.
    each: ({ id, part, version }) =>
      tryItem(async () => {
        const isRemoved = version !== undefined && (await model.remove(records, { id, part }, version));
        return isRemoved ? undefined : SKIPPED;
      }),
    isDryRun: job.payload.dryRun,
    concurrency: AT_ONCE,
  });
}

type IsGone = (key: RecordKey) => Promise<boolean>;

/** Looks each record up once. */
function goneAmong(records: RecordStore): IsGone {
  const known = new Map<string, Promise<boolean>>();
  return (key) => {
    const name = JSON.stringify([key.kind, key.id, key.part]);
    const isGone = known.get(name) ?? records.get(key).then((record) => record === undefined);
    known.set(name, isGone);
    return isGone;
  };
}

async function judge<Body extends object>(
  { records, model, verdictOf }: OrphanSweep<Body>,
  entry: ListEntry,
  isGone: IsGone,
): Promise<Judged> {
  const { id, part, at, record } = await model.find(records, entry);
  const judged = { id, part, at };
  if (record === undefined) return judged;
  let verdict: Verdict;
  try {
    verdict = verdictOf(model.parse(entry, record).body);
  } catch (problem) {
    return { ...judged, problem }; // an error of its own: the others of its page are judged
  }
  const isDue = typeof verdict === "boolean" ? verdict : await isGone(verdict.whenGone);
  return isDue ? { ...judged, version: record.version } : judged;
}
