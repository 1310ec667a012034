import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

import { readSchedule } from "../../local/sources/schedule-expression.ts";
import { type Schedule, ScheduleRunner } from "../../local/sources/schedule-runner.ts";

const FROM = new Date("2026-11-22T08:00:30Z");
const next = (expression: string, timeZone = "UTC", after = FROM) =>
  readSchedule(expression, timeZone, FROM)(after)?.toISOString();

describe("a schedule expression", () => {
  test.each([
    ["rate(1 minute)", "UTC", "2026-11-22T08:01:30.000Z"],
    ["rate(2 hours)", "UTC", "2026-11-22T10:00:30.000Z"],
    ["cron(0 9 * * ? *)", "UTC", "2026-11-22T09:00:00.000Z"],
    ["cron(0 9 * * ? *)", "Europe/Paris", "2026-11-23T08:00:00.000Z"],
    ["cron(0/15 * * * ? *)", "UTC", "2026-11-22T08:15:00.000Z"],
    // 22 November 2026 is a Sunday; AWS counts it as day 1.
    ["cron(0 12 ? * 2-6 *)", "UTC", "2026-11-23T12:00:00.000Z"],
    ["cron(0 12 ? * 1 *)", "UTC", "2026-11-22T12:00:00.000Z"],
    ["cron(0 12 ? * MON#1 *)", "UTC", "2026-12-07T12:00:00.000Z"],
    ["cron(0 0 1 1 ? 2028)", "UTC", "2028-01-01T00:00:00.000Z"],
    ["at(2026-11-22T10:00:00)", "Europe/Paris", "2026-11-22T09:00:00.000Z"],
    ["at(2026-11-22T08:00:00)", "UTC", undefined],
  ])("%s in %s", (expression, timeZone, expected) => {
    expect(next(expression, timeZone)).toBe(expected);
  });

  test("keeps the local time over a change of the clocks", () => {
    expect(next("cron(30 9 * * ? *)", "Europe/Paris", new Date("2026-10-24T12:00:00Z"))).toBe(
      "2026-10-25T08:30:00.000Z",
    );
  });

  test.each(["every minute", "rate(0 minutes)", "rate(1 second)", "cron(* * * * *)"])("%s is refused", (expression) => {
    expect(() => next(expression)).toThrow(expression);
  });
});

describe("the scheduler", () => {
  beforeEach(() => void jest.useFakeTimers({ now: FROM }));
  afterEach(() => void jest.useRealTimers());

  const schedule = (properties: Partial<Schedule["properties"]> = {}): Schedule => ({
    name: "tick",
    arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick",
    properties: {
      ScheduleExpression: "rate(1 minute)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      Target: { Arn: "target" },
      ...properties,
    },
  });

  const start = (deliver: () => Promise<void>, added = schedule(), timeScale = 1) => {
    const inputs: string[] = [];
    const runner = new ScheduleRunner({
      timeScale,
      deliver: async (_arn, input) => {
        inputs.push(input);
        await deliver();
      },
      onError: (error) => {
        throw error;
      },
    });
    runner.add(added);
    return { runner, inputs };
  };

  test("fires every interval, scaled, until it is stopped", async () => {
    const { runner, inputs } = start(async () => undefined, schedule(), 1 / 30);
    await jest.advanceTimersByTimeAsync(6_100);
    expect(inputs).toHaveLength(3);
    runner.stop();
    await jest.advanceTimersByTimeAsync(6_000);
    expect(inputs).toHaveLength(3);
  });

  const queue = "arn:aws:sqs:us-east-1:000000000000:shop-cleaning";

  test.each(["cron(* * * * ? *)", "at(2026-11-22T08:01:00)"])(
    "runs %s by the machine's own clock, whatever the time scale",
    async (ScheduleExpression) => {
      const Input = "<aws.scheduler.scheduled-time>";
      const planned = schedule({ ScheduleExpression, Target: { Arn: queue, Input } });
      const { runner, inputs } = start(async () => undefined, planned, 1 / 30);
      await jest.advanceTimersByTimeAsync(29_999);
      expect(inputs).toEqual([]);
      await jest.advanceTimersByTimeAsync(1);
      expect(inputs).toEqual(["2026-11-22T08:01:00Z"]);
      runner.stop();
    },
  );

  test("keeps a time of the day in its zone, two months away, at a time scale", async () => {
    const Input = "<aws.scheduler.scheduled-time>";
    const planned = schedule({
      ScheduleExpression: "cron(30 9 1 2 ? *)",
      ScheduleExpressionTimezone: "Europe/Paris",
      Target: { Arn: queue, Input },
    });
    const { runner, inputs } = start(async () => undefined, planned, 1 / 30);
    await jest.advanceTimersByTimeAsync(Date.parse("2027-02-01T08:30:00Z") - FROM.getTime());
    expect(inputs).toEqual(["2027-02-01T08:30:00Z"]);
    runner.stop();
  });

  test("puts the scheduled time into the target's own input", async () => {
    const Input = '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}';
    const { runner, inputs } = start(async () => undefined, schedule({ Target: { Arn: "target", Input } }));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(inputs).toEqual([
      '{"at":"2026-11-22T08:01:30Z","by":"arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"}',
    ]);
    runner.stop();
  });

  test("does not pile up firings that nobody ends", async () => {
    const { runner, inputs } = start(() => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(600_000);
    expect(inputs).toHaveLength(2);
    runner.stop();
  });

  test("gives a queue every tick, however slow it is to answer", async () => {
    const planned = schedule({ ScheduleExpression: "cron(* * * * ? *)", Target: { Arn: queue } });
    const { runner, inputs } = start(() => new Promise(() => undefined), planned);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(inputs).toHaveLength(10);
    runner.stop();
  });
});
