import { crashAfter, refuse, runJob, runSchedule, type TestRun } from "../../testing/index.ts"; // before the handlers
import { readFile } from "node:fs/promises";

import { describe, expect, it } from "@jest/globals";

import { sweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import { SWEEP_RETRY } from "../../shared/catalog/sweep-run.ts";
import { email } from "../../shared/catalog/messaging.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Snooze } from "../../shared/errors/postponements.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { RunHalted } from "../../shared/engine/job-run.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";
import { sweepResultOf, type SweepResult } from "../../shared/sweeps/sweep-result.ts";

const definition = defineJob({
  type: "tidy",
  summary: "Tidies up.",
  payload: sweepPayload,
  retry: { maxAttempts: 3, backoff: fixed(60_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  needs: { records: { sweep_lock: "write" }, enqueues: ["email"] },
  schedules: [{ name: "nightly", cron: "0 2 * * *", payload: { dryRun: false } }],
});

const NOTHING = sweepResultOf();
const FAILED: SweepResult = {
  ...NOTHING,
  success: false,
  errors: Array.from({ length: 30 }, (_, index) => `p${index}: It is broken.`),
  errorCount: 130,
};
const PAYLOAD = { dryRun: false };

/** A handler whose sweep does that; it notes the times that it counts from. */
function tidying(sweep: (job: JobContext<SweepPayload>) => Promise<SweepResult> | SweepResult) {
  const asOfs: string[] = [];
  const tested = {
    definition,
    handle: (job: JobContext<SweepPayload>, services: Parameters<typeof runSweepJob>[1]) =>
      runSweepJob(job, services, async (asOf) => {
        asOfs.push(new Date(asOf).toISOString());
        return sweep(job);
      }),
  };
  return { tested, asOfs };
}

/** The payload of the only job that was enqueued: the owner's mail. */
function mailOf({ enqueued }: TestRun) {
  const payloads = enqueued.map(
    ({ payload }) => payload as { data: { title: string; message: string; facts: { value: string }[] } },
  );
  if (payloads[0] === undefined || payloads.length > 1) throw new Error(`${payloads.length} jobs were enqueued.`);
  return payloads[0].data;
}

const lockOf = ({ records }: TestRun) => records.find(({ kind }) => kind === "sweep_lock")?.body;
const lock = (jobId: string, heldUntil: string) => ({
  kind: "sweep_lock",
  id: "tidy",
  body: { jobId, heldUntil: Date.parse(heldUntil) },
});

describe("the time that a sweep counts from", () => {
  it("is what its payload says", async () => {
    const { tested, asOfs } = tidying(() => NOTHING);
    await runJob(tested, { dryRun: false, asOf: "2024-02-29T03:00:00+01:00" });
    expect(asOfs).toEqual(["2024-02-29T02:00:00.000Z"]);
  });

  it("is the schedule's occurrence, however late the job comes", async () => {
    const { tested, asOfs } = tidying(() => NOTHING);
    await runSchedule(tested, "nightly", "2026-03-01T02:00:00Z", { now: "2026-03-01T05:00:00Z" });
    expect(asOfs).toEqual(["2026-03-01T02:00:00.000Z"]);
  });

  it("is that of its beginning, also at later attempts", async () => {
    const { tested, asOfs } = tidying((job) => {
      if (job.attempt < 3) throw new Error("Not yet.");
      return NOTHING;
    });
    const run = await runJob(tested, PAYLOAD, { now: "2026-03-01T02:00:00Z" });
    expect(run.status).toBe("completed");
    expect(run.durationMs).toBeGreaterThan(120_000);
    expect(asOfs).toHaveLength(3);
    expect(new Set(asOfs).size).toBe(1);
    expect(asOfs[0]).toMatch(/^2026-03-01T02:00:00/);
  });
});

describe("a sweep's job", () => {
  it("gives what its sweep came to, and gives the sweep back", async () => {
    const { tested } = tidying(() => ({ ...NOTHING, visited: 3 }));
    const run = await runJob(tested, PAYLOAD);
    expect(run.result).toEqual({ success: true, errors: [], errorCount: 0, visited: 3, dryRun: false });
    expect(run.enqueued).toEqual([]);
    expect(lockOf(run)).toEqual({ jobId: run.id, heldUntil: 0 });
  });

  it("says so and does nothing while another one is at it", async () => {
    const { tested, asOfs } = tidying(() => NOTHING);
    const records = [lock("tidy-other", "2026-01-01T00:30:00Z")];
    const run = await runJob(tested, PAYLOAD, { records });
    expect(run.result).toEqual({ ...NOTHING, skipped: { runningJobId: "tidy-other" } });
    expect(asOfs).toEqual([]);
    expect(lockOf(run)).toEqual(records[0]?.body);
  });

  it("goes on in the place of one that has been silent for half an hour", async () => {
    const { tested, asOfs } = tidying(() => NOTHING);
    const run = await runJob(tested, PAYLOAD, { records: [lock("tidy-other", "2026-01-01T00:00:00Z")] });
    expect(run.result).toEqual(NOTHING);
    expect(asOfs).toHaveLength(1);
  });

  it("that has begun goes on beside one that has taken its place, and counts what it has done", async () => {
    const other = { jobId: "tidy-other", heldUntil: Date.parse("2026-01-01T00:30:00Z") };
    const key = { kind: "sweep_lock", id: "tidy" };
    const handle: typeof tested.handle = (job, services) =>
      runSweepJob(job, services, async () => {
        const { done } = await job.sweep<number, number>("attic", {
          page: async (from = 0) => Promise.resolve({ items: [from], ...(from < 2 && { next: from + 1 }) }),
          key: String,
          each: async (item) => {
            if (item !== 1) return;
            const isFirst = await services.records.replace(key, 1, other);
            if (isFirst) throw new Snooze({ delayMs: 60_000 });
          },
        });
        return { ...NOTHING, visited: done };
      });
    const { tested } = tidying(() => NOTHING);
    const run = await runJob({ definition, handle }, PAYLOAD);
    expect(run.result).toEqual({ ...NOTHING, visited: 3 });
    expect(lockOf(run)).toEqual(other);
  });

  it("holds up no other lock than its own", async () => {
    const { tested } = tidying(() => NOTHING);
    const handle: typeof tested.handle = (job, services) =>
      runSweepJob(job, services, async () => NOTHING, { lock: "tidy-attic" });
    const records = [lock("tidy-other", "2026-01-01T00:30:00Z")];
    const run = await runJob({ definition, handle }, PAYLOAD, { records });
    expect(run.result).toEqual(NOTHING);
    const locks = run.records.filter(({ kind }) => kind === "sweep_lock");
    expect(locks.map(({ id, body }) => [id, body["jobId"]])).toEqual([
      ["tidy", "tidy-other"],
      ["tidy-attic", run.id],
    ]);
  });

  it("that is a dry run takes nothing, tells nobody, and works beside another one", async () => {
    const { tested } = tidying(() => ({ ...FAILED, dryRun: true }));
    const records = [lock("tidy-other", "2026-01-01T00:30:00Z")];
    const run = await runJob(tested, { dryRun: true }, { records });
    expect(run.result).toEqual({ ...FAILED, dryRun: true });
    expect(run.enqueued).toEqual([]);
    expect(lockOf(run)).toEqual(records[0]?.body);
    expect(run.calls.filter((call) => call.startsWith("records."))).toEqual([]);
  });

  it("keeps the sweep between its attempts, and while it is postponed", async () => {
    const { tested } = tidying((job) => {
      if (job.attempt === 1) throw new Error("Not yet.");
      throw new Snooze({ delayMs: 5 * 60_000 });
    });
    const afterFailure = await runJob(tested, PAYLOAD, { limitMs: 30_000 });
    expect(afterFailure).toMatchObject({ status: "retrying", endings: ["retry"] });
    expect(lockOf(afterFailure)).toMatchObject({ jobId: afterFailure.id, heldUntil: expect.any(Number) });
    expect(lockOf(afterFailure)?.["heldUntil"]).toBeGreaterThan(afterFailure.at);
    const snoozing = await afterFailure.goOn(3 * 60_000);
    expect(lockOf(snoozing)?.["heldUntil"]).toBeGreaterThan(snoozing.at);
  });

  it("gives the sweep back when its last attempt fails: the next hour's run is not skipped", async () => {
    const patient = defineJob({ ...definition, retry: SWEEP_RETRY, schedules: [] });
    const { tested } = tidying(() => Promise.reject(new Error("No table.")));
    const run = await runJob({ ...tested, definition: patient }, PAYLOAD);
    expect(run).toMatchObject({ status: "failed", attempts: 5 });
    expect(lockOf(run)).toEqual({ jobId: run.id, heldUntil: 0 });
  });

  it("gives the sweep back when it cannot be done at all", async () => {
    const { tested } = tidying(() => {
      throw new PermanentError("SETTINGS_WRONG", "The settings are wrong.");
    });
    const run = await runJob(tested, PAYLOAD);
    expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code: "SETTINGS_WRONG" } });
    expect(lockOf(run)).toEqual({ jobId: run.id, heldUntil: 0 });
  });
});

describe("what a sweep could not do", () => {
  it("is mailed to the owner, the first twenty in words, and the sweep is given back", async () => {
    const { tested } = tidying(() => FAILED);
    const run = await runJob(tested, PAYLOAD, { now: "2026-03-01T02:00:00Z" });
    expect(run).toMatchObject({ status: "completed", result: FAILED });
    expect(run.enqueued).toHaveLength(1);
    expect(run.enqueued[0]).toMatchObject({ id: "email-tidy-errors-2026-03-01", type: email.type });
    const { title, message, facts } = mailOf(run);
    expect(title).toBe("tidy: 130 could not be done");
    expect(message).toContain(`npm run job -- show ${run.id} --payload\n`);
    const runbook = await readFile("docs/runbook.md", "utf8");
    expect(message).toContain("docs/runbook.md#a-sweep-could-not-do-everything");
    expect(runbook).toContain("\n## A sweep could not do everything\n");
    expect(facts).toHaveLength(20);
    expect(facts[19]).toEqual({ label: "20", value: "p19: It is broken." });
    expect(lockOf(run)).toEqual({ jobId: run.id, heldUntil: 0 });
  });

  it("is mailed once a day, although every run has it", async () => {
    const { tested } = tidying(async (job) => {
      const other = { ...FAILED, errorCount: job.payload.asOf === undefined ? 1 : 2 };
      return Promise.resolve(other);
    });
    const inOneWorld = {
      definition: defineJob({ ...definition, type: "twice", needs: { enqueues: ["tidy"] } }),
      handle: async (job: JobContext<SweepPayload>) => {
        await job.spawn("one", definition, PAYLOAD);
        await job.waitForChildren();
        await job.spawn("two", definition, { dryRun: false, asOf: "2026-02-01T00:00:00Z" });
        await job.waitForChildren();
      },
    };
    const run = await runJob(inOneWorld, PAYLOAD, { now: "2026-03-01T02:00:00Z", others: [tested] });
    expect(run.status).toBe("completed");
    expect(run.children.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(run.enqueued.filter(({ type }) => type === "email").map(({ id }) => id)).toEqual([
      "email-tidy-errors-2026-03-01",
    ]);
  });

  it("is mailed although a record's words would not stand in a mail", async () => {
    const { tested } = tidying(() => ({
      ...FAILED,
      errors: [`p1: Line\n\u0007\u2028 ${"é".repeat(400)} ada@example.com`],
    }));
    const run = await runJob(tested, PAYLOAD);
    expect(run.status).toBe("completed");
    expect(mailOf(run).facts[0]?.value).toMatch(/^p1: Line +é{100}/);
  });

  it.each([
    ["the mail was enqueued", crashAfter("store.create", 1)],
    ["the sweep was given back", crashAfter("records.replace", 1)],
    ["the sweep was taken", crashAfter("records.create", 1)],
  ])("is mailed once and the sweep is free, when the process dies after %s", async (_, fault) => {
    const { tested } = tidying(() => FAILED);
    const run = await runJob(tested, PAYLOAD, { faults: [fault] });
    expect(run).toMatchObject({ status: "completed", result: FAILED });
    expect(run.enqueued).toHaveLength(1);
    expect(lockOf(run)).toEqual({ jobId: run.id, heldUntil: 0 });
  });

  it("fails the attempt where the lock is out of reach", async () => {
    const { tested, asOfs } = tidying(() => NOTHING);
    const run = await runJob(tested, PAYLOAD, { faults: [refuse("records.get", 1)] });
    expect(run).toMatchObject({ status: "completed", attempts: 2 });
    expect(asOfs).toHaveLength(1);
  });
});

describe("an attempt that is halted", () => {
  const NOON = Date.UTC(2026, 2, 1, 12);

  /** A run whose sweep is halted so, over what the lock said before. */
  async function halted(why: "cancel_requested" | "lease_lost" | "deadline", before?: object, timeLeftMs = 60_000) {
    const records = new MemoryRecordStore();
    if (before !== undefined) await records.create({ kind: "sweep_lock", id: "tidy" }, before);
    const job: Partial<JobContext<SweepPayload>> = {
      id: "tidy-1",
      type: "tidy",
      payload: { dryRun: false, asOf: "2026-03-01T12:00:00Z" },
      step: async (_, work) => work(),
      timeLeftMs: () => timeLeftMs,
    };
    const services = { records, clock: { now: () => NOON, after: () => () => {} } };
    const halt = () => Promise.reject(new RunHalted({ why }));
    // The frame uses no more of a job.
    const run = runSweepJob(job as JobContext<SweepPayload>, services, halt);
    await expect(run).rejects.toBeInstanceOf(Error);
    return records.all().map(({ body }) => body);
  }

  it("by a person's cancel gives the sweep back", async () => {
    const mine = { jobId: "tidy-1", heldUntil: NOON + 1_000 };
    await expect(halted("cancel_requested", mine)).resolves.toEqual([{ jobId: "tidy-1", heldUntil: 0 }]);
  });

  it.each(["lease_lost", "deadline"] as const)("by %s leaves the sweep as it was", async (why) => {
    await expect(halted(why)).resolves.toEqual([{ jobId: "tidy-1", heldUntil: 0 }]);
    for (const heldUntil of [0, NOON + 1_000]) {
      const before = { jobId: "tidy-1", heldUntil };
      await expect(halted(why, before)).resolves.toEqual([before]);
    }
  });

  it("or that wakes up when its time is over takes nothing", async () => {
    const before = { jobId: "tidy-1", heldUntil: 0 };
    await expect(halted("deadline", before, 0)).resolves.toEqual([before]);
    await expect(halted("deadline", undefined, 0)).resolves.toEqual([]);
  });
});
