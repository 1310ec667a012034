import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";

import { clientOf, type ClientPorts } from "../../client/client-of.ts";
import type { BacklineClient } from "../../client/client.ts";
import { createClient } from "../../client/create-client.ts";
import { isSettled, toChild, toEnqueue, WaitTimeoutError, type JobView } from "../../client/index.ts";
import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { DynamoRecordStore } from "../../shared/aws/dynamo-record-store.ts";
import type { ChildOutcome } from "../../shared/engine/flow/children.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { JOB_STATUSES, type JobStatus } from "../../shared/job/job-state.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { faultyPorts } from "../support/faulty-ports.ts";
import { aRow } from "../support/job-rows.ts";
import { MemoryValueStore } from "../support/memory-file-store.ts";
import { ProcessDied, Simulation, type Fault, type FaultPlan } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const run = { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 };
const greeting = defineJob({
  type: "greeting",
  summary: "Greets.",
  payload: z.object({ name: z.string() }),
  retry: { maxAttempts: 2, backoff: fixed(1_000) },
  run,
  group: "mail",
  aliases: ["salutation"],
});
const report = defineJob({
  type: "report",
  summary: "Sums a batch up.",
  payload: z.object({ month: z.string() }),
  retry: { maxAttempts: 2, backoff: fixed(1_000) },
  run,
  needs: { after: ["greeting"] },
});
const definitions = [greeting, report];

let simulation: Simulation<z.infer<typeof report.payload>>;
let client: BacklineClient;
/** Names greeted, and what each run of a completion has got. */
let greeted: string[];
let reported: (readonly ChildOutcome[])[];
let pauses: number[];

beforeEach(() => {
  greeted = [];
  reported = [];
  pauses = [];
  simulation = new Simulation(
    report,
    async (job) => {
      const outcomes = await job.waitForChildren({ onFailed: "return" });
      reported.push(outcomes);
      return { greetings: outcomes.length };
    },
    [
      {
        definition: greeting,
        handler: async (job: { readonly payload: { readonly name: string } }) => {
          await Promise.resolve();
          if (job.payload.name === "nobody") throw new PermanentError("NOBODY", "There is nobody to greet.");
          greeted.push(job.payload.name);
          return { text: `Hello ${job.payload.name}.` };
        },
      },
    ],
  );
  client = clientWith(simulation.enqueuePorts);
});

/** Of an answer that says how long it is. */
const NINE_BYTES = { "content-length": "9" };

/** A client whose pauses let the simulation's time pass; `meanwhile` is done in each. */
function clientWith(ports: ClientPorts, meanwhile: () => Promise<unknown> = () => Promise.resolve()): BacklineClient {
  return clientOf({
    ports,
    definitions: () => Promise.resolve(definitions),
    sleep: async (ms, signal) => {
      pauses.push(ms);
      simulation.clock.advance(ms);
      await meanwhile();
      if (signal?.aborted === true) throw new Error("The operation was aborted."); // as Node's own timers do
    },
    close: () => {},
  });
}

const greet = (name: string, options = {}) => toEnqueue(greeting, { name }, options);
const inBatch = (name: string) => toChild(name, greeting, { name });
const aBatch = (...names: string[]) => ({
  key: "2026-01",
  jobs: names.map(inBatch),
  completion: { definition: report, payload: { month: "2026-01" } },
});

describe("enqueue", () => {
  it("hands a job over, which runs", async () => {
    const enqueued = await client.enqueue(greeting, { name: "Zoe" }, { idempotencyKey: "zoe" });
    expect(enqueued).toEqual({ id: "greeting-zoe", isNew: true });
    await simulation.settle();
    expect(greeted).toEqual(["Zoe"]);
    await expect(client.enqueue(greeting, { name: "Zoe" }, { idempotencyKey: "zoe" })).resolves.toEqual({
      id: "greeting-zoe",
      isNew: false,
    });
  });

  it.each([
    ["an option that there is not", { idempotentKey: "zoe" }, '`options`: Unrecognized key: "idempotentKey"'],
    ["an empty key", { idempotencyKey: "" }, "`options.idempotencyKey`"],
    ["a Date for a time", { runAt: new Date() }, "`options.runAt`"],
    ["an id that is none", { after: ["a/b"] }, "`options.after.0`"],
    ["a text for options", "zoe", "`options`"],
  ])("refuses %s, and enqueues nothing", async (_, options, problem) => {
    const enqueued = client.enqueue(greeting, { name: "Zoe" }, options as object);
    await expect(enqueued).rejects.toMatchObject({
      code: "INVALID_CALL",
      message: expect.stringContaining(problem),
      problems: [expect.stringContaining(problem)],
    });
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("lists each problem of a payload, with its place", async () => {
    await expect(client.enqueue(greeting, { name: 3 } as never)).rejects.toMatchObject({
      code: "INVALID_PAYLOAD",
      problems: ["name: Invalid input: expected string, received number"],
    });
  });

  it("needs no catalog, nor do `get` and `wait`", async () => {
    const definitionsOf = jest.fn<() => Promise<typeof definitions>>();
    const parts = { ports: simulation.enqueuePorts, sleep: () => Promise.resolve(), close: () => {} };
    const lean = clientOf({ ...parts, definitions: definitionsOf });
    const { id } = await lean.enqueue(greeting, { name: "Zoe" });
    await simulation.settle();
    await expect(lean.wait(id)).resolves.toEqual(await lean.get(id));
    const late = await lean.enqueue(greeting, { name: "Ada" }, { delayMs: 60_000 });
    await expect(lean.wait(late.id, { timeoutMs: 0 })).rejects.toBeInstanceOf(WaitTimeoutError);
    expect(definitionsOf).not.toHaveBeenCalled();
  });

  it.each(["greeting", undefined, null, {}, { type: "greeting" }])(
    "refuses %j for a definition, and does not repeat the payload",
    async (definition) => {
      const enqueued = client.enqueue(definition as never, { name: "secret" });
      await expect(enqueued).rejects.toThrow("`definition`: must be a job definition, as `defineJob` returns it");
      await expect(enqueued).rejects.not.toThrow("secret");
    },
  );
});

describe("enqueueMany", () => {
  it("answers in order, and takes none at all", async () => {
    const known = await client.enqueue(greeting, { name: "B" }, { idempotencyKey: "b" });
    const enqueued = await client.enqueueMany(["A", "B", "C"].map((name) => greet(name, keyOf(name))));
    expect(enqueued).toEqual([
      { id: "greeting-a", isNew: true },
      { id: known.id, isNew: false },
      { id: "greeting-c", isNew: true },
    ]);
    await expect(client.enqueueMany([])).resolves.toEqual([]);
  });

  it("enqueues nothing when one payload is wrong", async () => {
    const wrong = { definition: greeting, payload: { name: 3 } };
    await expect(client.enqueueMany([greet("A"), wrong, greet("C")])).rejects.toMatchObject({
      code: "INVALID_PAYLOAD",
    });
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("enqueues all others when one is in conflict, and says which", async () => {
    await client.enqueue(greeting, { name: "Bea" }, keyOf("B"));
    const enqueued = client.enqueueMany(["A", "B", "C"].map((name) => greet(name, keyOf(name))));
    await expect(enqueued).rejects.toBeInstanceOf(AggregateError);
    await expect(enqueued).rejects.toMatchObject({ errors: [{ code: "IDEMPOTENCY_CONFLICT", jobId: "greeting-b" }] });
    await simulation.settle();
    expect(greeted.toSorted()).toEqual(["A", "Bea", "C"]);
  });

  it("refuses what is no list", async () => {
    await expect(client.enqueueMany(greet("A") as never)).rejects.toMatchObject({ code: "INVALID_CALL" });
  });
});

const keyOf = (name: string) => ({ idempotencyKey: name.toLowerCase() });

describe("enqueueBatch", () => {
  it("runs all jobs, then the completion with their outcomes in order", async () => {
    const { id, isNew, jobs } = await client.enqueueBatch(aBatch("A", "nobody", "C"));
    expect({ id, isNew }).toEqual({ id: "report-2026-01", isNew: true });
    expect(jobs.map((job) => job.isNew)).toEqual([true, true, true]);
    await simulation.settle();
    expect(reported).toEqual([
      [
        { id: jobs[0]?.id, type: "greeting", status: "completed", result: { text: "Hello A." } },
        {
          id: jobs[1]?.id,
          type: "greeting",
          status: "failed",
          error: { code: "NOBODY", message: "There is nobody to greet." },
        },
        { id: jobs[2]?.id, type: "greeting", status: "completed", result: { text: "Hello C." } },
      ],
    ]);
    await expect(client.get(id)).resolves.toMatchObject({ status: "completed", result: { greetings: 3 } });
    await expect(client.get(jobs[0]?.id ?? "")).resolves.toMatchObject({ parentId: id, correlationId: id });
  });

  it("of no jobs runs its completion at once", async () => {
    await client.enqueueBatch(aBatch());
    await simulation.consumeOne();
    expect(reported).toEqual([[]]);
  });

  it("is cancelled with its first failure where its completion says so", async () => {
    const completion = { ...aBatch().completion, options: { onDependencyFailed: "cancel" as const } };
    const { id } = await client.enqueueBatch({ ...aBatch("nobody", "B"), completion });
    await simulation.settle();
    await expect(client.get(id)).resolves.toMatchObject({ status: "cancelled", error: { code: "DEPENDENCY_FAILED" } });
  });

  it("gives its jobs its tenant, and takes their options", async () => {
    const { jobs } = await client.enqueueBatch({
      key: "k",
      jobs: [inBatch("A"), toChild("B", greeting, { name: "B" }, { tenant: "other", delayMs: 5_000 })],
      completion: { ...aBatch().completion, options: { tenant: "acme" } },
    });
    const rows = jobs.map(({ id }) => simulation.store.row(id));
    expect(rows).toMatchObject([
      { tenant: "acme", parent: { tenant: "acme" } },
      { tenant: "other", parent: { tenant: "acme" }, runAt: START + 5_000 },
    ]);
  });

  it("with the same key is the same batch: nothing is put twice, also when it has ended", async () => {
    const first = await client.enqueueBatch(aBatch("A", "B"));
    const expected = { id: first.id, isNew: false, jobs: first.jobs.map(({ id }) => ({ id, isNew: false })) };
    await expect(client.enqueueBatch(aBatch("A", "B"))).resolves.toEqual(expected);
    await simulation.settle();
    await expect(client.enqueueBatch(aBatch("B", "A"))).resolves.toMatchObject({ isNew: false });
    expect(simulation.queue.messages).toEqual([]);
    await simulation.settle();
    expect(greeted).toEqual(["A", "B"]);
    expect(reported).toHaveLength(1);
  });

  it("does not run again what has ended and expired while others of it are still open", async () => {
    const late = toChild("late", greeting, { name: "late" }, { delayMs: 60 * DAY_MS });
    const batch = { ...aBatch(), jobs: [inBatch("A"), late] };
    const { id } = await client.enqueueBatch(batch);
    while ((await simulation.consumeOne()) !== undefined) simulation.clock.advance(5_000);
    expect(greeted).toEqual(["A"]);
    simulation.clock.advance(31 * DAY_MS);
    await expect(client.enqueueBatch(batch)).resolves.toMatchObject({ jobs: [{ isNew: false }, { isNew: false }] });
    await simulation.tick();
    while ((await simulation.consumeOne()) !== undefined) simulation.clock.advance(5_000);
    expect(greeted).toEqual(["A"]);
    await expect(client.get(id)).resolves.toMatchObject({ status: "waiting", waitingFor: { length: 1 } });
  });

  it.each([
    ["another payload of the completion", { completion: { definition: report, payload: { month: "2026-02" } } }],
    ["another payload of a job", { jobs: [toChild("A", greeting, { name: "Ada" }), inBatch("B")] }],
    ["another job", { jobs: [inBatch("A"), inBatch("Z")] }],
    ["fewer jobs", { jobs: [inBatch("A")] }],
    ["more jobs", { jobs: [inBatch("A"), inBatch("B"), inBatch("C")] }],
  ])("with the same key and %s is a conflict, and puts nothing", async (_, changes) => {
    await client.enqueueBatch(aBatch("A", "B"));
    const before = simulation.store.jobs();
    await expect(client.enqueueBatch({ ...aBatch("A", "B"), ...changes })).rejects.toMatchObject({
      code: expect.stringMatching(/^(IDEMPOTENCY|BATCH)_CONFLICT$/),
    });
    expect(simulation.store.jobs()).toEqual(before);
  });

  it("refuses a key that gives a job the id of one that is not of the batch", async () => {
    await client.enqueue(greeting, { name: "A" }, { idempotencyKey: "report-2026-01--A" });
    await expect(client.enqueueBatch(aBatch("A"))).rejects.toMatchObject({
      code: "BATCH_CONFLICT",
      message: expect.stringContaining("greeting-report-2026-01--A"),
    });
    expect(simulation.store.jobs()).toHaveLength(1);
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => inBatch(`n${index}`));
  it.each([
    ["1,001 jobs", { jobs: many(1_001) }, "the limit is 1000"],
    ["two jobs of one name", { jobs: [inBatch("A"), inBatch("A")] }, '["A"]'],
    ["a name that is none", { jobs: [{ ...inBatch("A"), name: "a/b" }] }, "name"],
    ["an empty key", { key: "" }, "key"],
    ["a job without a definition", { jobs: [{ name: "A", payload: {} }] }, "`jobs.0.definition`"],
    ["a job's key", { jobs: [{ ...inBatch("A"), options: { idempotencyKey: "a" } }] }, '"idempotencyKey"'],
    ["a time for the completion", { completion: { ...aBatch().completion, options: { delayMs: 1 } } }, '"delayMs"'],
    ["a type that its completion may not wait for", { jobs: [toChild("A", report, { month: "x" })] }, "`needs.after`"],
    ["a wrong payload", { jobs: [inBatch("A"), toChild("B", greeting, { name: 3 } as never)] }, "name"],
    ["a completion's wrong payload", { completion: { definition: report, payload: {} } }, "month"],
    ["something else", { jobs: "all" }, "`jobs`"],
  ])("refuses %s, and enqueues nothing", async (_, changes, problem) => {
    await expect(client.enqueueBatch({ ...aBatch("A"), ...(changes as object) })).rejects.toThrow(problem);
    expect(simulation.store.jobs()).toEqual([]);
  });

  /** Calls with what `plan` does to this process; the call is left to its fate. */
  async function callUnder(plan: FaultPlan, calls: string[] = []): Promise<void> {
    const { store, queue, records, values, ...sound } = simulation.enqueuePorts;
    const faulty = faultyPorts({ store, queue, records, values }, plan, calls);
    await clientWith({ ...sound, ...faulty })
      .enqueueBatch(aBatch("A", "B", "C"))
      .catch(() => {});
  }

  const FAULTS: readonly Fault[] = ["before", "after", "lost", "again"];
  it.each(FAULTS)("whatever call it dies at (%s), the same call again makes it whole, once", async (fault) => {
    const calls: string[] = [];
    await callUnder(() => "none", calls);
    expect(calls).toEqual(expect.arrayContaining(["store.get", "store.create", "queue.sendAll"]));
    expect(calls).toHaveLength(7); // two looks, four rows, one send
    for (let number = 1; number <= calls.length; number += 1) {
      simulation = new Simulation(report, async (job) => void reported.push(await job.waitForChildren()), [
        { definition: greeting, handler: ((job: never) => Promise.resolve(void greeted.push(nameOf(job)))) as never },
      ]);
      greeted = [];
      reported = [];
      await callUnder((call) => (call.number === number ? fault : "none"));
      // What is there may run before its caller comes back, ten minutes later.
      await simulation.consumeOne();
      simulation.clock.advance(10 * 60_000);
      await simulation.tick();
      await simulation.consumeOne();
      await clientWith(simulation.enqueuePorts).enqueueBatch(aBatch("A", "B", "C"));
      await simulation.settle();
      expect({ number, greeted: greeted.toSorted() }).toEqual({ number, greeted: ["A", "B", "C"] });
      expect(reported.map((outcomes) => outcomes.map(({ status }) => status))).toEqual([Array(3).fill("completed")]);
    }
  });

  it("that nobody finishes runs its completion after a day, and then says so to a caller that comes late", async () => {
    const puts = { count: 0 };
    await callUnder(({ name }) => (name === "store.create" && (puts.count += 1) === 3 ? "before" : "none"));
    await simulation.settle();
    const outcomes = reported[0]?.map(({ status }) => status).toSorted();
    expect(outcomes).toEqual(["cancelled", "cancelled", "completed"]);
    expect(simulation.clock.now() - START).toBeGreaterThanOrEqual(DAY_MS);
    await expect(client.enqueueBatch(aBatch("A", "B", "C"))).rejects.toMatchObject({
      code: "BATCH_CONFLICT",
      message: expect.stringContaining("is completed and went on without 2 of its jobs"),
    });
    expect(greeted).toHaveLength(1);
  });

  it("without a key is another batch each time", async () => {
    const { completion, jobs } = aBatch("A");
    const [one, other] = [
      await client.enqueueBatch({ completion, jobs }),
      await client.enqueueBatch({ completion, jobs }),
    ];
    expect([one.isNew, other.isNew, one.id === other.id]).toEqual([true, true, false]);
    await simulation.settle();
    expect(greeted).toEqual(["A", "A"]);
  });

  it("put by two callers at once is one batch", async () => {
    const both = await Promise.all([client.enqueueBatch(aBatch("A", "B")), client.enqueueBatch(aBatch("A", "B"))]);
    expect(both.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(both.flatMap(({ jobs }) => jobs).filter(({ isNew }) => isNew)).toHaveLength(2);
    await simulation.settle();
    expect(greeted.toSorted()).toEqual(["A", "B"]);
    expect(reported).toHaveLength(1);
  });

  it("put by two callers at once, with different jobs, is a conflict for the slower one, which puts nothing", async () => {
    const [one, other] = await Promise.allSettled([
      client.enqueueBatch(aBatch("A", "B")),
      client.enqueueBatch(aBatch("A", "Z")),
    ]);
    expect(one).toMatchObject({ status: "fulfilled" });
    expect(other).toMatchObject({ status: "rejected", reason: { code: "BATCH_CONFLICT" } });
    await simulation.settle();
    expect(greeted.toSorted()).toEqual(["A", "B"]);
  });

  it("put by two callers at once, of whom the faster one dies, is finished by the other", async () => {
    const create = simulation.store.create.bind(simulation.store);
    jest.spyOn(simulation.store, "create").mockImplementationOnce(async (job) => {
      // Both have looked and seen nothing.
      await callUnder(({ name }) => (name === "store.create" ? "after" : "none"));
      return create(job);
    });
    await expect(client.enqueueBatch(aBatch("A", "B", "C"))).resolves.toMatchObject({ isNew: false });
    await simulation.settle();
    expect(greeted.toSorted()).toEqual(["A", "B", "C"]);
  });
});

const DAY_MS = 24 * 60 * 60 * 1000;
const nameOf = (job: { readonly payload: { readonly name: string } }): string => job.payload.name;

describe("get", () => {
  const core = { id: "j", type: "greeting", tenant: "default", run: 1, attempts: 1, createdAt: START };
  it.each<[JobStatus, object]>([
    ["pending", { runAt: START }],
    ["retrying", { runAt: START }],
    ["processing", { claimedAt: START, leaseUntil: START }],
    ["waiting", { waitingFor: ["other"] }],
    ["needs_review", { review: { effect: "mail", at: START } }],
    ["completed", { endedAt: START, result: undefined }],
    ["failed", { endedAt: START, error: { code: "BROKEN", message: "It says BROKEN.", at: START } }],
    ["cancelled", { endedAt: START }],
  ])("shows a job that is %s, without its payload and the engine's own fields", async (status, own) => {
    await simulation.store.create(aRow({ id: "j", status }));
    const view = await client.get("j");
    expect(view).toEqual({ ...core, correlationId: "correlation", updatedAt: START, status, ...own });
    expect(JSON.stringify(view)).not.toMatch(/secret|token/i);
  });

  it("shows the payload when it is asked for", async () => {
    const { id } = await client.enqueue(greeting, { name: "Zoe" });
    await expect(client.get(id, { payload: true })).resolves.toMatchObject({ payload: { name: "Zoe" } });
    await expect(client.get(id, { payload: false })).resolves.not.toHaveProperty("payload");
  });

  it("reads a payload and a result that lie in S3", async () => {
    const values = new MemoryValueStore();
    const long = "x".repeat(40_000);
    client = clientWith({ ...simulation.enqueuePorts, values });
    const { id } = await client.enqueue(greeting, { name: long });
    await expect(client.get(id, { payload: true })).resolves.toMatchObject({ payload: { name: long } });
    await values.put("result.json", JSON.stringify({ long }));
    const row = { ...aRow({ id: "big", status: "completed" }), result: { spilledTo: "result.json" } };
    await simulation.store.create(row);
    await expect(client.get("big")).resolves.toMatchObject({ result: { long } });
  });

  it("knows nothing of what is not there, or has expired", async () => {
    await expect(client.get("nobody")).resolves.toBeUndefined();
    await simulation.store.create({ ...aRow({ id: "old", status: "completed" }), expiresAt: START / 1000 } as never);
    await expect(client.get("old")).resolves.toBeUndefined();
  });

  it.each(["", "a/b", "x".repeat(201), "a\nb"])(
    "knows that no job has the id %j, and does not repeat it",
    async (id) => {
      const read = jest.spyOn(simulation.store, "get");
      await expect(client.get(id)).resolves.toBeUndefined();
      await expect(client.get(id, { payload: true })).resolves.toBeUndefined();
      const calls = [
        ...(["wait", "cancel", "dismiss", "replay", "why"] as const).map((call) => client[call](id)),
        client.resolve(id, "mail", { again: true }, { by: "ada" }),
      ];
      for (const call of calls) {
        const message = "There is no such job: its id cannot be one.";
        await expect(call).rejects.toMatchObject({ code: "UNKNOWN_JOB", jobId: id, message });
      }
      expect(read).not.toHaveBeenCalled();
    },
  );

  it.each([3, undefined, null, {}])("refuses %j for an id", async (id) => {
    for (const call of ["get", "wait", "cancel", "dismiss", "replay", "why"] as const) {
      await expect(client[call](id as never)).rejects.toMatchObject({
        code: "INVALID_CALL",
        message: expect.stringContaining("`id`"),
      });
    }
  });
});

describe("list", () => {
  beforeEach(async () => {
    for (const index of [1, 2, 3]) {
      const at = START + index;
      await simulation.store.create(aRow({ id: `g${index}`, status: "failed", at, createdAt: at, tenant: "acme" }));
    }
    simulation.clock.advance(1_000);
  });

  it("goes from page to page", async () => {
    const first = await client.list({ type: "greeting", status: "failed", limit: 2 });
    expect(first.jobs.map(({ id }) => id)).toEqual(["g3", "g2"]);
    const second = await client.list({
      type: "greeting",
      status: "failed",
      limit: 2,
      ...(first.cursor && { cursor: first.cursor }),
    });
    expect(second.jobs.map(({ id }) => id)).toEqual(["g1"]);
    await expect(client.list({ tenant: "acme" })).resolves.toMatchObject({ jobs: { length: 3 } });
    await expect(client.list()).resolves.toMatchObject({ jobs: { length: 3 } });
  });

  it.each([
    [{ after: "x" }, "INVALID_CALL"],
    [{ status: "done" }, "INVALID_CALL"],
    [{ type: "nope" }, "INVALID_QUERY"],
    [{ limit: 101 }, "INVALID_QUERY"],
    [{ cursor: "nonsense" }, "INVALID_CURSOR"],
  ])("refuses %j", async (query, code) => {
    await expect(client.list(query as object)).rejects.toMatchObject({ code });
  });
});

describe("wait", () => {
  it("returns when the job has ended, its result included", async () => {
    const { id } = await client.enqueue(greeting, { name: "Zoe" });
    const waiting = clientWith(simulation.enqueuePorts, () => simulation.settle());
    await expect(waiting.wait(id)).resolves.toMatchObject({ status: "completed", result: { text: "Hello Zoe." } });
    expect(pauses).toEqual([200]);
  });

  it("returns a failed job as an answer, and one that needs a person", async () => {
    await simulation.store.create(aRow({ id: "f", status: "failed" }));
    await simulation.store.create(aRow({ id: "r", status: "needs_review" }));
    await expect(client.wait("f")).resolves.toMatchObject({ status: "failed", error: { code: "BROKEN" } });
    await expect(client.wait("r")).resolves.toMatchObject({ status: "needs_review" });
    expect(pauses).toEqual([]);
  });

  it("looks with growing pauses, gives up at its time, and says how the job then is", async () => {
    const { id } = await client.enqueue(greeting, { name: "Zoe" }, { delayMs: 600_000 });
    const error: unknown = await client.wait(id, { timeoutMs: 30_000 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({
      code: "WAIT_TIMEOUT",
      jobId: id,
      job: { id, status: "pending", runAt: START + 600_000 },
    });
    expect(error).toMatchObject({ job: await client.get(id) });
    expect(String(error)).toBe(`WAIT_TIMEOUT: Job ${id} is still pending after 30000 ms; \`why\` says what keeps it.`);
    expect(pauses.slice(0, 4)).toEqual([200, 300, 450, 675]);
    expect(Math.max(...pauses)).toBe(5_000);
    expect(simulation.clock.now()).toBe(START + 30_000);
  });

  it("waits a minute unless told otherwise, and looks once for no time at all", async () => {
    await simulation.store.create(aRow({ id: "p" }));
    await expect(client.wait("p", { timeoutMs: 0 })).rejects.toMatchObject({ code: "WAIT_TIMEOUT" });
    expect(pauses).toEqual([]);
    await expect(client.wait("p")).rejects.toMatchObject({ code: "WAIT_TIMEOUT" });
    expect(simulation.clock.now()).toBe(START + 60_000);
  });

  it("returns at a status that is asked for", async () => {
    await simulation.store.create(aRow({ id: "p", status: "processing" }));
    await expect(client.wait("p", { until: ["processing"] })).resolves.toMatchObject({ status: "processing" });
  });

  it("stops with the signal's own reason, before it begins or while it waits", async () => {
    await simulation.store.create(aRow({ id: "p" }));
    const reason = new Error("The visitor has gone.");
    await expect(client.wait("p", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const leaving = clientWith(simulation.enqueuePorts, async () => {
      if (pauses.length === 3) controller.abort(reason);
      await Promise.resolve();
    });
    await expect(leaving.wait("p", { signal: controller.signal })).rejects.toBe(reason);
    expect(pauses).toHaveLength(3);
  });

  it("says when there is no such job", async () => {
    await expect(client.wait("nobody")).rejects.toMatchObject({ code: "UNKNOWN_JOB", jobId: "nobody" });
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: Number.NaN }, { timeoutMs: "60" }, { signal: {} }, { until: "completed" }])(
    "refuses %j",
    async (options) => {
      await expect(client.wait("p", options as object)).rejects.toMatchObject({ code: "INVALID_CALL" });
    },
  );
});

describe("steering", () => {
  it("cancels, dismisses and replays", async () => {
    const { id } = await client.enqueue(greeting, { name: "Zoe" });
    await expect(client.cancel(id)).resolves.toBe("cancelled");
    await expect(client.cancel(id)).resolves.toBe("cancelled");
    await simulation.store.create(aRow({ id: "done", status: "completed" }));
    await expect(client.cancel("done")).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
    const failed = await client.enqueue(greeting, { name: "nobody" });
    await simulation.settle();
    await expect(client.replay(failed.id)).resolves.toBe("restarted");
    await simulation.settle();
    await expect(client.get(failed.id)).resolves.toMatchObject({ status: "failed", run: 2 });
    await client.dismiss(failed.id);
    await expect(client.get(failed.id)).resolves.toMatchObject({ status: "cancelled" });
  });

  it("says of a job that is not there, or has expired, that it is unknown", async () => {
    await simulation.store.create({ ...aRow({ id: "old", status: "completed" }), expiresAt: START / 1000 } as never);
    for (const id of ["nobody", "old"]) {
      const calls = [
        ...(["cancel", "dismiss", "replay"] as const).map((call) => client[call](id)),
        client.resolve(id, "mail", { again: true }, { by: "ada" }),
      ];
      for (const call of calls) {
        await expect(call).rejects.toMatchObject({ code: "UNKNOWN_JOB", message: `There is no job ${id}.` });
      }
    }
  });

  it("resolves an effect, with who says so", async () => {
    await simulation.store.create(aRow({ id: "r", status: "needs_review" }));
    await client.resolve("r", "mail", { sent: true, receipt: "0100" }, { by: "ada" });
    await expect(client.get("r")).resolves.toMatchObject({ status: "pending" });
    expect(simulation.store.row("r")).toMatchObject({ resolutions: [{ by: "ada", decision: "sent" }] });
  });

  it.each([
    [{ sent: true }, { by: "ada" }],
    [{ again: false }, { by: "ada" }],
    [{ sent: true, receipt: "x", again: true }, { by: "ada" }],
    [{ again: true }, { by: "" }],
    [{ again: true }, { by: "a\nb" }],
    [{ again: true }, undefined],
  ])("refuses the word %j of %j", async (decision, options) => {
    const word = client.resolve("r", "mail", decision as never, options as never);
    await expect(word).rejects.toMatchObject({ code: "INVALID_CALL" });
  });

  it("takes a type's alias for its name, to list, pause and resume", async () => {
    const { id } = await client.enqueue(greeting, { name: "Ada" });
    await expect(client.list({ type: "salutation" })).resolves.toMatchObject({ jobs: [{ id }] });
    await client.pause({ type: "salutation" }, { by: "ada" });
    await expect(client.pauses()).resolves.toMatchObject([{ target: { type: "greeting" } }]);
    await client.resume({ type: "salutation" }, { by: "ada" });
    await expect(client.pauses()).resolves.toEqual([]);
  });

  it("pauses a type or a group, says so in `why`, and resumes", async () => {
    const { id } = await client.enqueue(greeting, { name: "Zoe" });
    await client.pause({ group: "mail" }, { by: "ada", reason: "stock-taking" });
    await expect(client.pauses()).resolves.toMatchObject([{ target: { group: "mail" }, by: "ada" }]);
    await expect(client.why(id)).resolves.toContain('its type was paused by ada, "stock-taking" (group mail).');
    await expect(client.resume({ group: "mail" }, { by: "ada" })).resolves.toMatchObject({ reason: "stock-taking" });
    await expect(client.pauses()).resolves.toEqual([]);
    await expect(client.why(id)).resolves.not.toContain("paused");
  });

  it.each([[{ type: "greetign" }], [{ group: "post" }], [{ type: "greeting", group: "mail" }], [{}], [undefined]])(
    "refuses to pause %j",
    async (target) => {
      await expect(client.pause(target as never, { by: "ada" })).rejects.toMatchObject({ code: "INVALID_CALL" });
      await expect(client.pauses()).resolves.toEqual([]);
    },
  );

  it.each([[undefined], [{}], [{ by: "ada", until: 1 }], [{ by: "ada", unitl: START + 1 }]])(
    "refuses a pause with %j",
    async (options) => {
      await expect(client.pause({ type: "greeting" }, options as never)).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      });
      await expect(client.pauses()).resolves.toEqual([]);
    },
  );
});

describe("why", () => {
  it("says it in a sentence", async () => {
    await simulation.store.create(aRow({ id: "w", status: "waiting" }));
    await expect(client.why("w")).resolves.toMatch(/^Waits for .*\(other\)/);
    await expect(client.why("nobody")).rejects.toMatchObject({ code: "UNKNOWN_JOB" });
  });
});

describe("isSettled", () => {
  it("is true of what has ended, and of what waits for a person", () => {
    const settled = JOB_STATUSES.filter((status) => isSettled({ status } as JobView));
    expect(settled.toSorted()).toEqual(["cancelled", "completed", "failed", "needs_review"]);
  });
});

const stack = { jobsTable: "jobs", recordsTable: "records", queueUrlPrefix: "https://sqs.example.com/1/backline-" };

describe("createClient", () => {
  afterEach(() => void jest.restoreAllMocks());

  it("says what the environment lacks, and where to find it", () => {
    const { recordsTable: _, ...lacking } = stack;
    jest.replaceProperty(process, "env", {});
    expect(() => createClient(lacking)).toThrow(
      expect.objectContaining({
        code: "MISSING_SETTINGS",
        message: expect.stringContaining("Set RECORDS_TABLE to the output RecordsTableName (of your stacks)."),
      }),
    );
  });

  it("refuses settings that there are not", () => {
    expect(() => createClient({ table: "jobs" } as object)).toThrow('Unrecognized key: "table"');
  });

  it.each([0, -1, 1.5, Infinity, 2 ** 31, "2000"])("refuses a time-out of %p", (timeoutMs) => {
    expect(() => createClient({ ...stack, timeoutMs: timeoutMs as number })).toThrow("timeoutMs: ");
  });

  it("closes what it has opened, also by `using`", () => {
    const opened = createClient(stack);
    expect(() => opened.close()).not.toThrow();
    expect(Reflect.get(opened, Symbol.dispose)).toBe(Reflect.get(opened, "close"));
  });
});

describe("a client whose AWS does not do what it is asked", () => {
  /** Answers as AWS would, or does not. */
  let answer: (response: ServerResponse) => void;
  let requests: number;
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests += 1;
      request.resume().once("end", () => answer(response));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    requests = 0;
    jest.replaceProperty(process, "env", {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a port was asked for, not a pipe
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
  });
  afterEach(() => void jest.restoreAllMocks());

  async function withClient<T>(use: (client: BacklineClient) => Promise<T>): Promise<T> {
    const real = createClient({ ...stack, jobDataBucket: "jobdata", timeoutMs: 100 });
    try {
      return await use(real);
    } finally {
      real.close();
    }
  }
  const getting = (): Promise<unknown> =>
    withClient((real) => real.get("j")).then(
      (job) => ({ job }),
      (error: unknown) => error,
    );
  const refusing = (status: number, type: string) => () => (response: ServerResponse) =>
    void response
      .writeHead(status, { "content-type": "application/x-amz-json-1.0" })
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "No." }));
  const answering = (body: string) => (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(body);

  it.each([
    ["is out of order", refusing(500, "InternalServerError"), "InternalServerError"],
    ["is overloaded", refusing(503, "ServiceUnavailable"), "ServiceUnavailable"],
    ["throttles", refusing(400, "ProvisionedThroughputExceededException"), "ProvisionedThroughputExceededException"],
  ])("says that it is out of reach when it %s, after three tries", async (_, refusal, what) => {
    answer = refusal();
    await expect(getting()).resolves.toMatchObject({
      code: "OUT_OF_REACH",
      message: `AWS cannot be reached, or is throttling (${what}). Try again.`,
      cause: { name: what },
    });
    expect(requests).toBe(3);
  });

  // No further tries here: the SDK takes Node's errors for none in Jest, where `Error` is another one.
  it.each([
    ["breaks off", (response: ServerResponse) => void response.destroy()],
    ["does not answer", () => {}],
    ["stops in its answer", (response: ServerResponse) => void response.writeHead(200, NINE_BYTES).write("{")],
    [
      "breaks off in its answer",
      (response: ServerResponse) => void response.writeHead(200, NINE_BYTES).write("{", () => response.destroy()),
    ],
  ])("says that it is out of reach when it %s", async (_, failing) => {
    answer = failing;
    await expect(getting()).resolves.toMatchObject({ code: "OUT_OF_REACH" });
  });

  it("says so when there are no credentials, and when nobody listens", async () => {
    const { AWS_ACCESS_KEY_ID: _, ...lacking } = process.env;
    jest.replaceProperty(process, "env", lacking);
    await expect(getting()).resolves.toMatchObject({
      code: "OUT_OF_REACH",
      message: expect.stringContaining("Credentials"),
    });
    jest.replaceProperty(process, "env", {
      ...lacking,
      AWS_ACCESS_KEY_ID: "a",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    });
    await expect(getting()).resolves.toMatchObject({ code: "OUT_OF_REACH" });
    expect(requests).toBe(0);
  });

  it.each([
    ["the table", refusing(400, "ResourceNotFoundException"), "ResourceNotFoundException"],
    ["the permission", refusing(400, "AccessDeniedException"), "AccessDeniedException"],
    ["the key", refusing(400, "UnrecognizedClientException"), "UnrecognizedClientException"],
    ["the key's secret", refusing(400, "InvalidSignatureException"), "InvalidSignatureException"],
    ["a valid session", refusing(400, "ExpiredTokenException"), "ExpiredTokenException"],
    ["what a proxy wants", refusing(403, "Forbidden"), "Forbidden"],
  ])("says that somebody must mend it when it misses %s", async (_, refusal, what) => {
    answer = refusal();
    const error = await getting();
    expect(error).toMatchObject({
      code: "STACK_ACCESS",
      message: expect.stringContaining(`The stack cannot be used (${what}). Look at`),
      cause: { name: what },
    });
    expect(requests).toBe(1);
  });

  it("says so when no region is known", async () => {
    const { AWS_REGION: _, ...lacking } = process.env;
    jest.replaceProperty(process, "env", lacking);
    await expect(getting()).resolves.toMatchObject({
      code: "STACK_ACCESS",
      message: expect.stringContaining("(Region is missing)"),
    });
  });

  it("leaves a request that is wrong as it is: the SDK's own error says more", async () => {
    answer = refusing(400, "ValidationException")();
    await expect(getting()).resolves.toMatchObject({ name: "ValidationException" });
  });

  it("tells it of each of several jobs", async () => {
    answer = refusing(400, "AccessDeniedException")();
    const enqueued = withClient((real) => real.enqueueMany([greet("A"), greet("B")]));
    await expect(enqueued).rejects.toBeInstanceOf(AggregateError);
    await expect(enqueued).rejects.toMatchObject({ errors: [{ code: "STACK_ACCESS" }, { code: "STACK_ACCESS" }] });
  });

  it("gives a payload in S3 up that stops in the middle", async () => {
    const row = { ...aRow({ id: "j" }), payload: null, payloadAt: "payloads/j.json" };
    answer = (response) => {
      if (requests === 1)
        return answering(JSON.stringify({ Item: marshall(row, { removeUndefinedValues: true }) }))(response);
      response.writeHead(200, NINE_BYTES).write("{");
    };
    const reading = withClient((real) => real.get("j", { payload: true }));
    await expect(reading).rejects.toMatchObject({
      code: "OUT_OF_REACH",
      message: expect.stringContaining("TimeoutError"),
    });
  });

  it("leaves the reason of a caller's signal as it is, a time-out too", async () => {
    const row = aRow({ id: "j" });
    answer = answering(JSON.stringify({ Item: marshall(row, { removeUndefinedValues: true }) }));
    const signal = AbortSignal.timeout(20);
    const error = await withClient((real) => real.wait("j", { signal })).catch((thrown: unknown) => thrown);
    expect(signal.aborted).toBe(true);
    expect(error).toBe(signal.reason);
  });
});

describe("a client over DynamoDB", () => {
  let tables: Awaited<ReturnType<typeof openDynaliteTables>>;
  beforeAll(async () => {
    tables = await openDynaliteTables();
  });
  afterAll(() => tables.close());

  it("puts a batch of 1,000 jobs, finishes one that was put in part, and lists it", async () => {
    const store = new DynamoJobStore(tables.documents, "jobs");
    const records = new DynamoRecordStore(tables.documents, "records");
    const onDynamo = clientWith({ ...simulation.enqueuePorts, store, records });
    const jobs = Array.from({ length: 1_000 }, (_, index) => inBatch(`${"n".repeat(90)}${index}`));
    const batch = { ...aBatch(), jobs };
    const puts = { count: 0 };
    const { queue, values, ...sound } = simulation.enqueuePorts;
    const faulty = faultyPorts({ store, records, queue, values }, ({ name }) =>
      name === "store.create" && (puts.count += 1) === 500 ? "before" : "none",
    );
    await expect(clientWith({ ...sound, ...faulty }).enqueueBatch(batch)).rejects.toBeInstanceOf(ProcessDied);
    const finished = await onDynamo.enqueueBatch(batch);
    expect(finished.isNew).toBe(false);
    const missing = finished.jobs.filter(({ isNew }) => isNew).length;
    expect(missing).toBeGreaterThanOrEqual(1_000 - 520);
    expect(missing).toBeLessThanOrEqual(1_000 - 480);
    await expect(onDynamo.get(finished.id)).resolves.toMatchObject({
      status: "waiting",
      waitingFor: { length: 1_000 },
    });
    const again = await onDynamo.enqueueBatch(batch);
    expect(again.jobs.filter(({ isNew }) => isNew)).toEqual([]);
    await expect(onDynamo.list({ type: "report", status: "waiting" })).resolves.toMatchObject({
      jobs: [{ id: finished.id }],
    });
  }, 60_000);
});
