import * as z from "zod";

import { calendarDay, currencyCode, identifier, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const count = z.int().min(0);

const dailyOverview = z.object({
  tenantId: identifier,
  /** In the tenant's calendar. */
  day: calendarDay,
  /** The tenant's time zone when it was aggregated. */
  timeZone: z.string().max(64),
  /** Orders placed on that day, whatever became of them. */
  orders: count,
  /** Of those, the ones that were paid, given back or not. */
  paidOrders: count,
  /** What paid orders brought less what was given back, in the currency's minor unit. */
  revenue: z.int(),
  currency: currencyCode,
  /** The same in other currencies than the tenant's, where there was any. */
  otherRevenue: z.record(currencyCode, z.int()).default({}),
  newCustomers: count,
  /** Pieces, of paid orders that were not given back in full. */
  productsSold: count,
  topProducts: z
    .array(z.object({ productId: identifier, name: singleLine(300), quantity: count, revenue: z.int() }))
    .max(50),
  aggregatedAt: moment,
});
/** A day of a tenant's store in numbers. */
export type DailyOverview = z.infer<typeof dailyOverview>;

export const dailyOverviews = new RecordModel<DailyOverview>({
  kind: "analytics",
  schema: dailyOverview,
  keyOf: ({ tenantId, day }) => dailyOverviewKey(tenantId, day),
});

const PREFIX = "overview:daily:";
export const dailyOverviewKey = (tenantId: string, day: string) => ({ id: tenantId, part: `${PREFIX}${day}` });

/** What the value is called where it is cached: `analytics:{tenantId}:overview:daily:{date}`. */
export const dailyOverviewName = (tenantId: string, day: string): string => `analytics:${tenantId}:${PREFIX}${day}`;

const changedDay = z.object({
  tenantId: identifier,
  day: calendarDay,
  /** When something of that day last changed after it was over. */
  changedAt: moment,
});
/**
 * A day of a tenant's store of which something has changed after it was over: an order came late, or was given back. It is
 * aggregated anew, and this is removed if nothing has changed in between.
 */
export type ChangedDay = z.infer<typeof changedDay>;

/** All of them, by their latest change. */
export const CHANGED_DAY_LISTS = { all: { index: "gsi1", list: "all" } } as const;

export const changedDays = new RecordModel<ChangedDay>({
  kind: "changed_day",
  schema: changedDay,
  keyOf: ({ tenantId, day }) => ({ id: tenantId, part: day }),
  listsOf: ({ changedAt }) => ({ gsi1: { list: "all", at: Date.parse(changedAt) } }),
});
