import { describe, expect, it } from "@jest/globals";

import { occurrenceOf, occurrencesBetween, scheduleProblems } from "../../shared/job/occurrences.ts";
import { toSchedulerExpression } from "../../shared/job/scheduler-expression.ts";

const at = (time: string): number => Date.parse(time);
const times = (cron: string, timeZone: string, after: string, until: string): string[] =>
  occurrencesBetween({ cron, timeZone }, at(after), at(until), 100).map((time) =>
    new Date(time).toISOString().replace(":00.000Z", "Z"),
  );

describe("the occurrences of a schedule", () => {
  it("lie after the first time and up to the last", () => {
    expect(times("0 2 * * *", "UTC", "2026-11-22T02:00Z", "2026-11-24T02:00Z")).toEqual([
      "2026-11-23T02:00Z",
      "2026-11-24T02:00Z",
    ]);
  });

  it("are counted from within a minute", () => {
    expect(times("0 2 * * *", "UTC", "2026-11-22T01:59:59.999Z", "2026-11-22T02:00Z")).toEqual(["2026-11-22T02:00Z"]);
    expect(times("0 2 * * *", "UTC", "2026-11-22T02:00:00.001Z", "2026-11-22T02:00:30Z")).toEqual([]);
  });

  it("stop at the limit, the oldest first", () => {
    const schedule = { cron: "*/15 * * * *" };
    expect(occurrencesBetween(schedule, at("2026-11-22T00:00Z"), at("2026-11-23T00:00Z"), 2)).toEqual([
      at("2026-11-22T00:15Z"),
      at("2026-11-22T00:30Z"),
    ]);
  });

  it("are in UTC without a time zone", () => {
    expect(occurrencesBetween({ cron: "0 2 * * *" }, at("2026-07-01T00:00Z"), at("2026-07-02T00:00Z"), 9)).toEqual([
      at("2026-07-01T02:00Z"),
    ]);
  });

  it.each([
    ["the last day of every month", "0 9 L * *", ["2028-01-31T09:00Z", "2028-02-29T09:00Z", "2028-03-31T09:00Z"]],
    ["the 31st, where there is one", "0 9 31 * *", ["2028-01-31T09:00Z", "2028-03-31T09:00Z"]],
    ["the first of every third month", "0 9 1 */3 *", ["2028-01-01T09:00Z", "2028-04-01T09:00Z"]],
    ["every leap day", "0 9 29 2 *", ["2028-02-29T09:00Z"]],
  ])("come on %s", (_, cron, expected) => {
    expect(times(cron, "UTC", "2028-01-01T00:00Z", "2028-04-02T00:00Z")).toEqual(expected);
  });

  it.each(["0 9 * * 7", "0 9 * * 0", "0 9 * * SUN", "0 9 * * sat-sun"])(
    "know Sunday by each of its names: %s",
    (cron) => {
      expect(times(cron, "UTC", "2026-11-22T00:00Z", "2026-11-22T23:00Z")).toEqual(["2026-11-22T09:00Z"]);
    },
  );
});

describe("in a night in which the clocks go forward", () => {
  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    ["America/New_York", "30 2 * * *", "2026-03-07T12:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
    ["America/Havana", "0 0 * * *", "2026-03-07T12:00Z", ["2026-03-08T05:00Z", "2026-03-09T04:00Z"]],
    ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00Z", ["2026-10-03T15:30Z", "2026-10-04T15:15Z"]],
    ["Africa/Casablanca", "30 2 * * *", "2026-03-21T12:00Z", ["2026-03-22T02:00Z", "2026-03-23T01:30Z"]],
    // 23:00 becomes midnight: Saturday's run comes at the first moment of Sunday.
    ["America/Nuuk", "30 23 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    ["UTC", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T02:30Z", "2026-03-30T02:30Z"]],
  ])("a daily job in %s runs right after the gap", (timeZone, cron, after, expected) => {
    const until = new Date(at(after) + 44 * 3_600_000).toISOString();
    expect(times(cron, timeZone, after, until)).toEqual(expected);
  });

  it("several times within the gap are one", () => {
    expect(times("*/15 2 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z")).toEqual([
      "2026-03-29T01:00Z",
    ]);
  });

  it("a time within the gap and the one after it are one", () => {
    expect(times("0 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z")).toEqual([
      "2026-03-29T01:00Z",
    ]);
  });

  it("an hourly job stays hourly", () => {
    expect(times("30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T03:00Z")).toEqual([
      "2026-03-29T00:30Z",
      "2026-03-29T01:30Z",
      "2026-03-29T02:30Z",
    ]);
  });

  it("a job on the last day of the month keeps its day", () => {
    // Troll's clocks go from 01:00 UTC = 01:00 to 03:00.
    expect(times("0 1 L * *", "Antarctica/Troll", "2024-03-30T12:00Z", "2024-04-01T00:00Z")).toEqual([
      "2024-03-31T01:00Z",
    ]);
  });
});

describe("in a night in which the clocks go back", () => {
  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]],
    ["America/New_York", "30 1 * * *", "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["America/Havana", "0 0 * * *", "2026-10-31T12:00Z", ["2026-11-01T04:00Z", "2026-11-02T05:00Z"]],
    ["Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00Z", ["2026-04-04T14:45Z", "2026-04-05T15:15Z"]],
    ["Africa/Casablanca", "30 2 * * *", "2026-02-14T12:00Z", ["2026-02-15T01:30Z", "2026-02-16T02:30Z"]],
  ])("a daily job in %s runs at the first of its two times", (timeZone, cron, after, expected) => {
    const until = new Date(at(after) + 44 * 3_600_000).toISOString();
    expect(times(cron, timeZone, after, until)).toEqual(expected);
  });

  it("a job at several hours runs once at each", () => {
    expect(times("30 1-3 * * *", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T12:00Z")).toEqual([
      "2026-10-24T23:30Z",
      "2026-10-25T00:30Z",
      "2026-10-25T02:30Z",
    ]);
  });

  it.each(["30 * * * *", "30 */1 * * *", "30 0-23 * * *"])("an hourly job stays hourly: %s", (cron) => {
    expect(times(cron, "Europe/Berlin", "2026-10-24T23:00Z", "2026-10-25T03:00Z")).toEqual([
      "2026-10-24T23:30Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:30Z",
    ]);
  });
});

describe("the occurrence of a tick", () => {
  const daily = { cron: "30 2 * * *", timeZone: "Europe/Berlin" };

  it("is the tick's own time", () => {
    expect(occurrenceOf(daily, at("2026-11-22T01:30Z"))).toBe(at("2026-11-22T01:30Z"));
  });

  it("is its minute, should the scheduler have named a second", () => {
    expect(occurrenceOf(daily, at("2026-11-22T01:30:43Z"))).toBe(at("2026-11-22T01:30Z"));
  });

  it("is the first of two equal local times", () => {
    expect(occurrenceOf(daily, at("2026-10-25T00:30Z"))).toBe(at("2026-10-25T00:30Z"));
    expect(occurrenceOf(daily, at("2026-10-25T01:30Z"))).toBe(at("2026-10-25T00:30Z"));
    const onLordHowe = { cron: "45 1 * * *", timeZone: "Australia/Lord_Howe" };
    expect(occurrenceOf(onLordHowe, at("2026-04-04T15:15Z"))).toBe(at("2026-04-04T14:45Z"));
  });

  it("is each of two equal local times where an interval needs both", () => {
    const hourly = { cron: "30 * * * *", timeZone: "Europe/Berlin" };
    expect(occurrenceOf(hourly, at("2026-10-25T00:30Z"))).toBe(at("2026-10-25T00:30Z"));
    expect(occurrenceOf(hourly, at("2026-10-25T01:30Z"))).toBe(at("2026-10-25T01:30Z"));
  });

  it("is the tick's own time when the schedule knows none such, as after a change of it", () => {
    expect(occurrenceOf(daily, at("2026-11-22T05:00Z"))).toBe(at("2026-11-22T05:00Z"));
    expect(occurrenceOf(daily, at("2026-10-25T01:15:20Z"))).toBe(at("2026-10-25T01:15:20Z"));
  });
});

describe("the expression for EventBridge Scheduler", () => {
  it.each([
    ["0 2 * * *", "cron(0 2 * * ? *)"],
    ["0 2 * * 1-5", "cron(0 2 ? * MON-FRI *)"],
    ["0 2 * * 0", "cron(0 2 ? * SUN *)"],
    ["0 2 * * 7", "cron(0 2 ? * SUN *)"],
    ["0 2 * * 5-7", "cron(0 2 ? * SUN,FRI,SAT *)"],
    ["0 2 * * sat,Mon", "cron(0 2 ? * MON,SAT *)"],
    ["0 2 * * */2", "cron(0 2 ? * SUN,TUE,THU,SAT *)"],
    ["0 2 * * 0-6", "cron(0 2 ? * SUN-SAT *)"],
    ["*/15 * * * *", "cron(0/15 * * * ? *)"],
    ["*/1 0-23 * * *", "cron(* * * * ? *)"],
    ["0 */6 */2 */3 *", "cron(0 0/6 1/2 1/3 ? *)"],
    ["0 8-18/2 1 jan-mar *", "cron(0 8,10,12,14,16,18 1 1-3 ? *)"],
    ["05,5,6,7,*/30 09 L 2 *", "cron(0,5-7,30 9 L 2 ? *)"],
    ["0-59/20 2 * * MON", "cron(0,20,40 2 ? * MON *)"],
  ])("of %s is %s", (cron, expression) => {
    expect(toSchedulerExpression(cron)).toBe(expression);
  });

  it("has fewer than EventBridge's 256 characters at its longest: two values of every three", () => {
    const fields = [60, 24, 32, 13].map((end) =>
      Array.from({ length: end }, (_, value) => value)
        .filter((value) => value % 3 > 0)
        .join(","),
    );
    expect(toSchedulerExpression([...fields, "*"].join(" ")).length).toBeLessThan(256);
  });

  it("is refused for a cron expression that EventBridge cannot say", () => {
    expect(() => toSchedulerExpression("0 2 1 * MON")).toThrow(RangeError);
  });
});

describe("a schedule's problems", () => {
  const problems = (schedule: object): string[] =>
    scheduleProblems({ name: "nightly", cron: "0 2 * * *", ...schedule });

  it("are none for one that is right, at its limits too", () => {
    expect(problems({})).toEqual([]);
    expect(problems({ name: `a${"-".repeat(39)}`, timeZone: "Europe/Berlin", catchUpSeconds: 600 })).toEqual([]);
    expect(problems({ timeZone: "US/Eastern", catchUpSeconds: 2_592_000, cron: "0 0 29 2 *" })).toEqual([]);
  });

  it("are all named at once, with the schedule's name", () => {
    const found = problems({ name: "Nightly_1", cron: "61 2 * *", timeZone: "Mars/Olympus", catchUpSeconds: 599 });
    expect(found).toHaveLength(4);
    expect(found.join("\n")).toMatch(/five fields[^]*kebab-case[^]*Mars\/Olympus[^]*600 to 2592000/);
    for (const problem of found) expect(problem).toMatch(/^schedule "Nightly_1": /);
  });

  it.each([
    ["seconds", "0 0 2 * * *", "five fields"],
    ["a nickname", "@daily", "five fields"],
    ["a day of the month and a day of the week", "0 2 1 * MON", "cannot both be restricted"],
    ["a stepped day of the month and a day of the week", "0 2 */2 * MON", "cannot both be restricted"],
    ["the last day of the month and a day of the week", "0 2 L * MON", "cannot both be restricted"],
    ["30 February", "0 2 30 2 *", "never fire"],
    ["31 April or June", "0 2 31 4,6 *", "never fire"],
    ["minute 60", "60 2 * * *", 'minute cannot be "60"'],
    ["hour 24", "0 24 * * *", 'hour cannot be "24"'],
    ["day 0", "0 2 0 * *", 'day of month cannot be "0"'],
    ["month 13", "0 2 * 13 *", 'month cannot be "13"'],
    ["day of the week 8", "0 2 * * 8", 'day of week cannot be "8"'],
    ["a range that goes backwards", "0 5-2 * * *", 'hour cannot be "5-2"'],
    ["a step of nothing", "*/0 2 * * *", 'minute cannot be "*/0"'],
    ["a step without a range", "5/15 2 * * *", 'minute cannot be "5/15"'],
    ["a step longer than its field", "*/61 2 * * *", 'minute cannot be "*/61"'],
    ["the nearest weekday", "0 2 15W * *", 'day of month cannot be "15W"'],
    ["the last day in a list", "0 2 1,L * *", 'day of month cannot be "L"'],
    ["the second Friday", "0 2 * * FRI#2", 'day of week cannot be "FRI#2"'],
    ["the last Friday", "0 2 * * FRIL", 'day of week cannot be "FRIL"'],
    ["EventBridge's own question mark", "0 2 ? * MON", 'day of month cannot be "?"'],
    ["an empty list item", "0 2, * * *", 'hour cannot be ""'],
    ["a name of another field", "0 2 * MON *", 'month cannot be "MON"'],
  ])("name %s", (_, cron, problem) => {
    expect(problems({ cron })).toEqual([expect.stringContaining(problem)]);
  });

  it.each(["+02:00", "europe/berlin", "EUROPE/Berlin", "Berlin", "", "Europe/Atlantis"])(
    'name "%s" as no time zone',
    (timeZone) => {
      expect(problems({ timeZone })).toEqual([expect.stringContaining("`timeZone`")]);
    },
  );

  it.each([599, 600.5, Number.NaN, 2_592_001])("name %s seconds of catching up", (catchUpSeconds) => {
    expect(problems({ catchUpSeconds })).toEqual([expect.stringContaining("`catchUpSeconds`")]);
  });

  it.each(["", "Nightly", "1st", "a_b", `a${"b".repeat(40)}`])('name "%s" as no name', (name) => {
    expect(problems({ name })).toEqual([expect.stringContaining("`name`")]);
  });
});
