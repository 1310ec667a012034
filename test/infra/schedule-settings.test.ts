import { beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { applySchedules } from "../../infra/apply-schedules.ts";
import type { CatalogEntry } from "../../shared/catalog/index.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";
import { flowEntry } from "./support/flow-catalog.ts";
import { environmentOf } from "./support/permissions.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

const scheduled = (type: string, ...schedules: JobSchedule[]): CatalogEntry => flowEntry(type, { schedules });
const payload = {};

const catalog = [
  scheduled(
    "cleaning",
    { name: "nightly", cron: "0 2 * * *", payload },
    { name: "weekly", cron: "0 4 * * 0", payload },
  ),
  scheduled("polishing", { name: "polishing", cron: "0 5 * * *", timeZone: "Europe/Berlin", payload }),
  scheduled("sweeping", { name: "sweeping", cron: "0 6 * * *", payload }),
  flowEntry("unscheduled"),
];

const schedules = {
  nightly: { cron: "30 3 * * 1-5", timeZone: "America/New_York" },
  polishing: { enabled: false },
};

const schedule = z.object({
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().optional(),
  State: z.string(),
});

describe("an installation's settings of schedules", () => {
  let app: Synthesised;
  beforeAll(async () => {
    app = await synthesised({ config: { schedules }, catalog, rules: "none" });
  });

  it("are in force in EventBridge Scheduler, and what they do not name is as it was defined", () => {
    const found = Object.values(app.jobs.findResources("AWS::Scheduler::Schedule"))
      .map(({ Properties }) => schedule.parse(Properties))
      .filter(({ Name }) => Name !== undefined)
      .map((each) => [each.Name, each.ScheduleExpression, each.ScheduleExpressionTimezone, each.State]);
    expect(found).toEqual([
      ["backline-nightly", "cron(30 3 ? * MON-FRI *)", "America/New_York", "ENABLED"],
      ["backline-weekly", "cron(0 4 ? * SUN *)", "UTC", "ENABLED"],
      ["backline-polishing", "cron(0 5 * * ? *)", "Europe/Berlin", "DISABLED"],
      ["backline-sweeping", "cron(0 6 * * ? *)", "UTC", "ENABLED"],
    ]);
  });

  it("are known to the worker whose schedules they are, to the ticker, and to nobody else", () => {
    const settingsOf = (name: string): unknown => {
      const { SCHEDULES } = environmentOf(app.jobs, `backline-${name}`);
      return SCHEDULES === undefined ? undefined : JSON.parse(SCHEDULES);
    };
    expect(settingsOf("cleaning")).toEqual({ nightly: schedules.nightly });
    expect(settingsOf("polishing")).toEqual({ polishing: schedules.polishing });
    expect(settingsOf("ops-ticker")).toEqual(schedules);
    for (const name of ["sweeping", "unscheduled", "webhooks-stripe", "api-health"]) {
      expect(settingsOf(name)).toBeUndefined();
    }
  });

  it("are refused before anything is built when there is no such schedule, or it could not run", () => {
    const wrong = { nigthly: { enabled: false }, weekly: { cron: "0 25 * * *" }, polishing: { timeZone: "Berlin" } };
    expect(() => applySchedules(catalog, wrong)).toThrow(
      new RegExp(
        [
          "^Backline's configuration is not right:",
          '- schedules: there is no schedule "nigthly"; there are nightly, weekly, polishing, sweeping.',
          '- schedules: The schedules of "cleaning" are not right: schedule "weekly": `cron` "0 25 \\* \\* \\*": .*',
          '- schedules: The schedules of "polishing" are not right: schedule "polishing": `timeZone` "Berlin" must be .*$',
        ].join("\n"),
      ),
    );
  });

  it("may be left out: then everything is as it was defined, and no function hears of any", async () => {
    expect(applySchedules(catalog)).toEqual(catalog);
    const plain = await synthesised({ catalog, rules: "none" });
    expect(environmentOf(plain.jobs, "backline-ops-ticker")).not.toHaveProperty("SCHEDULES");
    expect(environmentOf(plain.jobs, "backline-cleaning")).not.toHaveProperty("SCHEDULES");
  });
});
