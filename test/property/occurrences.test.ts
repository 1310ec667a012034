import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { readSchedule } from "../../local/sources/schedule-expression.ts";
import { occurrenceOf, occurrencesBetween } from "../../shared/job/occurrences.ts";
import { toSchedulerExpression } from "../../shared/job/scheduler-expression.ts";
import { randomCron, type RandomCron } from "../support/cron-arbitrary.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const at = (time: string): number => Date.parse(time);

/** Zones with a moment in 2026 or 2027 at which their clocks change. */
const CHANGES = [
  ["Europe/Berlin", "2026-03-29T01:00:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00:00Z"],
  ["America/New_York", "2026-03-08T07:00:00Z"],
  ["America/New_York", "2026-11-01T06:00:00Z"],
  ["America/Havana", "2026-03-08T05:00:00Z"],
  ["America/Havana", "2026-11-01T05:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30:00Z"],
  ["Africa/Casablanca", "2026-02-15T02:00:00Z"],
  ["Africa/Casablanca", "2026-03-22T02:00:00Z"],
  ["America/Nuuk", "2026-03-29T01:00:00Z"],
  ["America/Nuuk", "2026-10-25T01:00:00Z"],
  ["Antarctica/Troll", "2026-03-29T01:00:00Z"],
  ["Antarctica/Troll", "2026-10-25T01:00:00Z"],
  ["Asia/Kolkata", "2026-06-01T00:00:00Z"],
  ["UTC", "2027-01-01T00:00:00Z"],
] as const;

/** One minute of a zone's clock. */
interface Reading {
  readonly time: number;
  /** `2026-03-29T03:00:00` */
  readonly local: string;
  /** The local minutes that the clock has left out just before. */
  readonly leftOut: readonly string[];
  readonly isRepeated: boolean;
}

const isoMinute = (time: number): string => new Date(time).toISOString().slice(0, 19);

/** What a clock in the zone shows, minute by minute, for a day and a half to either side of a change. */
function readings(timeZone: string, change: number): Reading[] {
  const format = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "medium" });
  const shown = new Set<string>();
  let previous: number | undefined;
  return Array.from({ length: (3 * DAY_MS) / MINUTE_MS }, (_, index) => {
    const time = change - 1.5 * DAY_MS + index * MINUTE_MS;
    const local = format.format(time).replace(" ", "T");
    const localTime = at(`${local}Z`);
    const passedMinutes = previous === undefined ? 0 : (localTime - previous) / MINUTE_MS - 1;
    const from = previous ?? 0;
    const leftOut = Array.from({ length: Math.max(passedMinutes, 0) }, (__, after) =>
      isoMinute(from + (after + 1) * MINUTE_MS),
    );
    const isRepeated = shown.has(local);
    shown.add(local);
    previous = localTime;
    return { time, local, leftOut, isRepeated };
  });
}

const nights = CHANGES.map(([timeZone, change]) => ({ timeZone, clock: readings(timeZone, at(change)) }));

/** The time table by looking at the clock every minute. */
function byTheClock(cron: RandomCron, clock: readonly Reading[]): number[] {
  const isDue = ({ local, leftOut, isRepeated }: Reading): boolean =>
    cron.isOfEveryHour
      ? cron.matches(local)
      : (!isRepeated && cron.matches(local)) || leftOut.some((time) => cron.matches(time));
  return clock.filter(isDue).map(({ time }) => time);
}

describe("the occurrences of any schedule", () => {
  const schedules = fc.record({ cron: randomCron(), night: fc.constantFrom(...nights) });

  it("are what a clock on the wall says, whatever the clock does that night", () => {
    fc.assert(
      fc.property(schedules, ({ cron, night: { timeZone, clock } }) => {
        const [from = 0, until = 0] = [clock[0]?.time, clock.at(-1)?.time];
        const found = occurrencesBetween({ cron: cron.text, timeZone }, from - 1, until, 10_000);
        expect({ cron: cron.text, timeZone, found: found.map(isoMinute) }).toEqual({
          cron: cron.text,
          timeZone,
          found: byTheClock(cron, clock).map(isoMinute),
        });
      }),
      { numRuns: 200 },
    );
  });

  it("are the same from wherever one starts to count", () => {
    fc.assert(
      fc.property(schedules, fc.nat(3 * 24 * 60 - 1), ({ cron, night: { timeZone, clock } }, index) => {
        const [from = 0, middle = 0, until = 0] = [clock[0]?.time, clock[index]?.time, clock.at(-1)?.time];
        const between = (after: number, last: number) =>
          occurrencesBetween({ cron: cron.text, timeZone }, after, last, 10_000);
        expect([...between(from, middle), ...between(middle, until)]).toEqual(between(from, until));
      }),
      { numRuns: 60 },
    );
  });

  it("take in every tick of EventBridge's, whichever of two equal local times it chose", () => {
    fc.assert(
      fc.property(schedules, ({ cron, night: { timeZone, clock } }) => {
        const expected = new Set(byTheClock(cron, clock));
        const ticks = clock.filter(({ local }) => cron.matches(local));
        const strangers = ticks.filter(({ time }) => !expected.has(occurrenceOf({ cron: cron.text, timeZone }, time)));
        expect({ cron: cron.text, timeZone, strangers }).toEqual({ cron: cron.text, timeZone, strangers: [] });
      }),
      { numRuns: 20 },
    );
  });
});

describe("the expression for EventBridge Scheduler", () => {
  /** The firings of an AWS expression, as the embedded runtime reads it. */
  function firings(expression: string, timeZone: string, from: number, until: number): number[] {
    const next = readSchedule(expression, timeZone, new Date(from));
    const found: number[] = [];
    for (let time = next(new Date(from)); time !== undefined && time.getTime() <= until; time = next(time)) {
      found.push(time.getTime());
    }
    return found;
  }

  /** Days without a change of the clocks in Berlin. */
  const starts = fc.constantFrom("2026-02-23T00:00:00Z", "2026-07-27T00:00:00Z", "2028-02-26T00:00:00Z");

  it.each(["UTC", "Europe/Berlin"])("fires when the cron expression does, in %s", (timeZone) => {
    fc.assert(
      fc.property(randomCron(), starts, ({ text: cron }, start) => {
        const [from, until] = [at(start), at(start) + 4 * DAY_MS];
        expect({ cron, fires: firings(toSchedulerExpression(cron), timeZone, from, until).map(isoMinute) }).toEqual({
          cron,
          fires: occurrencesBetween({ cron, timeZone }, from, until, 20_000).map(isoMinute),
        });
      }),
      { numRuns: 60 },
    );
  });

  it("has the form that EventBridge's documentation gives", () => {
    const number = String.raw`\d{1,2}`;
    const list = String.raw`${number}(?:-${number})?(?:,${number}(?:-${number})?)*`;
    const field = String.raw`(?:\*|${number}/${number}|${list})`;
    const days = "(?:[A-Z]{3}[,-])*[A-Z]{3}";
    const form = new RegExp(String.raw`^cron\(${field} ${field} (?:${field} ${field} \?|\? ${field} ${days}) \*\)$`);
    fc.assert(fc.property(randomCron(), ({ text }) => expect(toSchedulerExpression(text)).toMatch(form)));
  });
});
