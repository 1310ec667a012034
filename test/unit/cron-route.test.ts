import { describe, expect, it } from "@jest/globals";

import { cleanup, reminders } from "../../shared/catalog/bookings.ts";
import { analyticsAggregation, storeCleanup } from "../../shared/catalog/stores.ts";
import { answerCron } from "../../shared/cron/cron-route.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { cancel } from "../../shared/job/transitions/control.ts";
import { CronCaller } from "../support/cron-caller.ts";

const nothingDone = {
  success: true,
  dryRun: false,
  summary: {
    staleBookings: { cancelled: 0, errors: [] },
    notifications: { deleted: 0, errors: [] },
    otps: { deleted: 0, errors: [] },
    auditLogs: { deleted: 0, errors: [] },
  },
};

/** A caller whose job ends while it waits. */
function withWorker(...[definition, work]: ConstructorParameters<typeof CronCaller>): CronCaller {
  const caller = new CronCaller(definition, work);
  caller.meanwhile = () => caller.simulation.consumeOne();
  return caller;
}

describe("a cron endpoint", () => {
  it("enqueues its job, waits for it, and answers what it did", async () => {
    const caller = withWorker(cleanup, () => nothingDone);
    expect(await caller.call()).toEqual({
      status: 200,
      body: { success: true, timestamp: "2026-01-01T00:00:00.500Z", summary: nothingDone.summary },
      headers: { "cache-control": "no-store" },
    });
    expect(caller.payloads()).toEqual([{ dryRun: false }]);
    expect(caller.simulation.job()).toMatchObject({ type: "cleanup", correlationId: "req-1" });
  });

  it("answers GET as POST", async () => {
    const caller = withWorker(cleanup, () => nothingDone);
    expect(await caller.call({ method: "GET" })).toMatchObject({ status: 200, body: { success: true } });
  });

  it("knows its path behind a domain's own prefix", async () => {
    const caller = withWorker(cleanup, () => nothingDone);
    expect(await caller.call({ path: "/backline/api/cron/cleanup" })).toMatchObject({ status: 200 });
    expect(await caller.call({ path: "/api/cron" })).toMatchObject({ status: 404, body: { message: "Not Found" } });
  });

  it("answers 202 with the job's id after 25 s, asking more and more slowly", async () => {
    const caller = new CronCaller(cleanup);
    const began = caller.simulation.clock.now();
    const answer = await caller.call();
    expect(caller.simulation.clock.now() - began).toBe(25_000);
    expect(answer).toMatchObject({
      status: 202,
      body: { message: "Job accepted", jobId: caller.jobIds()[0], timestamp: "2026-01-01T00:00:25.000Z" },
    });
    expect(caller.naps.slice(0, 5)).toEqual([500, 625, 781.25, 976.5625, 1_000]);
    expect(caller.naps).toHaveLength(27);
  });

  it("notices a job that ends at the last moment", async () => {
    const caller = new CronCaller(cleanup, () => nothingDone);
    caller.meanwhile = () => (caller.naps.length === 27 ? caller.simulation.consumeOne() : Promise.resolve());
    expect(await caller.call()).toMatchObject({ status: 200, body: { timestamp: "2026-01-01T00:00:25.000Z" } });
  });

  it("answers 500 for a job that failed, with its id and not with what its error says", async () => {
    const caller = withWorker(cleanup, () => {
      throw new PermanentError("BROKEN", "Ada Lovelace has no telephone.");
    });
    expect(await caller.call()).toMatchObject({
      status: 500,
      body: {
        success: false,
        message: "Job failed",
        jobId: expect.stringMatching(/^cleanup-/),
        timestamp: "2026-01-01T00:00:00.500Z",
      },
    });
  });

  it("answers 500 for a job that somebody cancelled", async () => {
    const caller = new CronCaller(reminders);
    caller.meanwhile = async () => {
      const [job] = caller.simulation.store.jobs();
      if (job === undefined) return;
      await caller.simulation.store.apply(job.id, cancel(job.type, caller.simulation.clock.now()));
    };
    expect(await caller.call({ path: "/api/cron/reminders" })).toMatchObject({
      status: 500,
      body: { success: false, message: "Job cancelled" },
    });
  });

  it("goes on waiting when the row cannot be read for once", async () => {
    const caller = withWorker(cleanup, () => nothingDone);
    const { store } = caller.simulation;
    const get = store.get.bind(store);
    let reads = 0;
    store.get = (id) => ((reads += 1) === 2 ? Promise.reject(new Error("zoe@example.com")) : get(id));
    // The first read is the worker's own.
    expect(await caller.call()).toMatchObject({ status: 200 });
    expect(caller.log.lines.map(({ fields }) => JSON.stringify(fields)).join("")).not.toContain("zoe@");
  });

  it("reads a result from S3 that is too large for its row", async () => {
    const errors = Array.from({ length: 100 }, (_, index) => `booking_${index}: ${"x".repeat(400)}`);
    const summary = { ...nothingDone.summary, staleBookings: { cancelled: 7, errors } };
    const caller = withWorker(cleanup, () => ({ ...nothingDone, success: false, summary }));
    expect(await caller.call()).toMatchObject({ status: 200, body: { success: false, summary } });
    expect(caller.simulation.job()).toMatchObject({ result: { spilledTo: expect.any(String) } });
  });

  it("runs each call as a job of its own", async () => {
    const caller = withWorker(cleanup, () => nothingDone);
    await caller.call();
    await caller.call();
    expect(new Set(caller.jobIds()).size).toBe(2);
  });

  it("does not say that all is well when it could not enqueue", async () => {
    const { simulation } = new CronCaller(cleanup);
    const enqueue = () => Promise.reject(new Error("no table"));
    const ports = { ...simulation.enqueuePorts, enqueue, sleep: () => Promise.resolve() };
    const request = { path: "/api/cron/cleanup", query: "", body: Buffer.alloc(0), requestId: "req-1" };
    await expect(answerCron(ports, request)).rejects.toThrow("no table");
  });
});

describe("what a caller may say", () => {
  const bad = async (call: Parameters<CronCaller["call"]>[0], definition = cleanup) => {
    const caller = new CronCaller(definition);
    const { status, body } = { body: {}, ...(await caller.call(call)) };
    expect({ status, jobs: caller.jobIds() }).toEqual({ status: 400, jobs: [] });
    return body;
  };

  it.each([
    ["dryRun=true", "", true],
    ["dryRun=false", "", false],
    ["", '{"dryRun":true}', true],
    ["", '{"dryRun":false}', false],
    ["", "{}", false],
    ["", "  \n", false],
  ])("is a dry run, by ?%s or the body %j: %j", async (query, body, dryRun) => {
    const caller = new CronCaller(cleanup);
    await caller.call({ query, body });
    expect(caller.payloads()).toEqual([{ dryRun }]);
  });

  it.each(["dryRun=", "dryRun=1", "dryRun=True", "dryRun=yes", "dryRun", "dryRun=true%20"])(
    "is not ?%s: that might run for real",
    async (query) => {
      expect(await bad({ query })).toMatchObject({ problems: [expect.stringMatching(/^dryRun: /)] });
    },
  );

  it.each<[string, string, string]>([
    ["dryrun=true", "", 'There is no option "dryrun", only `dryRun`.'],
    ["asOf=2100-01-01T00:00:00Z", "", 'There is no option "asOf", only `dryRun`.'],
    ["tenantId=shop_1", "", 'There is no option "tenantId", only `dryRun`.'],
    ["dryRun=true&dryRun=true", "", "dryRun: is given twice"],
    ["dryRun=true", '{"dryRun":true}', "dryRun: is given twice"],
    ["", '{"__proto__":{"dryRun":true}}', 'There is no option "__proto__", only `dryRun`.'],
    ["", "[]", "The body is not a JSON object."],
    ["", "null", "The body is not a JSON object."],
    ["", '{"dryRun":true', "The body is not a JSON object."],
    ["", "dryRun=true", "The body is not a JSON object."],
    ["", " ".repeat(17_000), "The body is over 16384 bytes."],
  ])("is not ?%s with the body %j", async (query, body, problem) => {
    expect(await bad({ query, body })).toEqual({ message: "The options are not right.", problems: [problem] });
  });

  it("is answered with all problems at once", async () => {
    expect(await bad({ query: "dryRun=perhaps&asof=now", body: "{" })).toMatchObject({
      problems: [expect.any(String), expect.any(String), expect.any(String)],
    });
  });

  const AGGREGATE = "/api/admin/analytics/aggregate";

  it.each([
    ["tenantId=shop_1&from=2026-01-01&to=2026-01-31", ""],
    ["", '{"tenantId":"shop_1","from":"2026-01-01","to":"2026-01-31"}'],
    ["tenantId=shop_1", '{"from":"2026-01-01","to":"2026-01-31"}'],
  ])("is a back-fill of analytics, by ?%s or the body %j", async (query, body) => {
    const caller = new CronCaller(analyticsAggregation);
    await caller.call({ path: AGGREGATE, query, body });
    expect(caller.payloads()).toEqual([
      { tenantId: "shop_1", from: "2026-01-01", to: "2026-01-31", dryRun: false, changed: false },
    ]);
  });

  it.each([
    "from=2026-01-01",
    "to=2026-01-01",
    "from=2026-02-01&to=2026-01-31",
    "from=2026-02-29&to=2026-03-01",
    "from=yesterday&to=today",
    "from=2024-01-01&to=2026-01-01",
    "tenantId=",
    "tenantId=../shop",
    "changed=true",
  ])("is no back-fill by ?%s", async (query) => {
    const body = JSON.stringify(Object.fromEntries(new URLSearchParams(query)));
    for (const given of [{ query }, { body }]) {
      expect(await bad({ path: AGGREGATE, ...given }, analyticsAggregation)).toHaveProperty("problems.0");
    }
  });

  it("may be a dry run of the admins' endpoints too", async () => {
    const caller = withWorker(storeCleanup, () => ({
      processed: 3,
      errors: [],
      errorCount: 0,
      visited: 3,
      success: true,
      dryRun: true,
    }));
    expect(await caller.call({ path: "/api/admin/cleanup", query: "dryRun=true" })).toMatchObject({
      status: 200,
      body: {
        message: "Job completed",
        results: { processed: 3, errors: [] },
        timestamp: "2026-01-01T00:00:00.500Z",
        dryRun: true,
      },
    });
  });
});
