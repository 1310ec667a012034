import pMap from "p-map";

import type { AnalyticsPayload } from "../contracts/analytics.ts";
import type { SweepPage } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { ListEntry, RecordStore, VersionedRecord } from "../ports/record-store.ts";
import { CHANGED_DAY_LISTS, changedDays } from "../records/daily-overview.ts";
import type { ModelKey } from "../records/record-model.ts";
import { listTenantIds, tenantKey, tenants } from "../records/tenant.ts";
import { dayAfter, daysBetween, type Day } from "../records/calendar-days.ts";

/** So small that a page takes seconds, so large that its checkpoint hardly counts. */
const PAGE_SIZE = 20;
const READS_AT_ONCE = 10;

/** A day of a tenant that may have to be aggregated. Nothing in it is parsed: one broken record stops no page. */
export interface DayItem {
  readonly tenantId: string;
  /** The tenant's yesterday, which its time zone decides, where it is not said. */
  readonly day: Day | undefined;
  readonly tenant: VersionedRecord | undefined;
  /** What says that it has changed, where that is why it is looked at. */
  readonly change?: { readonly key: ModelKey; readonly record: VersionedRecord };
}

export type DayPages<Cursor> = (cursor: Cursor | undefined) => Promise<SweepPage<DayItem, Cursor>>;

/** The last item of a page. */
export interface DayCursor {
  readonly tenantId: string;
  readonly day?: Day;
}

interface DaysAsked {
  readonly records: RecordStore;
  readonly payload: Pick<AnalyticsPayload, "tenantId" | "from" | "to">;
}

/** Days of all tenants, or of one: tenant by tenant, each one's days in their order. */
export function daysOfTenants({ records, payload: { tenantId, from, to } }: DaysAsked): DayPages<DayCursor> {
  const last = to;
  const daysFrom = (first: Day | undefined): (Day | undefined)[] =>
    first === undefined || last === undefined ? [undefined] : daysBetween(first, last);
  const tenantIdsBehind = async (cursor: DayCursor | undefined): Promise<readonly string[]> => {
    if (tenantId !== undefined) return cursor === undefined ? [tenantId] : [];
    return listTenantIds(records, { after: cursor?.tenantId, limit: PAGE_SIZE });
  };
  return async (cursor) => {
    const rest =
      cursor?.day === undefined ? [] : daysFrom(dayAfter(cursor.day)).map((day) => pairOf(cursor.tenantId, day));
    const ids = rest.length >= PAGE_SIZE ? [] : await tenantIdsBehind(cursor);
    const pairs = [...rest, ...ids.flatMap((id) => daysFrom(from).map((day) => pairOf(id, day)))].slice(0, PAGE_SIZE);
    const end = pairs.at(-1);
    return { items: await withTenants(records, pairs), ...(pairs.length === PAGE_SIZE && end && { next: end }) };
  };
}

const pairOf = (tenantId: string, day: Day | undefined): DayCursor => ({ tenantId, ...(day !== undefined && { day }) });

/** Each tenant is read once a page. */
async function withTenants(records: RecordStore, pairs: readonly DayCursor[]): Promise<DayItem[]> {
  const ids = [...new Set(pairs.map(({ tenantId }) => tenantId))];
  const read = async (id: string) => [id, await readTenant(records, id)] as const;
  const found = new Map(await pMap(ids, read, { concurrency: READS_AT_ONCE }));
  return pairs.map(({ tenantId, day }) => ({ tenantId, day, tenant: found.get(tenantId) }));
}

const readTenant = (records: RecordStore, tenantId: string): Promise<VersionedRecord | undefined> =>
  records.get({ kind: tenants.kind, ...tenantKey(tenantId) });

export interface ChangesAsked {
  readonly records: RecordStore;
  /** Only days whose last change is so old. */
  readonly until: EpochMs;
}

/** Days that have changed, the longest-standing change first. */
export function changedDayPages({ records, until }: ChangesAsked): DayPages<ListEntry> {
  const itemOf = async (entry: ListEntry): Promise<DayItem> => {
    const { record } = await changedDays.find(records, entry);
    const item = { tenantId: entry.id, day: entry.part, tenant: await readTenant(records, entry.id) };
    return { ...item, ...(record && { change: { key: { id: entry.id, part: entry.part }, record } }) };
  };
  return async (after) => {
    const options = { to: until, limit: PAGE_SIZE, ...(after && { after }) };
    const entries = await changedDays.entries(records, CHANGED_DAY_LISTS.all, options);
    const items = await pMap(entries, itemOf, { concurrency: READS_AT_ONCE });
    const last = entries.at(-1);
    return { items, ...(entries.length === PAGE_SIZE && last && { next: last }) };
  };
}
