import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { pause, resume } from "../../shared/engine/pauses.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { ReadyEntry } from "../../shared/ports/job-store.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;

const base = {
  type: "render",
  summary: "Renders a page.",
  payload,
  retry: { maxAttempts: 3, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
} as const;
const definition = defineJob({ ...base, isPrioritised: true });

/** Keeps the names of its jobs in the order in which they run. */
function simulate(handler: Handler = async () => undefined) {
  const ran: string[] = [];
  const simulation = new Simulation(definition, (job) => {
    ran.push(job.payload.name);
    return handler(job);
  });
  return { simulation, ran };
}

type Simulated = Simulation<Payload>;

async function enqueueSome(simulation: Simulated, tenant: string, count: number, options = {}): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await simulation.enqueue({ name: `${tenant}-${index}` }, { tenant, ...options });
  }
}

async function consume(simulation: Simulated, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await simulation.consumeOne();
}

const countOf = (names: readonly string[], tenant: string) =>
  names.filter((name) => name.startsWith(`${tenant}-`)).length;
const oneOfEach = (simulation: Simulated) => simulation.store.jobs().map((job) => [job.status, job.epoch]);
const allDone = (count: number) => Array.from({ length: count }, () => ["completed", 1]);
const typePaused = { type: "render" };
const DAY_MS = 24 * 60 * 60_000;

/** Park and Miller's generator: the same order each time. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

describe("ready jobs of a prioritised type", () => {
  it("of a tenant with ten are all claimed within forty claims, whatever another tenant has enqueued before", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "large", 1_000);
    await enqueueSome(simulation, "small", 10);
    await consume(simulation, 40);
    expect(ran).toHaveLength(40);
    expect(countOf(ran, "small")).toBe(10);
    expect(countOf(ran, "large")).toBe(30);
  });

  it("of a tenant who comes when the other one is half done are claimed within forty claims too", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "large", 1_000);
    await consume(simulation, 500);
    simulation.clock.advance(10_000);
    await enqueueSome(simulation, "small", 10);
    await consume(simulation, 40);
    expect(countOf(ran.slice(500), "small")).toBe(10);
  });

  it("of three tenants are claimed in turns", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "large", 300);
    await enqueueSome(simulation, "middle", 30);
    await enqueueSome(simulation, "small", 10);
    await consume(simulation, 30);
    expect(["large", "middle", "small"].map((tenant) => countOf(ran, tenant))).toEqual([10, 10, 10]);
    await consume(simulation, 40);
    expect(countOf(ran, "middle")).toBe(30);
  });

  it("of a tenant who had the line for itself before an idle hour do not stand behind for that", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "busy", 500);
    await simulation.settle();
    ran.length = 0;
    simulation.clock.advance(60 * 60_000);
    await enqueueSome(simulation, "busy", 20);
    await enqueueSome(simulation, "quiet", 20);
    await consume(simulation, 20);
    expect([countOf(ran, "busy"), countOf(ran, "quiet")]).toEqual([10, 10]);
  });

  it("of a tenant who was away while another one had its turns do not make up for that", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "away", 10);
    await enqueueSome(simulation, "busy", 500);
    await consume(simulation, 400);
    await enqueueSome(simulation, "away", 100);
    ran.length = 0;
    await consume(simulation, 40);
    expect([countOf(ran, "away"), countOf(ran, "busy")]).toEqual([20, 20]);
  });

  it("of a newcomer do not all pass those that wait because an old job, which comes back, heads the line", async () => {
    const { simulation, ran } = simulate();
    const old = await simulation.enqueue({ name: "old-0" }, { tenant: "old", delayMs: DAY_MS });
    simulation.clock.advance(DAY_MS);
    await enqueueSome(simulation, "first", 100);
    // Its permit comes during a pause: it enters the line, and does not begin.
    const permits = simulation.queue.messages;
    await pause(simulation, typePaused, { by: "ada", until: simulation.clock.now() + 1_000 });
    simulation.queue.messages = [];
    simulation.queue.put("render", permitOf(old));
    await simulation.consumeOne();
    simulation.clock.advance(11_000);
    simulation.queue.messages = permits;
    await enqueueSome(simulation, "second", 100);
    await consume(simulation, 41);
    expect(countOf(ran, "old")).toBe(1);
    expect(countOf(ran, "first")).toBeGreaterThanOrEqual(15);
    expect(countOf(ran, "second")).toBeGreaterThanOrEqual(15);
  });

  it("are claimed by priority, highest first, and by age within one, in whatever order they were enqueued", async () => {
    const { simulation, ran } = simulate();
    await pause(simulation, typePaused, { by: "ada" });
    const order = shuffled(
      Array.from({ length: 90 }, (_, index) => (index % 9) + 1),
      20_260_101,
    );
    for (const [index, priority] of order.entries()) {
      await simulation.enqueue({ name: `${priority}/${String(index).padStart(2, "0")}` }, { priority });
      simulation.clock.advance(7);
    }
    await simulation.settleTogether(1, () => simulation.queue.messages.length === 0);
    expect(ran).toEqual([]);
    await resume(simulation, typePaused, "ada");
    simulation.clock.advance(60_000);
    await simulation.settle();
    const expected = ran.toSorted((a, b) => Number(b[0]) - Number(a[0]) || Number(a.slice(2)) - Number(b.slice(2)));
    expect(ran).toHaveLength(90);
    expect(ran).toEqual(expected);
  });

  it("are claimed by the permit of one that is done", async () => {
    const { simulation, ran } = simulate();
    const first = await simulation.enqueue({ name: "first" });
    await simulation.settle();
    await simulation.enqueue({ name: "second" });
    simulation.queue.messages = [];
    simulation.queue.put("render", permitOf(first));
    await expect(simulation.consumeOne()).resolves.toBe("done");
    expect(ran).toEqual(["first", "second"]);
  });

  it("are claimed by the permit of one that is worked on", async () => {
    const { simulation, ran } = simulate(async (job) => {
      if (job.payload.name !== "first") return;
      await simulation.enqueue({ name: "second" });
      simulation.queue.messages = [];
      simulation.queue.put("render", permitOf(job.id));
      await simulation.consumeOne();
    });
    await simulation.enqueue({ name: "first" });
    await simulation.consumeOne();
    expect(ran).toEqual(["first", "second"]);
  });

  it("are left alone when one is cancelled: its permit runs another, and the list forgets it", async () => {
    const { simulation, ran } = simulate();
    const urgent = await simulation.enqueue({ name: "urgent" }, { priority: 9 });
    await simulation.enqueue({ name: "other" });
    await cancelJob(simulation.controlPorts, urgent);
    await simulation.consumeOne();
    await simulation.consumeOne();
    expect(ran).toEqual(["other"]);
    await expect(simulation.store.ready("render", 10)).resolves.toEqual([]);
  });
});

describe("several workers of a prioritised type", () => {
  it.each([2, 5])("run each of 200 jobs once: %d at a time", async (workers) => {
    const { simulation, ran } = simulate(async () => simulation.nap(1_000));
    await enqueueSome(simulation, "a", 150);
    await enqueueSome(simulation, "b", 50);
    await simulation.settleTogether(workers);
    expect(new Set(ran).size).toBe(200);
    expect(oneOfEach(simulation)).toEqual(allDone(200));
    expect(simulation.clock.now() - START).toBeLessThanOrEqual((200 / workers) * 1_000 + 120_000);
  });

  it("that look at the same moment take different jobs", async () => {
    const { simulation, ran } = simulate();
    await enqueueSome(simulation, "a", 6);
    const claimed = await Promise.all(Array.from({ length: 6 }, () => simulation.consumeOne()));
    expect(ran.length).toBe(new Set(ran).size);
    expect(claimed.filter((each) => each === "done").length).toBe(ran.length);
    await simulation.settleTogether(1);
    expect(oneOfEach(simulation)).toEqual(allDone(6));
  });
});

describe("a list of ready jobs that lags behind", () => {
  /** Shows the list as it was some looks ago, as an index far behind does. */
  function lag(simulation: Simulated, looks: number): void {
    const seen: (readonly ReadyEntry[])[] = [];
    const { store } = simulation;
    const real = store.ready.bind(store);
    store.ready = async (type, limit, prefix) => {
      if (prefix !== undefined) return real(type, limit, prefix);
      seen.push(await real(type, 1_000));
      return (seen.at(-1 - looks) ?? []).slice(0, limit);
    };
  }

  it.each([1, 10, 60])("by %d looks loses no job and doubles none", async (looks) => {
    const { simulation, ran } = simulate(async () => simulation.nap(1_000));
    lag(simulation, looks);
    await enqueueSome(simulation, "a", 40);
    await simulation.settleTogether(3);
    expect(ran).toHaveLength(40);
    expect(oneOfEach(simulation)).toEqual(allDone(40));
  });

  it("for ever, which shows nothing at all, lets each permit run its own job", async () => {
    const { simulation, ran } = simulate();
    simulation.store.ready = async () => [];
    await enqueueSome(simulation, "a", 10);
    await consume(simulation, 10);
    expect(ran).toHaveLength(10);
  });

  it("and shows a permit's own job that is worked on does not keep the permit from another one", async () => {
    const { simulation, ran } = simulate(async () => simulation.nap(50_000));
    const first = await simulation.enqueue({ name: "first" }, { priority: 9 });
    await simulation.enqueue({ name: "second" });
    const stale = await simulation.store.ready("render", 25);
    simulation.store.ready = async () => stale;
    simulation.queue.messages = [];
    simulation.queue.put("render", permitOf(first));
    simulation.queue.put("render", permitOf(first));
    let statuses: string[] = [];
    await simulation.settleTogether(2, () => {
      if (simulation.clock.now() === START + 50_000) statuses = simulation.store.jobs().map(({ status }) => status);
      return false;
    });
    expect(statuses).not.toContain("pending");
    expect(ran).toEqual(["first", "second"]);
  });
});

describe("a priority", () => {
  it.each([0, 10, 1.5, Number.NaN])("of %d is refused", async (priority) => {
    const { simulation } = simulate();
    await expect(simulation.enqueue({ name: "a" }, { priority })).rejects.toThrow(
      "`priority` is a whole number from 1 to 9",
    );
  });

  it("is refused by a type that has none, which says what to do", async () => {
    const simulation = new Simulation(defineJob({ ...base, type: "plain" }), async () => undefined);
    await expect(simulation.enqueue({ name: "a" }, { priority: 3 })).rejects.toThrow(
      "set `isPrioritised` in its definition",
    );
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("is 5 by default", async () => {
    const { simulation } = simulate();
    await simulation.enqueue({ name: "a" });
    expect(simulation.job()).toMatchObject({ priority: 5, readyList: "render" });
  });

  it("excludes a rate limit and batches, and its definition says so", () => {
    const rate = { name: "pages", limit: 1, perSeconds: 1 };
    expect(() => defineJob({ ...base, isPrioritised: true, limits: { rate } })).toThrow("exclude each other");
    const run = { ...base.run, batchSize: 2 };
    expect(() => defineJob({ ...base, isPrioritised: true, run })).toThrow("`run.batchSize` must be 1");
  });

  it("excludes nothing of a concurrency key: the best job whose key is free runs", async () => {
    const concurrency = { name: "sites", limit: 1, key: ({ name }: Payload) => name.slice(0, 1) };
    const running: string[] = [];
    let most = 0;
    const simulation: Simulated = new Simulation(
      defineJob({ ...base, isPrioritised: true, limits: { concurrency } }),
      async ({ payload: { name } }) => {
        running.push(name.slice(0, 1));
        most = Math.max(most, running.length);
        expect(new Set(running).size).toBe(running.length);
        await simulation.nap(1_000);
        running.splice(running.indexOf(name.slice(0, 1)), 1);
      },
    );
    for (let index = 0; index < 20; index += 1)
      await simulation.enqueue({ name: `${index % 2 === 0 ? "a" : "b"}${index}` });
    await simulation.settleTogether(4);
    expect(most).toBe(2);
    expect(oneOfEach(simulation)).toEqual(allDone(20));
  });
});

const permitOf = (id: string) => JSON.stringify({ v: 1, type: "render", id, run: 1 });
