import type { JobContext } from "../engine/job-context.ts";
import type { SweepTotals } from "../engine/sweep.ts";
import type { ListEntry } from "../ports/record-store.ts";
import type { Found } from "../records/record-model.ts";
import type { ReadRecord } from "../records/record.ts";
import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { itemKey } from "./item-key.ts";
import { AT_ONCE, readListPage, type ListRange } from "./list-page.ts";
import { tryItem } from "./try-item.ts";

/** A record with its key, as a sweep works on it. */
export interface SweptRecord<Body> extends ReadRecord<Body> {
  readonly key: { readonly id: string; readonly part: string };
}

/** Which records a sweep goes through, and what it does with each. */
export interface RecordSweep<Body extends object> extends ListRange<Body> {
  /** Whether there is anything to do for the record as it is now: the list is only a hint. */
  isDue(body: Body): boolean;
  /** Idempotent: a crash brings it again, and so may another run. `SKIPPED` where somebody else was faster. */
  each(record: SweptRecord<Body>): Promise<unknown>;
}

/**
 * Sweeps a list of records: reads each by its key, and works on those that are due. An item that is wrong in itself is an
 * error of its own, see `tryItem` for all others; a page costs one query, and a read of each record.
 */
export function sweepRecords<Body extends object>(
  job: Pick<JobContext<SweepPayload>, "sweep" | "payload">,
  name: string,
  sweep: RecordSweep<Body>,
): Promise<SweepTotals> {
  const { records, model } = sweep;
  return job.sweep<Found, ListEntry>(name, {
    page: (after) => readListPage(sweep, after, (entry) => model.find(records, entry)),
    key: itemKey,
    isDue: (found) => found.record !== undefined && sweep.isDue(model.parse(found, found.record).body),
    each: (found) =>
      tryItem(async (isAgain) => {
        const { record } = isAgain ? await model.find(records, found) : found;
        if (record === undefined) return undefined; // the try before has removed it: what is gone is not due
        const known = model.parse(found, record);
        // The try before has done it, and nobody was told.
        if (isAgain && !sweep.isDue(known.body)) return undefined;
        return sweep.each({ ...known, key: { id: found.id, part: found.part } });
      }),
    isDryRun: job.payload.dryRun,
    concurrency: AT_ONCE,
  });
}
