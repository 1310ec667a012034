// oxlint-disable no-restricted-globals -- Date counts calendar days here; nothing here reads the clock.
import type { EpochMs } from "../job/job.ts";
import { occurrencesBetween } from "../job/occurrences.ts";
import { DAY_MS } from "../job/durations.ts";

/** A calendar day, `YYYY-MM-DD`; earlier days are smaller texts. */
export type Day = string;

/**
 * When an hour of a local day begins; an hour that the clocks leave out on that day is the moment after the gap, of one
 * that comes twice it is the first.
 */
export function momentOf(day: Day, hour: number, timeZone: string): EpochMs {
  const [, month, dayOfMonth] = day.split("-").map(Number);
  const midnightUtc = Date.parse(day);
  // Local days begin up to 14 hours before and 12 after UTC's; a day more on either side has no other 1st of March in it.
  const table = { cron: `0 ${hour} ${dayOfMonth} ${month} *`, timeZone };
  const [at] = occurrencesBetween(table, midnightUtc - DAY_MS, midnightUtc + 3 * DAY_MS, 1);
  if (at === undefined) throw new RangeError(`There is no ${hour} o'clock on ${day} in ${timeZone}.`);
  return at;
}

/** When a local day begins and ends. */
export interface DayBounds {
  /** The day's first moment. */
  readonly from: EpochMs;
  /** The next day's first moment; the same as `from` for a day that the calendar leaves out. */
  readonly until: EpochMs;
}

/**
 * A local day, of 23 or 25 hours where clocks change, of none where a zone leaves it out (Pacific/Apia, 2011-12-30). It begins
 * when its clocks first show midnight, or with the moment after the gap where they never do. So every moment lies in one day.
 */
export const boundsOf = (day: Day, timeZone: string): DayBounds => ({
  from: momentOf(day, 0, timeZone),
  until: momentOf(dayAfter(day), 0, timeZone),
});

/** The calendar day of a moment: the one in whose bounds it lies. */
export function dayAt(at: EpochMs, timeZone: string): Day {
  const shown = shownDay(at, timeZone);
  // Clocks set back over midnight show the day before once more: by its bounds, the new day has begun.
  if (at >= momentOf(dayAfter(shown), 0, timeZone)) return dayAfter(shown);
  return shown;
}

/** The last day that is over: the day before `dayAt`, unless the calendar leaves that one out. */
export function yesterdayAt(at: EpochMs, timeZone: string): Day {
  return dayAt(boundsOf(dayAt(at, timeZone), timeZone).from - 1, timeZone);
}

export const dayAfter = (day: Day): Day => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
export const dayBefore = (day: Day): Day => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);

/** All days of a range, both ends included; none where it ends before it begins. */
export function daysBetween(from: Day, to: Day): Day[] {
  const count = Math.max(0, (Date.parse(to) - Date.parse(from)) / DAY_MS + 1);
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(from) + index * DAY_MS).toISOString().slice(0, 10),
  );
}

/** Making one takes a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function shownDay(at: EpochMs, timeZone: string): Day {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  formats.set(timeZone, format);
  return format.format(at);
}
