import { describe, expect, it } from "@jest/globals";

import { releaseSweep, takeSweep } from "../../shared/sweeps/sweep-lock.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const MINUTES_30 = 30 * 60_000;
const NOON = Date.UTC(2026, 2, 1, 12);

/** Takes the sweep `reminders` for a job: gives the job that has it, where that is another one. */
async function take(records: MemoryRecordStore, jobId: string, now = NOON): Promise<string | undefined> {
  const taken = await takeSweep(records, "reminders", { jobId, now });
  return taken.isTaken ? undefined : taken.heldBy;
}

describe("a sweep", () => {
  it("is taken by one job, and the other one is told by whom", async () => {
    const records = new MemoryRecordStore();
    await expect(take(records, "job-1")).resolves.toBeUndefined();
    await expect(take(records, "job-2")).resolves.toBe("job-1");
  });

  it("is kept by its job, from each of its attempts on for half an hour", async () => {
    const records = new MemoryRecordStore();
    await take(records, "job-1");
    await expect(take(records, "job-1", NOON + 60_000)).resolves.toBeUndefined();
    await expect(take(records, "job-2", NOON + 60_000 + MINUTES_30 - 1)).resolves.toBe("job-1");
    await expect(take(records, "job-2", NOON + 60_000 + MINUTES_30)).resolves.toBeUndefined();
    await expect(take(records, "job-1", NOON + 60_000 + MINUTES_30)).resolves.toBe("job-2");
  });

  it("is free at once when it was given back", async () => {
    const records = new MemoryRecordStore();
    await take(records, "job-1");
    await releaseSweep(records, "reminders", "job-1");
    await expect(take(records, "job-2")).resolves.toBeUndefined();
  });

  it("is given back by its job alone, and once", async () => {
    const records = new MemoryRecordStore();
    await releaseSweep(records, "reminders", "job-1");
    await take(records, "job-1");
    await releaseSweep(records, "reminders", "job-2");
    await expect(take(records, "job-2")).resolves.toBe("job-1");
    await releaseSweep(records, "reminders", "job-1");
    const before = records.all();
    await releaseSweep(records, "reminders", "job-1");
    expect(records.all()).toEqual(before);
  });

  it("is as it was before when taking it is undone, unless somebody has taken it since", async () => {
    const records = new MemoryRecordStore();
    const lock = async () => (await records.get({ kind: "sweep_lock", id: "reminders" }))?.body;
    const undoOf = async (jobId: string, now: number) => {
      const taken = await takeSweep(records, "reminders", { jobId, now });
      return taken.isTaken ? taken.undo : Promise.reject(new Error("It is another job's."));
    };
    await (
      await undoOf("job-1", NOON)
    )();
    await expect(lock()).resolves.toEqual({ jobId: "job-1", heldUntil: 0 });
    await take(records, "job-1");
    await (
      await undoOf("job-1", NOON + 1_000)
    )();
    await expect(lock()).resolves.toEqual({ jobId: "job-1", heldUntil: NOON + MINUTES_30 });
    const undo = await undoOf("job-1", NOON + 2_000);
    await take(records, "job-1", NOON + 3_000);
    await undo();
    await expect(lock()).resolves.toEqual({ jobId: "job-1", heldUntil: NOON + 3_000 + MINUTES_30 });
  });

  it("is not kept by a time that nobody can have meant: another clock was far ahead", async () => {
    const records = new MemoryRecordStore();
    await take(records, "job-1", NOON + 365 * 24 * 60 * 60_000);
    await expect(take(records, "job-2")).resolves.toBeUndefined();
    const some = new MemoryRecordStore();
    await take(some, "job-1", NOON + MINUTES_30);
    await expect(take(some, "job-2")).resolves.toBe("job-1");
  });

  it("of another type is another one", async () => {
    const records = new MemoryRecordStore();
    await take(records, "job-1");
    await expect(takeSweep(records, "cleanup", { jobId: "job-2", now: NOON })).resolves.toMatchObject({
      isTaken: true,
    });
  });

  it.each([
    ["was never taken", 0],
    ["was given back", NOON],
    ["has run out", NOON + MINUTES_30],
  ])("that %s goes to one of many that want it at once", async (_, now) => {
    const records = new MemoryRecordStore();
    if (now > 0) await take(records, "job-0");
    if (now === NOON) await releaseSweep(records, "reminders", "job-0");
    const jobs = ["job-1", "job-2", "job-3", "job-4"];
    const answers = await Promise.all(jobs.map((jobId) => take(records, jobId, Math.max(now, NOON))));
    const winner = jobs[answers.indexOf(undefined)];
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect(answers.filter((answer) => answer === winner)).toHaveLength(3);
  });
});
