import { describe, expect, it } from "@jest/globals";

import { reportSchedule } from "../../shared/engine/insight/schedule-report.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";
import type { LedgerEntry } from "../../shared/ports/schedule-ledger.ts";
import { aRow } from "../support/job-rows.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryScheduleLedger } from "../support/memory-schedule-ledger.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const HOUR = 60 * 60_000;
const hourly: JobSchedule = { name: "hourly", cron: "0 * * * *", payload: {} };
const atHour = (hour: number) => START + hour * HOUR;

async function open(decisions: readonly Partial<LedgerEntry>[], accountedUntil?: number) {
  const ledger = new MemoryScheduleLedger();
  for (const each of decisions) {
    const at = each.at ?? 0;
    await ledger.decide({ schedule: "hourly", at, decision: "run", decidedAt: at + 1_000, source: "tick", ...each });
  }
  const cursor = { until: accountedUntil ?? 0, expression: "0 * * * * UTC" };
  if (accountedUntil !== undefined) await ledger.saveCursors({ hourly: cursor }, 0);
  const store = new MemoryJobStore();
  await store.create(aRow({ id: "greeting-hourly-1", status: "completed" }));
  return { store, ledger, clock: new VirtualClock(atHour(8) + 60_000) };
}

describe("the report of a schedule", () => {
  it("says of each occurrence what became of it", async () => {
    const world = await open(
      [
        { at: atHour(1), jobId: "greeting-hourly-1" },
        { at: atHour(2), jobId: "gone", decidedAt: atHour(2) + 6 * 60_000 },
        { at: atHour(3), jobId: "gone", source: "catch_up" },
        { at: atHour(4), decision: "skipped", reason: "the run of 20260101T030000Z had not ended" },
        { at: atHour(5), decision: "missed", reason: "no tick came within 60 s", source: "catch_up" },
        { at: atHour(6), decision: "queued", reason: "the run of 20260101T050000Z had not ended" },
      ],
      atHour(6) - 1,
    );
    const { occurrences, next, isMore } = await reportSchedule(world, hourly, { from: START, until: atHour(9) });
    expect(occurrences.toReversed()).toEqual([
      { at: atHour(0), state: "not_in_force" },
      {
        at: atHour(1),
        state: "ran",
        decidedAt: atHour(1) + 1_000,
        jobId: "greeting-hourly-1",
        jobStatus: "completed",
      },
      { at: atHour(2), state: "late", decidedAt: atHour(2) + 6 * 60_000, jobId: "gone" },
      { at: atHour(3), state: "caught_up", decidedAt: atHour(3) + 1_000, jobId: "gone" },
      expect.objectContaining({ at: atHour(4), state: "skipped", reason: "the run of 20260101T030000Z had not ended" }),
      expect.objectContaining({ at: atHour(5), state: "missed", reason: "no tick came within 60 s" }),
      expect.objectContaining({ at: atHour(6), state: "queued" }),
      { at: atHour(7), state: "open" },
      { at: atHour(8), state: "open" },
      { at: atHour(9), state: "to_come" },
    ]);
    expect({ next, isMore }).toEqual({ next: atHour(9), isMore: false });
  });

  it("expects nothing of a schedule that is switched off, and knows what it did before", async () => {
    const world = await open([{ at: atHour(1), jobId: "gone" }], atHour(1));
    const off = { ...hourly, enabled: false };
    const report = await reportSchedule(world, off, { from: atHour(1), until: atHour(2) });
    expect(report.occurrences.map(({ state }) => state)).toEqual(["not_in_force", "ran"]);
    expect(report).not.toHaveProperty("next");
  });

  it("has what the ledger knows of another time table, too", async () => {
    const world = await open([{ at: atHour(1) + 30 * 60_000, jobId: "gone" }], atHour(2));
    const { occurrences } = await reportSchedule(world, hourly, { from: atHour(1) + 1, until: atHour(2) - 1 });
    expect(occurrences).toMatchObject([{ at: atHour(1) + 30 * 60_000, state: "ran" }]);
  });

  it("shows the newest thousand occurrences of a longer time, and says that there are more", async () => {
    const world = await open([{ at: atHour(1) - 60_000, jobId: "gone" }], atHour(1));
    const everyMinute = { ...hourly, cron: "* * * * *" };
    const { occurrences, isMore } = await reportSchedule(world, everyMinute, { from: START - 1e9, until: atHour(1) });
    expect(occurrences).toHaveLength(1_000);
    expect(occurrences.slice(0, 2)).toMatchObject([{ at: atHour(1) }, { at: atHour(1) - 60_000, state: "ran" }]);
    expect(isMore).toBe(true);
  });
});
