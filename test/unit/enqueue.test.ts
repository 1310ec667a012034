import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { createEnqueue } from "../../shared/engine/enqueue.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { MemoryValueStore } from "../support/memory-file-store.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryLog } from "../support/simulation.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const greeting = defineJob({
  type: "greeting",
  summary: "Greets.",
  payload: z.object({ to: z.string().min(2), times: z.int().optional() }),
  retry: { maxAttempts: 3, backoff: fixed(1) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

function setUp() {
  const clock = new VirtualClock();
  const store = new MemoryJobStore();
  const queue = new MemoryJobQueue(clock);
  const log = new MemoryLog();
  let ids = 0;
  const newId = () => `id-${(ids += 1)}`;
  const records = new MemoryRecordStore();
  const values = new MemoryValueStore();
  const ports = { clock, store, queue, log, records, values, ids: { newId, random: () => 0 }, permitGraceMs: 60_000 };
  return { ...ports, ports, enqueue: createEnqueue(ports) };
}

describe("enqueue", () => {
  it("puts one row and sends one message that carries no payload", async () => {
    const { enqueue, store, queue } = setUp();
    const { id, isNew } = await enqueue(greeting, { to: "Ada" }, { tenant: "shop-1" });
    expect(isNew).toBe(true);
    expect(queue.messages.map(({ body }) => JSON.parse(body))).toEqual([{ v: 1, type: "greeting", id, run: 1 }]);
    await expect(store.get(id)).resolves.toMatchObject({ status: "pending", payload: { to: "Ada" }, tenant: "shop-1" });
  });

  it("with a key that was used gives the first job, and sends nothing", async () => {
    const { enqueue, queue } = setUp();
    const first = await enqueue(greeting, { to: "Ada", times: 2 }, { idempotencyKey: "order-1" });
    const second = await enqueue(greeting, { times: 2, to: "Ada" }, { idempotencyKey: "order-1" });
    expect(second).toEqual({ id: first.id, isNew: false });
    expect(queue.messages).toHaveLength(1);
  });

  it("with a used key and another payload is an error", async () => {
    const { enqueue } = setUp();
    await enqueue(greeting, { to: "Ada" }, { idempotencyKey: "order-1" });
    const second = enqueue(greeting, { to: "Bob" }, { idempotencyKey: "order-1" });
    await expect(second).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
  });

  it("knows its own row again when the answer to the put was lost and the client put it again", async () => {
    const { ports, store, queue } = setUp();
    const asked = {
      ...ports,
      store: Object.assign(Object.create(store) as MemoryJobStore, { create: putTwice(store) }),
    };
    await expect(createEnqueue(asked)(greeting, { to: "Ada" })).resolves.toMatchObject({ isNew: true });
    expect(queue.messages).toHaveLength(1);
  });

  it("accepts a job whose message could not be sent: the ticker sends it", async () => {
    const { ports, queue, store } = setUp();
    queue.send = () => Promise.reject(new Error("SQS is away"));
    const { id } = await createEnqueue(ports)(greeting, { to: "Ada" });
    await expect(store.get(id)).resolves.toMatchObject({ status: "pending", dueAt: START + 60_000 });
  });

  it("lists every problem of a payload without its values", async () => {
    const { enqueue, store } = setUp();
    const bad = { to: "x", times: 1.5 };
    await expect(enqueue(greeting, bad)).rejects.toThrow(/to: .*; times: /);
    await expect(enqueue(greeting, bad)).rejects.not.toThrow(/1\.5/);
    expect(store.jobs()).toEqual([]);
  });

  it("refuses a payload that the worker could not read back: what is stored is JSON", async () => {
    const { ports, store } = setUp();
    const { type, summary, retry, run } = greeting;
    const dated = defineJob({ type, summary, retry, run, payload: z.object({ at: z.date() }) });
    await expect(createEnqueue(ports)(dated, { at: new Date(0) })).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(store.jobs()).toEqual([]);
  });

  it("keeps a payload of over 32 KB in S3 under a key that its row names, and refuses one of over 5 MB", async () => {
    const { enqueue, store, values } = setUp();
    const { id } = await enqueue(greeting, { to: "é".repeat(20_000) }, { idempotencyKey: "long" });
    const row = await store.get(id);
    expect(row).toMatchObject({
      payload: null,
      payloadAt: expect.stringMatching(/^payloads\/greeting\/greeting-long\/\w{64}\.json$/),
    });
    expect(JSON.parse(await values.get(row?.payloadAt ?? ""))).toEqual({ to: "é".repeat(20_000) });
    const tooLarge = enqueue(greeting, { to: "é".repeat(3_000_000) });
    await expect(tooLarge).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  it("keeps what begins in over 200 days on the row, for S3 forgets it", async () => {
    const { enqueue, store } = setUp();
    const inAYear = { delayMs: 365 * 86_400_000 };
    const { id } = await enqueue(greeting, { to: "é".repeat(20_000) }, inAYear);
    await expect(store.get(id)).resolves.toMatchObject({ payload: { to: "é".repeat(20_000) } });
    const tooLarge = enqueue(greeting, { to: "é".repeat(150_000) }, inAYear);
    await expect(tooLarge).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  it("refuses a tenant that SQS would refuse as message group", async () => {
    const { enqueue } = setUp();
    await expect(enqueue(greeting, { to: "Ada" }, { tenant: "shop 1" })).rejects.toMatchObject({
      code: "INVALID_TENANT",
    });
  });

  it("delays the message of a job that is due within SQS's limit", async () => {
    const { enqueue, queue } = setUp();
    await enqueue(greeting, { to: "Ada" }, { runAt: START + 90_500 });
    expect(queue.messages).toMatchObject([{ visibleAt: START + 91_000 }]);
  });
});

describe("a job's id", () => {
  it("is readable where its key is, and hashed where it is not", () => {
    expect(jobIdFor("greeting", "order-1")).toBe("greeting-order-1");
    expect(jobIdFor("greeting", "Ada Lovelace")).toMatch(/^greeting--[0-9a-f]{40}$/);
    expect(jobIdFor("greeting", "-x")).toMatch(/^greeting--[0-9a-f]{40}$/);
  });
});

function putTwice(store: MemoryJobStore): MemoryJobStore["create"] {
  return async (job) => {
    await store.create(job);
    return store.create(job);
  };
}
