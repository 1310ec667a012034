import { expect, it } from "@jest/globals";

import { runJob, runSchedule } from "../../testing/index.ts"; // before the handler
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { handler } from "./handler.ts";

const records = [{ kind: "settings", id: "seller", body: exampleSeller }];

it("sums up the day before its occurrence, however late it runs", async () => {
  const occurrence = "2026-01-02T01:30:00Z"; // 02:30 in Berlin
  const run = await runSchedule(handler, "nightly-report", occurrence, { now: "2026-01-02T05:00:00Z", records });
  expect(run.status).toBe("completed");
  expect(run.result).toEqual({ from: Date.parse("2026-01-01T01:30:00Z"), until: Date.parse(occurrence) });
});

it("sums up the last days when it is run by hand", async () => {
  const run = await runJob(handler, { days: 7 }, { now: "2026-03-10T12:00:00Z", records, latencyMs: 0 });
  expect(run.result).toMatchObject({ from: Date.parse("2026-03-03T12:00:00Z") });
  expect(run.logs[0]?.message).toBe("Summed up.");
});
