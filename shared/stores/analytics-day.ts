import { Continue } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { dailyOverviewKey, dailyOverviews, type DailyOverview } from "../records/daily-overview.ts";
import type { Tenant } from "../records/tenant.ts";
import { boundsOf, type Day } from "../records/calendar-days.ts";
import { readDraft, removeDraft, storeDraft } from "./analytics-draft.ts";
import { countNewCustomers, ordersOfDay } from "./analytics-orders.ts";
import { DayTally } from "./analytics-tally.ts";

export interface DayToAggregate {
  readonly tenant: Tenant;
  readonly day: Day;
  /** Numbers that were counted from then on are good enough, and nothing is done. */
  readonly freshFrom: EpochMs;
}

export interface AggregationPorts {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly jobId: string;
  /** How many products an overview names. */
  readonly topProducts: number;
  /** Whether the claim ends so soon that the rest is another one's, as long as pages have taken so far. */
  readonly isTimeShort: (longestPageMs: number) => boolean;
}

/**
 * Counts a day of a store and stores its overview, over the one that is there. Of two runs at once, the one that began to
 * count later has the last word. A day costs two reads, two queries and a write; each order a read, and a query of its lines
 * if they count.
 *
 * ```
 * page of orders ──► sums ──► next page … ──► customers ──► overview
 *                     └─ the claim nears its end: sums and place to a draft, Continue; the next claim goes on from there
 * ```
 *
 * @throws Continue; PermanentError `RECORD_INVALID` for an order that cannot be read, `DAY_TOO_LARGE`
 */
export async function aggregateDay(ports: AggregationPorts, item: DayToAggregate): Promise<void> {
  const { records, jobId } = ports;
  const { tenant, day, freshFrom } = item;
  const { tenantId, timeZone } = tenant;
  const known = await dailyOverviews.read(records, dailyOverviewKey(tenantId, day));
  if (known !== undefined && isFresh(known.body, freshFrom)) return;
  const owner = { tenantId, day, jobId };
  const { numbers, beganAt, hasDraft } = await countOrders(ports, item);
  const newCustomers = await countNewCustomers(records, { tenantId, ...boundsOf(day, timeZone) });
  if (hasDraft) await removeDraft(records, owner);
  // Died here: a day of several claims is counted anew, and no draft is left behind.
  await storeOverview(records, { tenantId, day, timeZone, ...numbers, newCustomers, aggregatedAt: beganAt });
}

const isFresh = ({ aggregatedAt }: DailyOverview, from: EpochMs): boolean => Date.parse(aggregatedAt) >= from;

async function countOrders(ports: AggregationPorts, { tenant, day }: DayToAggregate) {
  const { records, clock, jobId, topProducts, isTimeShort } = ports;
  const { tenantId, timeZone, currency } = tenant;
  const owner = { tenantId, day, jobId };
  const draft = await readDraft(records, owner, { timeZone, currency });
  const beganAt = draft?.beganAt ?? new Date(clock.now()).toISOString();
  const tally = new DayTally(currency, draft?.state);
  const pages = ordersOfDay(records, { tenantId, ...boundsOf(day, timeZone), after: draft?.after });
  let [pageBeganAt, longestPageMs] = [clock.now(), 0];
  for await (const { orders, next } of pages) {
    for (const { order, lines } of orders) tally.add(order, lines);
    longestPageMs = Math.max(longestPageMs, clock.now() - pageBeganAt);
    pageBeganAt = clock.now();
    if (next === undefined || !isTimeShort(longestPageMs)) continue;
    await storeDraft(records, owner, { beganAt, timeZone, currency, after: next, state: tally.state() });
    // Died here: the next attempt goes on from the draft.
    throw new Continue();
  }
  return { numbers: tally.numbers(topProducts), beganAt, hasDraft: draft !== undefined };
}

/** Over an overview that is there, unless that one was counted later. */
export async function storeOverview(records: RecordStore, overview: DailyOverview): Promise<void> {
  const key = dailyOverviewKey(overview.tenantId, overview.day);
  for (;;) {
    if (await dailyOverviews.create(records, overview)) return;
    const known = await dailyOverviews.read(records, key);
    if (known === undefined) continue;
    if (Date.parse(known.body.aggregatedAt) > Date.parse(overview.aggregatedAt)) return;
    if ((await dailyOverviews.replace(records, key, known, overview)) !== undefined) return;
  }
}
