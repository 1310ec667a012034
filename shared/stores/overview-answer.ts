import type { HttpAnswer } from "../lambda/http-function.ts";
import type { EpochMs } from "../job/job.ts";
import { dailyOverviewName, type DailyOverview } from "../records/daily-overview.ts";
import type { Tenant } from "../records/tenant.ts";
import { daysBetween } from "../records/calendar-days.ts";

/** For so long after it was aggregated, a day's overview is served as the cached value. */
const CACHED_MS = 24 * 60 * 60 * 1000;

const cachedUntilOf = ({ aggregatedAt }: DailyOverview): EpochMs => Date.parse(aggregatedAt) + CACHED_MS;

/** For the caller alone, in whole seconds: nobody keeps it for longer than it is good. */
const cacheUntil = (until: EpochMs, now: EpochMs) => ({
  "cache-control": `private, max-age=${Math.max(0, Math.floor((until - now) / 1000))}`,
});

/** A day with all its numbers. */
export function dayAnswer(overview: DailyOverview, now: EpochMs): HttpAnswer {
  return { status: 200, body: dayBody(overview), headers: cacheUntil(cachedUntilOf(overview), now) };
}

function dayBody(overview: DailyOverview) {
  const { tenantId, day, aggregatedAt, ...numbers } = overview;
  const cachedUntil = new Date(cachedUntilOf(overview)).toISOString();
  return { tenantId, key: dailyOverviewName(tenantId, day), date: day, ...numbers, aggregatedAt, cachedUntil };
}

export interface RangeOfDays {
  readonly tenant: Tenant;
  readonly from: string;
  readonly to: string;
  /** At least one. */
  readonly days: readonly DailyOverview[];
  readonly now: EpochMs;
}

/**
 * Some days with their sums, good for as long as the first of them to expire. Top products are left out: those of several
 * days do not follow from those of each, and 400 days of them would be more than a function may answer.
 */
export function rangeAnswer({ tenant, from, to, days, now }: RangeOfDays): HttpAnswer {
  const aggregated = new Set(days.map(({ day }) => day));
  const body = {
    tenantId: tenant.tenantId,
    from,
    to,
    days: days.map((overview) => {
      const { tenantId: _tenant, topProducts: _products, ...numbers } = dayBody(overview);
      return numbers;
    }),
    missingDays: daysBetween(from, to).filter((day) => !aggregated.has(day)),
    totals: totalsOf(tenant, days),
  };
  const until = Math.min(...days.map(cachedUntilOf));
  return { status: 200, body, headers: cacheUntil(until, now) };
}

/** In the tenant's currency of today; what came in others, or when the tenant had another one, stands beside it. */
function totalsOf({ currency }: Tenant, days: readonly DailyOverview[]) {
  const sum = (number: (overview: DailyOverview) => number) => days.reduce((total, day) => total + number(day), 0);
  const { [currency]: revenue = 0, ...otherRevenue } = revenuesOf(days);
  return {
    orders: sum(({ orders }) => orders),
    paidOrders: sum(({ paidOrders }) => paidOrders),
    revenue,
    currency,
    otherRevenue,
    newCustomers: sum(({ newCustomers }) => newCustomers),
    productsSold: sum(({ productsSold }) => productsSold),
  };
}

function revenuesOf(days: readonly DailyOverview[]): Record<string, number> {
  const revenues: Record<string, number> = {};
  for (const { currency, revenue, otherRevenue } of days) {
    for (const [code, amount] of [[currency, revenue] as const, ...Object.entries(otherRevenue)]) {
      revenues[code] = (revenues[code] ?? 0) + amount;
    }
  }
  return revenues;
}
