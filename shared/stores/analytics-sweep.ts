import type { AnalyticsPayload } from "../contracts/analytics.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { SweepTotals } from "../engine/sweep.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { Continue } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { changedDays } from "../records/daily-overview.ts";
import { tenantKey, tenants, type Tenant } from "../records/tenant.ts";
import { derivedId } from "../sweeps/derived-id.ts";
import { tryItem } from "../sweeps/try-item.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { boundsOf, yesterdayAt, type Day } from "../records/calendar-days.ts";
import { markDay, SETTLING_MS } from "./analytics-changes.ts";
import { aggregateDay, type AggregationPorts } from "./analytics-day.ts";
import { changedDayPages, daysOfTenants, type DayItem, type DayPages } from "./analytics-items.ts";

/** Days at a time; each reads ten orders at a time. */
const DAYS_AT_ONCE = 4;
/** With less of the claim left, a day with many orders goes on in the next one. */
const SHORT_OF_CLAIM = 0.15;

export interface AnalyticsResult extends SweepResult {
  /** Days of tenants that were aggregated. */
  readonly processed: number;
}

type AnalyticsJob = JobContext<AnalyticsPayload>;
type AnalyticsServices = Pick<Services, "records" | "clock" | "sweepSettings">;

/** Aggregates what the payload names: each tenant's yesterday, days of a back-fill, or days that have changed. */
export async function aggregateStores(
  job: AnalyticsJob,
  services: AnalyticsServices,
  asOf: EpochMs,
): Promise<AnalyticsResult> {
  const { records, clock } = services;
  const beganAt = await job.step("began", () => clock.now());
  const sweep = { job, ports: await portsOf(job, services), asOf, beganAt };
  const totals = job.payload.changed
    ? await sweepDays(sweep, changedDayPages({ records, until: settledUntil(sweep) }))
    : await sweepDays(sweep, daysOfTenants({ records, payload: job.payload }));
  return { ...sweepResultOf(totals), processed: totals.done };
}

async function portsOf(job: AnalyticsJob, services: AnalyticsServices): Promise<AggregationPorts> {
  const { records, clock, sweepSettings } = services;
  const { stores } = await sweepSettings.read();
  const claimMs = job.timeLeftMs();
  const isTimeShort = (longestPageMs: number) =>
    job.timeLeftMs() < Math.max(2 * longestPageMs, SHORT_OF_CLAIM * claimMs);
  return { records, clock, jobId: job.id, topProducts: stores.topProducts, isTimeShort };
}

interface DaySweep {
  readonly job: AnalyticsJob;
  readonly ports: AggregationPorts;
  readonly asOf: EpochMs;
  /** When the job began, at its first attempt. */
  readonly beganAt: EpochMs;
}

/** Changes until then are settled. The clock says how old they are, whatever time is asked about. */
const settledUntil = ({ asOf, beganAt }: Pick<DaySweep, "asOf" | "beganAt">): EpochMs =>
  Math.min(asOf, beganAt) - SETTLING_MS;

function sweepDays<Cursor>(sweep: DaySweep, page: DayPages<Cursor>): Promise<SweepTotals> {
  const { job } = sweep;
  return job.sweep<DayItem, Cursor>("days", {
    page,
    key: ({ tenantId, day }) => (day === undefined ? tenantId : derivedId(tenantId, day)),
    isDue: (item) => isDue(sweep, item),
    each: (item) => visit(sweep, item),
    isDryRun: job.payload.dryRun,
    concurrency: DAYS_AT_ONCE,
  });
}

/** A day that is not over is left for later: half a day's numbers would look like a day's. */
function isDue(sweep: DaySweep, item: DayItem): boolean {
  const { job, asOf } = sweep;
  const { tenantId, changed } = job.payload;
  if (changed && item.change === undefined) return false; // seen to by another run
  if (tenantId !== undefined && item.tenantId !== tenantId) return false;
  if (isLeftBehind(item)) return true;
  // It has changed once more since the list was read, or the list is behind: what it stands for may not be written yet.
  if (item.change !== undefined && changedAtOf(item.change) > settledUntil(sweep)) return false;
  if (isOfUnknownDay(item) && !job.payload.dryRun) return true;
  const { timeZone } = tenantOf(item);
  return boundsOf(dayOf(item, timeZone, asOf), timeZone).until <= asOf;
}

const changedAtOf = ({ key, record }: NonNullable<DayItem["change"]>): EpochMs =>
  Date.parse(changedDays.parse(key, record).body.changedAt);

/** The yesterday of a tenant whose record is broken: `visit` says so, and marks what it may be for when that is put right. */
function isOfUnknownDay(item: DayItem): boolean {
  if (item.day !== undefined || item.tenant === undefined) return false;
  try {
    tenantOf(item);
    return false;
  } catch {
    return true;
  }
}

/** A change of a tenant who is gone: nobody wants it counted. */
const isLeftBehind = ({ change, tenant }: DayItem): boolean => change !== undefined && tenant === undefined;

/** Each try counts from a fresh read. */
async function visit(sweep: DaySweep, item: DayItem): Promise<void> {
  try {
    await tryItem(() => aggregateItem(sweep, item));
  } catch (error) {
    // The next night looks at another day: what cannot be counted now is tried again each hour, as a changed day.
    if (!(error instanceof Continue)) await tryItem(() => markItem(sweep, item));
    throw error;
  }
}

async function aggregateItem(sweep: DaySweep, item: DayItem): Promise<void> {
  const { ports, beganAt } = sweep;
  const { change } = item;
  if (change === undefined) return aggregateFrom(sweep, item, beganAt);
  const { version, body } = changedDays.parse(change.key, change.record);
  if (!isLeftBehind(item)) await aggregateFrom(sweep, item, Date.parse(body.changedAt) + SETTLING_MS);
  // Died here: the next run finds the overview newer than the change, and only removes this.
  await changedDays.remove(ports.records, change.key, version); // not if something has changed since: the next run's
}

function aggregateFrom({ ports, asOf }: DaySweep, item: DayItem, freshFrom: EpochMs): Promise<void> {
  const tenant = tenantOf(item);
  return aggregateDay(ports, { tenant, day: dayOf(item, tenant.timeZone, asOf), freshFrom });
}

async function markItem({ ports: { records, clock }, asOf }: DaySweep, item: DayItem): Promise<void> {
  if (item.change !== undefined) return; // it stays
  const zones = isOfUnknownDay(item) ? EVERY_CALENDAR : [tenantOf(item).timeZone];
  const days = new Set(zones.map((timeZone) => dayOf(item, timeZone, asOf)));
  for (const day of days) await markDay(records, { tenantId: item.tenantId, day, now: clock.now() });
}

/** Any zone's yesterday is one of theirs. One that is not over yet, or was counted before, costs no more than its counting. */
const EVERY_CALENDAR = ["Etc/GMT+12", "UTC", "Pacific/Kiritimati"];

/** The night's run is left out for no other: its day would be nobody's. Each of the three is safe beside the others. */
export function analyticsLock({ type, payload }: Pick<AnalyticsJob, "type" | "payload">): string {
  const { tenantId, from, asOf, changed } = payload;
  if (changed) return `${type}-changed`;
  // One tenant's yesterday, or that of another time, is not the night's either.
  const isOfSomeDays = [tenantId, from, asOf].some((said) => said !== undefined);
  return isOfSomeDays ? `${type}-days` : type;
}

const dayOf = ({ day }: DayItem, timeZone: string, asOf: EpochMs): Day => day ?? yesterdayAt(asOf, timeZone);

/** @throws PermanentError `RECORD_NOT_FOUND`, `RECORD_INVALID` */
function tenantOf({ tenantId, tenant }: DayItem): Tenant {
  if (tenant !== undefined) return tenants.parse(tenantKey(tenantId), tenant).body;
  throw new PermanentError("RECORD_NOT_FOUND", `There is no tenant ${tenantId}.`);
}
