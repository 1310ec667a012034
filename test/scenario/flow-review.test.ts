import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { editPayload } from "../../shared/engine/control/edit-payload.ts";
import { retryJob } from "../../shared/engine/control/retry-job.ts";
import { enqueueMany, toEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { subjectListOf } from "../../shared/engine/new-job.ts";
import { InvalidOptionError, InvalidPayloadError, PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob, type JobDefinition } from "../../shared/job/define-job.ts";
import type { Job } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type SimulatedType } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string(), size: z.number().default(0), text: z.string().default("") });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A payload with it does not lie on the row. */
const LONG_TEXT = "x".repeat(300_000);

const typeOf = (type: string, more: Partial<JobDefinition<Payload>> = {}) =>
  defineJob({
    type,
    summary: "Reports on something.",
    payload,
    retry: { maxAttempts: 1, backoff: fixed(5_000) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
    ...more,
  });

const dataOf = (name: string, more: Partial<Payload> = {}): Payload => ({ name, size: 0, text: "", ...more });

function simulate(definition: ReturnType<typeof typeOf>, handler: Handler = async () => undefined) {
  const simulation: Simulation<Payload> = new Simulation(definition, handler);
  return simulation;
}

/** A parent with one child. */
function simulateFamily(handlers: {
  readonly parent?: (job: JobContext<Payload>, result: unknown) => void;
  child: Handler;
}) {
  const child = typeOf("child", { retentionDays: { completed: 150 } });
  const parent = typeOf("parent", { needs: { enqueues: ["child"] } });
  const handler: Handler = async (job) => {
    await job.spawn("only", child, job.payload);
    const [outcome] = await job.waitForChildren();
    handlers.parent?.(job, outcome?.result);
  };
  const other: SimulatedType = { definition: child, handler: handlers.child };
  const simulation: Simulation<Payload> = new Simulation(parent, handler, [other]);
  return simulation;
}

const endedAt = (job: Job | undefined): number => (job !== undefined && "endedAt" in job ? job.endedAt : Number.NaN);

describe("jobs that wait for their turn in a rate limit of 1 a minute", () => {
  it("keep to it when somebody wants all of them now", async () => {
    const startedAt: number[] = [];
    const simulation = simulate(
      typeOf("call", { limits: { rate: { name: "calls", limit: 1, perSeconds: 60 } } }),
      async () => startedAt.push(simulation.clock.now() - START),
    );
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) ids.push(await simulation.enqueue(dataOf(`${index}`)));
    for (let index = 0; index < 10; index += 1) await simulation.consumeOne();
    for (const id of ids.slice(1)) await retryJob(simulation.controlPorts, id);
    await simulation.settleTogether(4);
    expect(startedAt).toHaveLength(10);
    for (const [index, at] of startedAt.slice(1).entries()) {
      expect(at - (startedAt[index] ?? 0)).toBeGreaterThanOrEqual(50_000); // each may begin ten seconds late
    }
  });
});

describe("a sweep with a time to live", () => {
  it("that has begun goes on after a crash, however late, and ends with every item visited once", async () => {
    const sent: string[] = [];
    const simulation = simulate(
      typeOf("call", { ttlSeconds: 60, retry: { maxAttempts: 3, backoff: fixed(5_000) } }),
      (job) =>
        job.sweep("pages", {
          page: async (cursor: number | undefined = 0) => ({
            items: [cursor],
            ...(cursor < 5 && { next: cursor + 1 }),
          }),
          key: (item) => `item-${item}`,
          each: (item) => simulation.outside("send", () => sent.push(`item-${item}`)),
        }),
    );
    await simulation.enqueue(dataOf("sweep"));
    simulation.inject(({ name }) => (name === "send" && sent.length === 2 ? "before" : "none"));
    await expect(simulation.consumeOne()).resolves.toBe("died");
    simulation.inject(() => "none");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed" });
    expect(sent).toEqual(["item-0", "item-1", "item-2", "item-3", "item-4", "item-5"]);
    expect(simulation.clock.now() - START).toBeGreaterThan(MINUTE_MS);
  });
});

describe("a parent whose id is used again after its row was forgotten", () => {
  it("gets children of its own, not those of its earlier life", async () => {
    const ran: string[] = [];
    const simulation = simulateFamily({
      parent: ({ payload: { name } }, result) => void ran.push(`parent of ${name} got ${String(result)}`),
      child: async ({ payload: { name } }) => {
        ran.push(`child of ${name}`);
        return name;
      },
    });
    await simulation.enqueue(dataOf("January"), { idempotencyKey: "report" });
    await simulation.settle();
    simulation.clock.advance(40 * DAY_MS);
    await simulation.enqueue(dataOf("February"), { idempotencyKey: "report" });
    await simulation.settle();
    expect(ran).toEqual([
      "child of January",
      "parent of January got January",
      "child of February",
      "parent of February got February",
    ]);
  });
});

describe("a parent that is replayed", () => {
  it("is woken within seconds of its child's end", async () => {
    let isBroken = true;
    const simulation = simulateFamily({
      child: async () => {
        if (isBroken) throw new Error("not yet");
        await simulation.nap(40_000);
      },
    });
    const parentId = await simulation.enqueue(dataOf("x"));
    simulation.clock.advance(1_000); // off the ticker's minute
    await simulation.settleTogether(2);
    const childId = simulation.store.jobs().find(({ type }) => type === "child")?.id ?? "";
    isBroken = false;
    await retryJob(simulation.controlPorts, childId);
    await retryJob(simulation.controlPorts, parentId);
    await simulation.settleTogether(2);
    const [parent, child] = [await simulation.store.get(parentId), await simulation.store.get(childId)];
    expect([parent?.status, child?.status]).toEqual(["completed", "completed"]);
    expect(endedAt(parent) - endedAt(child)).toBeLessThanOrEqual(5_000);
  });
});

describe("an edited payload", () => {
  const editable = typeOf("call", {
    subject: ({ name }) => name,
    limits: {
      concurrency: { name: "lines", limit: 1, key: ({ name }) => name },
      rate: { name: "calls", limit: 100, perSeconds: 1, key: ({ name }) => name },
    },
  });
  const failFirst: Handler = async ({ payload: { size } }) => {
    if (size === 0) throw new PermanentError("EMPTY", "There is nothing in it.");
  };

  it("takes the job to the limits of the new payload", async () => {
    const running = new Set<string>();
    const simulation = simulate(editable, async (job) => {
      await failFirst(job);
      expect(running.has(job.payload.name)).toBe(false);
      running.add(job.payload.name);
      await simulation.nap(20_000);
      running.delete(job.payload.name);
    });
    const id = await simulation.enqueue(dataOf("anna"));
    await simulation.settle();
    await editPayload(simulation.controlPorts, editable, id, dataOf("bert", { size: 1 }), "ada");
    await retryJob(simulation.controlPorts, id);
    const other = await simulation.enqueue(dataOf("bert", { size: 1 }));
    await simulation.settleTogether(4);
    const [edited, fresh] = [await simulation.store.get(id), await simulation.store.get(other)];
    expect([edited?.status, fresh?.status]).toEqual(["completed", "completed"]);
    expect([edited?.concurrencyKey, edited?.rateKey]).toEqual([fresh?.concurrencyKey, fresh?.rateKey]);
  });

  it("may be as large as an enqueue's, and runs", async () => {
    const lengths: number[] = [];
    const simulation = simulate(editable, async (job) => {
      await failFirst(job);
      lengths.push(job.payload.text.length);
    });
    const id = await simulation.enqueue(dataOf("anna"));
    await simulation.settle();
    const bigger = dataOf("anna", { size: 1, text: LONG_TEXT });
    const { changed } = await editPayload(simulation.controlPorts, editable, id, bigger, "ada");
    expect(changed).toEqual(["size", "text"]);
    await retryJob(simulation.controlPorts, id);
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", payload: null });
    expect(lengths).toEqual([300_000]);
  });

  it("of a job whose payload was too large for its row says what has changed, and lists it under its new subject", async () => {
    const simulation = simulate(editable, failFirst);
    const id = await simulation.enqueue(dataOf("anna", { text: LONG_TEXT }));
    await simulation.settle();
    const smaller = dataOf("bert", { text: LONG_TEXT.slice(1) });
    const large = await editPayload(simulation.controlPorts, editable, id, smaller, "ada");
    expect(large.changed).toEqual(["name", "text"]);
    const small = await editPayload(simulation.controlPorts, editable, id, dataOf("carl"), "ada");
    expect(small.changed).toEqual(["name", "text"]);
    expect(small.job.subjectList).toBe(subjectListOf("carl"));
    expect(small.job.payloadAt).toBeUndefined();
  });
});

describe("a job that waits for another for days", () => {
  it("is looked at less than 60 times a day", async () => {
    const simulation = simulate(typeOf("call", { needs: { after: ["call"] } }));
    const first = await simulation.enqueue(dataOf("first"), { delayMs: 3 * DAY_MS });
    const id = await simulation.enqueue(dataOf("second"), { after: [first] });
    let permits = 0;
    const sendAll = simulation.queue.sendAll.bind(simulation.queue);
    simulation.queue.sendAll = (type, outgoing) => {
      permits += outgoing.length;
      return sendAll(type, outgoing);
    };
    while (simulation.clock.now() < START + DAY_MS) {
      while ((await simulation.consumeOne()) !== undefined);
      simulation.clock.advance(MINUTE_MS);
      await simulation.tick();
    }
    expect(permits).toBeGreaterThan(0);
    expect(permits).toBeLessThan(60);
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "waiting" });
  });
});

describe("a debounced enqueue", () => {
  it("of another tenant with the same key is another job", async () => {
    const ran: string[] = [];
    const simulation = simulate(typeOf("digest"), async ({ payload: { name } }) => ran.push(name));
    const debounce = { key: "digest", delayMs: 30_000 };
    const acme = await simulation.enqueue(dataOf("of acme"), { tenant: "acme", debounce });
    const other = await simulation.enqueue(dataOf("of others"), { tenant: "others", debounce });
    expect(other).not.toBe(acme);
    await expect(simulation.store.get(acme)).resolves.toMatchObject({ tenant: "acme", payload: { name: "of acme" } });
    await simulation.settle();
    expect(ran.toSorted()).toEqual(["of acme", "of others"]);
  });

  it("runs after its longest wait where that is shorter than its delay", async () => {
    const startedAt: number[] = [];
    const simulation = simulate(typeOf("digest"), async () => startedAt.push(simulation.clock.now() - START));
    await simulation.enqueue(dataOf("x"), { debounce: { key: "digest", delayMs: 60_000, maxWaitMs: 10_000 } });
    await simulation.settleTogether(1);
    expect(startedAt).toEqual([10_000]);
  });
});

describe("an enqueue with what cannot be", () => {
  const definition = typeOf("call", { needs: { after: ["call"] } });

  it("of several jobs, one of which waits for an unknown one, enqueues none", async () => {
    const simulation = simulate(definition);
    const jobs = [
      toEnqueue(definition, dataOf("1")),
      toEnqueue(definition, dataOf("2"), { after: ["call-nope"] }),
      toEnqueue(definition, dataOf("3")),
    ];
    await expect(enqueueMany(simulation.enqueuePorts, jobs)).rejects.toThrow("call-nope");
    expect(simulation.store.jobs()).toEqual([]);
    expect(simulation.queue.messages).toEqual([]);
  });

  it.each([1e20, Number.POSITIVE_INFINITY])("is refused for a time to live of %d ms", async (ttlMs) => {
    const simulation = simulate(definition);
    await expect(simulation.enqueue(dataOf("x"), { ttlMs })).rejects.toThrow(InvalidOptionError);
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("is refused for a number that the table does not take", async () => {
    const simulation = simulate(definition);
    await expect(simulation.enqueue(dataOf("x", { size: 1e20 }))).rejects.toThrow(InvalidPayloadError);
    expect(simulation.store.jobs()).toEqual([]);
  });
});

describe("a job's progress", () => {
  it.each([{ done: 1e20 }, { done: 1, total: 1e20 }])("of %j fails it with an error that says so", async (update) => {
    const simulation = simulate(typeOf("call"), (job) => job.progress(update));
    await simulation.enqueue(dataOf("x"));
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "INVALID_PROGRESS" } });
  });
});
