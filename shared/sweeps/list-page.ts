import pMap from "p-map";

import type { SweepPage } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { ListIndexName } from "../job/record-lists.ts";
import type { ListEntry, RecordStore } from "../ports/record-store.ts";
import type { RecordModel } from "../records/record-model.ts";

/** So small that a page takes seconds, so large that its checkpoint (2 write units or more) hardly counts. */
export const PAGE_SIZE = 50;
/** Items of a page at a time. */
export const AT_ONCE = 10;

/** The part of a list that a sweep goes through. */
export interface ListRange<Body extends object> {
  readonly records: RecordStore;
  readonly model: RecordModel<Body>;
  readonly list: { readonly index: ListIndexName; readonly list: string };
  /**
   * First and last time in the list, both included; all by default. The same in all of a job's claims: what follows from
   * settings comes out of a step.
   */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
}

/**
 * A sweep's page of a list: one query, and what `itemOf` makes of each entry, some at a time.
 *
 * @param after the `next` of the page before.
 */
export async function readListPage<Body extends object, Item>(
  { records, model, list, from, to }: ListRange<Body>,
  after: ListEntry | undefined,
  itemOf: (entry: ListEntry) => Promise<Item>,
): Promise<SweepPage<Item, ListEntry>> {
  const bounds = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const entries = await model.entries(records, list, { ...bounds, limit: PAGE_SIZE, ...(after && { after }) });
  const items = await pMap(entries, itemOf, { concurrency: AT_ONCE });
  const last = entries.at(-1);
  return { items, ...(entries.length === PAGE_SIZE && last && { next: last }) };
}
