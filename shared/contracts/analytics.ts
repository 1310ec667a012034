import * as z from "zod";

import { DAY_MS } from "../job/durations.ts";
import { sweepOptions } from "./sweep-payload.ts";
import { identifier, moment } from "./fields.ts";

/** Days before and after are slips of the keyboard (`0026-03-01`), and calendars have no rules for them. */
const FIRST_DAY = "1970-01-01";
const LAST_DAY = "2099-12-31";

const isKnownDay = (day: string): boolean => day >= FIRST_DAY && day <= LAST_DAY;
const RANGE = `must lie between ${FIRST_DAY} and ${LAST_DAY}`;

/** A day of a store, `YYYY-MM-DD` in its tenant's calendar. */
export const storeDay = z.iso
  .date({ error: "must be a day such as 2026-03-01", abort: true })
  .refine(isKnownDay, RANGE);

/** When something happened in a store. */
export const storeMoment = moment.refine((at) => isKnownDay(at.slice(0, 10)), RANGE);

/** Days that one job aggregates at most, and one answer has. */
export const MOST_DAYS = 400;

/** From a first day to a last one, both included: both or neither, in their order, not too many. */
export const withDayRange = <Schema extends z.ZodType<{ from?: string | undefined; to?: string | undefined }>>(
  schema: Schema,
): Schema =>
  schema
    .refine(({ from, to }) => (from === undefined) === (to === undefined), "give `from` and `to`, or neither")
    .refine(({ from, to }) => from === undefined || to === undefined || from <= to, "`from` must not be after `to`")
    .refine(
      ({ from, to }) =>
        from === undefined || to === undefined || Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS,
      `${MOST_DAYS} days at most`,
    );

/**
 * Without days: yesterday as of `asOf`, in each tenant's calendar. `from` and `to`, both included: a back-fill of these days;
 * those that are not over are left out. `changed`: only days of which something has changed since they were aggregated.
 * `tenantId`: only those of that tenant.
 */
export const analyticsPayload = withDayRange(
  z.object({
    ...sweepOptions,
    tenantId: identifier.optional(),
    from: storeDay.optional(),
    to: storeDay.optional(),
    changed: z.boolean().default(false),
  }),
).refine(({ from, changed }) => from === undefined || !changed, "give days or `changed`, not both");
export type AnalyticsPayload = z.infer<typeof analyticsPayload>;
