import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { readEnvironment } from "../../shared/contracts/environment.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { settingsOf, withSchedules } from "../../shared/job/with-schedules.ts";

const upkeep = defineJob({
  type: "upkeep",
  summary: "Keeps something up.",
  payload: z.object({ deep: z.boolean() }),
  retry: { maxAttempts: 3, backoff: fixed(1000) },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  schedules: [
    { name: "nightly", cron: "0 2 * * *", payload: { deep: false }, overlap: "queue", catchUpSeconds: 600 },
    { name: "weekly", cron: "0 4 * * 0", timeZone: "Europe/Berlin", payload: { deep: true }, enabled: false },
  ],
});

describe("a definition with an installation's schedules", () => {
  it("has the settings' times, and the rest as it was", () => {
    const settings = {
      nightly: { cron: "30 3 * * *", timeZone: "America/New_York" },
      weekly: { enabled: true },
      "of-another-type": { enabled: false },
    };
    expect(withSchedules(upkeep, settings).schedules).toEqual([
      {
        name: "nightly",
        cron: "30 3 * * *",
        timeZone: "America/New_York",
        payload: { deep: false },
        overlap: "queue",
        catchUpSeconds: 600,
      },
      { name: "weekly", cron: "0 4 * * 0", timeZone: "Europe/Berlin", payload: { deep: true }, enabled: true },
    ]);
  });

  it("leaves the definition itself alone", () => {
    withSchedules(upkeep, { nightly: { enabled: false } });
    expect(upkeep.schedules?.[0]).not.toHaveProperty("enabled");
  });

  it("is the definition where nothing is said of its schedules", () => {
    expect(withSchedules(upkeep, { other: { enabled: false } })).toBe(upkeep);
    expect(withSchedules(upkeep, JSON.parse('{"__proto__": {"enabled": false}}'))).toBe(upkeep);
  });

  it("is refused with all that is wrong with it", () => {
    const settings = { nightly: { cron: "0 25 * * *" }, weekly: { timeZone: "+02:00" } };
    expect(() => withSchedules(upkeep, settings)).toThrow(
      /^The schedules of "upkeep" are not right: schedule "nightly": `cron` "0 25 \* \* \*": .*; schedule "weekly": `timeZone` "\+02:00" must be a time zone/,
    );
  });
});

it("a type's own settings are those of its schedules", () => {
  const settings = { weekly: { enabled: true }, other: { enabled: false } };
  expect(settingsOf(upkeep, settings)).toEqual({ weekly: { enabled: true } });
});

describe("a function's environment", () => {
  const needed = {
    JOBS_TABLE: "jobs",
    RECORDS_TABLE: "records",
    QUEUE_URL_PREFIX: "https://sqs.example.com/1/backline-",
  };

  it("says nothing of schedules by default", () => {
    expect(readEnvironment(needed).SCHEDULES).toEqual({});
  });

  it("holds settings of schedules as JSON", () => {
    const SCHEDULES = '{"nightly":{"cron":"30 3 * * *","enabled":true}}';
    expect(readEnvironment({ ...needed, SCHEDULES }).SCHEDULES).toEqual({
      nightly: { cron: "30 3 * * *", enabled: true },
    });
  });

  it.each([
    ["is no JSON", "{", /SCHEDULES: must be JSON such as/],
    [
      "has a setting that there is not",
      '{"nightly":{"cronn":"0 3 * * *"}}',
      /SCHEDULES\.nightly: Unrecognized key: "cronn"/,
    ],
  ])("is refused when it %s", (_, SCHEDULES, problem) => {
    expect(() => readEnvironment({ ...needed, SCHEDULES })).toThrow(problem);
  });
});
