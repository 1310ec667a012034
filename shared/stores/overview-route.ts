import { identifier } from "../contracts/fields.ts";
import { errorAnswer, type HttpAnswer, type HttpRequest } from "../lambda/http-function.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { dailyOverviews, dailyOverviewKey, type DailyOverview } from "../records/daily-overview.ts";
import { tenantKey, tenants, type Tenant } from "../records/tenant.ts";
import { dayBefore, yesterdayAt } from "../records/calendar-days.ts";
import { dayAnswer, rangeAnswer } from "./overview-answer.ts";
import { overviewQueryOf } from "./overview-query.ts";
import { readOverviews } from "./overview-range.ts";

export interface OverviewPorts {
  readonly records: RecordStore;
  readonly clock: Clock;
}

/**
 * What `GET /analytics/{tenantId}/overview` answers to a caller who has shown the secret:
 *
 * | query | answer |
 * |---|---|
 * | none | the tenant's yesterday, or the day before as long as that is not aggregated |
 * | `?date=2026-03-01` | that day |
 * | `?from=2026-02-01&to=2026-02-28` | each of these days without its top products, and their sums; 400 days at most |
 *
 * A day is a cached value for 24 hours after it was aggregated, as `cache-control` says; after that it is still served, for
 * reports, and to be asked for each time. 404 for an unknown tenant or where nothing is aggregated, 400 for a wrong query.
 */
export async function answerOverview(ports: OverviewPorts, request: HttpRequest): Promise<HttpAnswer> {
  const tenantId = identifier.safeParse(request.parameters["tenantId"]);
  if (!tenantId.success) return UNKNOWN_TENANT;
  const query = overviewQueryOf(request.query);
  if ("problems" in query) {
    return errorAnswer(400, "INVALID_QUERY", `The query is not right: ${query.problems.join("; ")}.`);
  }
  const tenant = (await tenants.read(ports.records, tenantKey(tenantId.data)))?.body;
  if (tenant === undefined) return UNKNOWN_TENANT;
  const now = ports.clock.now();
  if (query.kind === "range") {
    const days = await readOverviews(ports.records, tenant.tenantId, query);
    return days.length === 0 ? NOT_AGGREGATED : rangeAnswer({ tenant, ...query, days, now });
  }
  const overview =
    query.kind === "day" ? await read(ports.records, tenant, query.day) : await latest(ports.records, tenant, now);
  return overview === undefined ? NOT_AGGREGATED : dayAnswer(overview, now);
}

const UNKNOWN_TENANT = errorAnswer(404, "UNKNOWN_TENANT", "There is no such tenant.");
const NOT_AGGREGATED = errorAnswer(
  404,
  "NOT_AGGREGATED",
  "Nothing is aggregated for that time. A day is counted at the first nightly run after it is over in the tenant's time " +
    "zone. For an earlier one, enqueue analytics_aggregation with `tenantId`, `from` and `to`.",
);

const read = async (records: RecordStore, { tenantId }: Tenant, day: string): Promise<DailyOverview | undefined> =>
  (await dailyOverviews.read(records, dailyOverviewKey(tenantId, day)))?.body;

/** Between a tenant's midnight and the nightly run, yesterday is not there yet. */
async function latest(records: RecordStore, tenant: Tenant, now: number): Promise<DailyOverview | undefined> {
  const yesterday = yesterdayAt(now, tenant.timeZone);
  return (await read(records, tenant, yesterday)) ?? (await read(records, tenant, dayBefore(yesterday)));
}
