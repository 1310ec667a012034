import { describe, expect, it } from "@jest/globals";

import type { LedgerEntry, ScheduleLedger } from "../../shared/ports/schedule-ledger.ts";
import { START } from "./virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

let last = 0;
const aSchedule = (): string => `nightly-${(last += 1)}`;

function anEntry(schedule: string, overrides: Partial<LedgerEntry> = {}): LedgerEntry {
  return { schedule, at: START, decision: "run", decidedAt: START + 5, source: "tick", jobId: "job-1", ...overrides };
}

/** What the engine relies on in any schedule ledger: run by each one's own test file. */
export function describeScheduleLedger(name: string, openLedger: () => ScheduleLedger): void {
  describe(`${name} as a schedule ledger`, () => {
    it("keeps the first decision about an occurrence, and gives it to whoever decides again", async () => {
      const [ledger, schedule] = [openLedger(), aSchedule()];
      const first = anEntry(schedule);
      await expect(ledger.decide(first)).resolves.toEqual(first);
      const second = anEntry(schedule, { decision: "skipped", decidedAt: START + 9, reason: "late" });
      await expect(ledger.decide(second)).resolves.toEqual(first);
      await expect(ledger.get(schedule, START)).resolves.toEqual(first);
    });

    it("lets a queued occurrence be decided again, once", async () => {
      const [ledger, schedule] = [openLedger(), aSchedule()];
      await ledger.decide({ ...anEntry(schedule), decision: "queued", reason: "busy" });
      const run = anEntry(schedule, { decidedAt: START + 60 });
      await expect(ledger.decide(run)).resolves.toEqual(run);
      await expect(ledger.decide(anEntry(schedule, { decision: "missed" }))).resolves.toEqual(run);
    });

    it("knows nothing of an occurrence that nobody decided about", async () => {
      await expect(openLedger().get(aSchedule(), START)).resolves.toBeUndefined();
    });

    it("lists the decisions of a time range in order, those of no other schedule, and not the slot", async () => {
      const [ledger, schedule] = [openLedger(), aSchedule()];
      for (const day of [3, 1, 2, 4]) await ledger.decide(anEntry(schedule, { at: START + day * DAY_MS }));
      await ledger.decide(anEntry(aSchedule(), { at: START + DAY_MS }));
      await ledger.takeSlot(schedule, { at: START, jobId: "job-1", takenAt: START }, 0);
      const daysIn = async (from: number, until: number, limit: number) => {
        const range = { from: START + from * DAY_MS, until: START + until * DAY_MS, limit };
        return (await ledger.list(schedule, range)).map(({ at }) => (at - START) / DAY_MS);
      };
      expect(await daysIn(1, 3, 10)).toEqual([1, 2, 3]);
      expect(await daysIn(0, 99, 2)).toEqual([1, 2]);
      expect(await daysIn(5, 9, 10)).toEqual([]);
    });

    it("gives the slot to one of two who saw it free", async () => {
      const [ledger, schedule] = [openLedger(), aSchedule()];
      await expect(ledger.slot(schedule)).resolves.toEqual({ value: undefined, version: 0 });
      const slot = { at: START, jobId: "job-1", takenAt: START + 1 };
      await expect(ledger.takeSlot(schedule, slot, 0)).resolves.toBe(true);
      await expect(ledger.takeSlot(schedule, { ...slot, jobId: "job-2" }, 0)).resolves.toBe(false);
      await expect(ledger.slot(schedule)).resolves.toEqual({ value: slot, version: 1 });
      await expect(ledger.takeSlot(schedule, { ...slot, jobId: "job-2" }, 1)).resolves.toBe(true);
    });

    it("saves the cursors for whoever saw the last ones", async () => {
      const ledger = openLedger();
      const { version } = await ledger.cursors();
      const cursors = {
        nightly: { until: START, expression: "0 2 * * * UTC" },
        hourly: { until: START, expression: "0 * * * * UTC", asked: { times: 1, askAgainAt: START + 9, upTo: START } },
      };
      await expect(ledger.saveCursors(cursors, version)).resolves.toBe(true);
      await expect(ledger.saveCursors({}, version)).resolves.toBe(false);
      await expect(ledger.cursors()).resolves.toEqual({ value: cursors, version: version + 1 });
    });
  });
}
