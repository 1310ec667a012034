import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { pause, resume } from "../../shared/engine/pauses.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Snooze } from "../../shared/errors/postponements.ts";
import { defineJob, type JobLimits } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault, type SimulatedType } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;
const HOUR_MS = 60 * 60_000;

const typeOf = (type: string, limits: JobLimits<Payload>, timeoutSeconds = 60, retryMs = 5_000) =>
  defineJob({
    type,
    summary: "Calls somebody who allows so much.",
    payload,
    retry: { maxAttempts: 3, backoff: fixed(retryMs) },
    run: { timeoutSeconds, memoryMb: 128, batchSize: 1 },
    limits,
    needs: { enqueues: ["child"] },
  });
type Definition = ReturnType<typeof typeOf>;

/** Keeps when its attempts began, how many ran at once, and how often a message was received. */
function simulate(
  definition: Definition,
  handler: Handler = async () => undefined,
  others: readonly Definition[] = [],
) {
  const seen = {
    starts: [] as { readonly name: string; readonly at: number }[],
    running: 0,
    mostAtOnce: 0,
    receives: 0,
  };
  const watched: Handler = async (job) => {
    seen.starts.push({ name: job.payload.name, at: simulation.clock.now() - START });
    seen.running += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.running);
    try {
      return await handler(job);
    } finally {
      seen.running -= 1;
    }
  };
  const further: SimulatedType[] = others.map((each) => ({
    definition: each as SimulatedType["definition"],
    handler: watched,
  }));
  const simulation: Simulation<Payload> = new Simulation(definition, watched, further);
  const receive = simulation.queue.receive.bind(simulation.queue);
  simulation.queue.receive = (...args) => {
    const message = receive(...args);
    seen.receives = Math.max(seen.receives, message?.receiveCount ?? 0);
    return message;
  };
  return { simulation, seen };
}

async function enqueueSome(simulation: Simulation<Payload>, count: number, name = (index: number) => `job-${index}`) {
  for (let index = 0; index < count; index += 1) await simulation.enqueue({ name: name(index) });
}

/** Of a type that is not the simulation's first. */
async function enqueueAs(simulation: Simulation<Payload>, definition: Definition, name: string): Promise<void> {
  await createEnqueue(simulation.enqueuePorts)(definition, { name });
}

const endings = (simulation: Simulation<Payload>) =>
  simulation.store.jobs().map(({ status, attempts, history }) => [status, attempts, history.length]);
const allDone = (count: number) => Array.from({ length: count }, () => ["completed", 1, 1]);

/** The most attempts that began in any span of this length. */
function mostWithin(starts: readonly { readonly at: number }[], spanMs: number): number {
  return Math.max(...starts.map(({ at }) => starts.filter((each) => each.at >= at && each.at < at + spanMs).length));
}

const rateOf = (limit: number, perSeconds: number, burst?: number): JobLimits<Payload> => ({
  rate: { name: "calls", limit, perSeconds, ...(burst !== undefined && { burst }) },
});

const concurrent = (limit: number, more: Partial<NonNullable<JobLimits<Payload>["concurrency"]>> = {}) => ({
  concurrency: { name: "lines", limit, ...more },
});

async function holdersOf(simulation: Simulation<Payload>): Promise<unknown> {
  return (await simulation.records.get({ kind: "limit", id: "slots-lines" }))?.body["holders"];
}

describe("a rate limit", () => {
  it("of 50 a second lets 1,000 jobs begin in 20 s, with one attempt each, and parks nothing", async () => {
    const { simulation, seen } = simulate(typeOf("call", rateOf(50, 1)));
    await enqueueSome(simulation, 1_000);
    await simulation.settleTogether(10);
    expect(Math.abs(Math.max(...seen.starts.map(({ at }) => at)) - 20_000)).toBeLessThanOrEqual(2_000);
    expect(endings(simulation)).toEqual(allDone(1_000));
    expect(simulation.queue.deadLetters).toEqual([]);
    expect(seen.receives).toBeLessThan(5);
    expect(mostWithin(seen.starts, 1_000)).toBeLessThanOrEqual(51);
  });

  it("is shared by types that give the same name", async () => {
    const other = typeOf("other_call", rateOf(10, 1));
    const { simulation, seen } = simulate(typeOf("call", rateOf(10, 1)), undefined, [other]);
    await enqueueSome(simulation, 50);
    for (let index = 0; index < 50; index += 1) await enqueueAs(simulation, other, `other-${index}`);
    await simulation.settleTogether(4);
    expect(Math.round(Math.max(...seen.starts.map(({ at }) => at)) / 1_000)).toBe(10);
    expect(endings(simulation)).toEqual(allDone(100));
  });

  it("with a key is one for each customer: a busy one does not keep a quiet one waiting", async () => {
    const key = ({ name }: Payload) => name.split("-")[0] ?? "";
    const { simulation, seen } = simulate(typeOf("call", { rate: { name: "calls", limit: 1, perSeconds: 10, key } }));
    await enqueueSome(simulation, 20, (index) => `busy-${index}`);
    await enqueueSome(simulation, 3, (index) => `quiet-${index}`);
    await simulation.settleTogether(4);
    const of = (name: string) => seen.starts.filter((start) => start.name.startsWith(name)).map(({ at }) => at);
    expect(of("quiet")).toEqual([0, 10_000, 20_000]);
    expect(of("busy").at(-1)).toBe(190_000);
  });

  it("with a burst lets so many begin at once, and then one after the other", async () => {
    const { simulation, seen } = simulate(typeOf("call", rateOf(1, 1, 5)));
    await enqueueSome(simulation, 10);
    await simulation.settleTogether(10);
    expect(seen.starts.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  it("together with a concurrency limit keeps both", async () => {
    const concurrency = { name: "lines", limit: 2 };
    const { simulation, seen } = simulate(typeOf("call", { ...rateOf(1, 1), concurrency }), () =>
      simulation.nap(5_000),
    );
    await enqueueSome(simulation, 20);
    await simulation.settleTogether(10);
    expect(seen.mostAtOnce).toBe(2);
    expect(mostWithin(seen.starts, 1_000)).toBeLessThanOrEqual(2);
    expect(endings(simulation)).toEqual(allDone(20));
  });

  it("keeps no slot of a concurrency limit while its job waits for its turn", async () => {
    const limited = typeOf("call", { ...rateOf(1, 600), ...concurrent(1) });
    const free = typeOf("free_call", concurrent(1));
    const { simulation, seen } = simulate(limited, undefined, [free]);
    await enqueueSome(simulation, 2);
    await simulation.consumeOne();
    await simulation.consumeOne();
    await enqueueAs(simulation, free, "free");
    await simulation.settleTogether(1);
    expect(seen.starts.map(({ name, at }) => [name, at])).toEqual([
      ["job-0", 0],
      ["free", 0],
      ["job-1", 600_000],
    ]);
  });

  it("counts a retry as an attempt like another", async () => {
    const failed = new Set<string>();
    const { simulation, seen } = simulate(typeOf("call", rateOf(1, 10)), async ({ payload: { name } }) => {
      if (failed.size < 3 && !failed.has(name)) throw new Error(`once ${failed.add(name).size}`);
    });
    await enqueueSome(simulation, 4);
    await simulation.settleTogether(4);
    expect(seen.starts).toHaveLength(7);
    expect(mostWithin(seen.starts, 9_001)).toBe(1);
    expect(simulation.store.jobs().map(({ attempts }) => attempts)).toEqual([2, 2, 2, 1]);
  });

  it("counts the attempt after a crash as well: those behind it wait for one slot more", async () => {
    const { simulation, seen } = simulate(typeOf("call", rateOf(1, 600)), () => simulation.nap(1_000));
    await enqueueSome(simulation, 3);
    killAt(simulation, "store.apply", () => seen.starts.length === 1);
    await simulation.settleTogether(1);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(Array(3).fill("completed"));
    expect(seen.starts).toHaveLength(4);
    await simulation.enqueue({ name: "next" });
    await simulation.settleTogether(1);
    expect(seen.starts.at(-1)?.at).toBe(4 * 600_000);
  });

  it("whose next slot is many hours ahead is waited for without a message, on time, and with one attempt", async () => {
    const { simulation, seen } = simulate(typeOf("call", rateOf(1, 3_600)));
    await enqueueSome(simulation, 15);
    for (let count = 0; count < 15; count += 1) await simulation.consumeOne();
    expect(simulation.queue.messages).toHaveLength(11); // one has run; SQS hides no message for over 12 hours
    await simulation.settleTogether(4);
    expect(endings(simulation)).toEqual(allDone(15));
    for (const [index, { at }] of seen.starts.toSorted((a, b) => a.at - b.at).entries()) {
      expect(at - index * HOUR_MS).toBeGreaterThanOrEqual(0);
      expect(at - index * HOUR_MS).toBeLessThanOrEqual(120_000);
    }
    expect(seen.receives).toBeLessThan(5);
  });

  it("holds after a pause too: what has waited meanwhile does not begin all at once", async () => {
    const { simulation, seen } = simulate(typeOf("call", rateOf(10, 1)));
    await enqueueSome(simulation, 200);
    await simulation.consumeOne();
    await simulation.settleTogether(4, () =>
      simulation.queue.messages.every(({ visibleAt }) => visibleAt > simulation.clock.now()),
    );
    await pause(simulation, { type: "call" }, { by: "ada" });
    simulation.clock.advance(11_000); // every process has seen it
    await simulation.settleTogether(4, () => simulation.clock.now() > START + 10 * 60_000);
    await resume(simulation, { type: "call" }, "ada");
    await simulation.settleTogether(10);
    expect(endings(simulation)).toEqual(allDone(200));
    expect(mostWithin(seen.starts, 1_000)).toBeLessThanOrEqual(12);
  });
});

describe("a concurrency limit", () => {
  it.each([1, 3])("of %d is never passed by ten workers, and is made use of", async (limit) => {
    const { simulation, seen } = simulate(typeOf("call", concurrent(limit)), () => simulation.nap(5_000));
    await enqueueSome(simulation, 12);
    await simulation.settleTogether(10);
    expect(seen.mostAtOnce).toBe(limit);
    expect(endings(simulation)).toEqual(allDone(12));
    expect(simulation.queue.deadLetters).toEqual([]);
    expect(seen.receives).toBeLessThanOrEqual(5);
  });

  it("keeps a slot past the claim's lease for as long as two clocks may be apart", async () => {
    let held: unknown;
    const { simulation } = simulate(typeOf("call", concurrent(1)), async () => {
      held = await holdersOf(simulation);
    });
    const id = await simulation.enqueue({ name: "job" });
    await simulation.settle();
    expect(held).toEqual({ [id]: { epoch: 1, workers: { "id-4": START + 120_000 + 600_000 } } });
  });

  it("of 1 holds when every permit comes three times", async () => {
    const { simulation, seen } = simulate(typeOf("call", concurrent(1)), () => simulation.nap(5_000));
    await enqueueSome(simulation, 5);
    for (const { body } of [...simulation.queue.messages, ...simulation.queue.messages])
      simulation.queue.put("call", body);
    await simulation.settleTogether(10);
    expect(seen.mostAtOnce).toBe(1);
    expect(endings(simulation)).toEqual(allDone(5));
  });

  it("of 1 is shared by types that give the same name", async () => {
    const other = typeOf("other_call", concurrent(1));
    const { simulation, seen } = simulate(typeOf("call", concurrent(1)), () => simulation.nap(3_000), [other]);
    await enqueueSome(simulation, 4);
    for (const name of ["w", "x", "y", "z"]) await enqueueAs(simulation, other, name);
    await simulation.settleTogether(8);
    expect(seen.mostAtOnce).toBe(1);
    expect(endings(simulation)).toEqual(allDone(8));
  });

  it("with a key is one for each: jobs of different keys run side by side, jobs of one do not", async () => {
    const running = new Set<string>();
    const key = ({ name }: Payload) => name.split("-")[0] ?? "";
    const { simulation, seen } = simulate(typeOf("call", concurrent(1, { key })), async ({ payload: { name } }) => {
      expect(running.has(key({ name }))).toBe(false);
      running.add(key({ name }));
      await simulation.nap(2_000);
      running.delete(key({ name }));
    });
    await enqueueSome(simulation, 12, (index) => `${["ada", "bob", "eve"][index % 3]}-${index}`);
    await simulation.settleTogether(10);
    expect(seen.mostAtOnce).toBe(3);
    expect(endings(simulation)).toEqual(allDone(12));
  });

  it.each([false, true])(
    "of 1 holds while a job runs again whose worker was killed, however long that takes; type paused: %s",
    async (isPaused) => {
      const { simulation, seen } = simulate(typeOf("call", concurrent(1), 900), ({ payload: { name } }) =>
        simulation.nap(name === "job-0" && seen.starts.length > 1 ? 800_000 : 1_000),
      );
      await enqueueSome(simulation, 1);
      killAt(simulation, "store.apply", () => seen.starts.length === 1);
      await simulation.settleTogether(1, () => seen.starts.length === 1);
      if (isPaused) await pause(simulation, { type: "call" }, { by: "ada", until: START + 2_000_000 });
      await enqueueSome(simulation, 2, (index) => `other-${index}`);
      await simulation.settleTogether(4);
      expect(seen.starts.filter(({ name }) => name === "job-0")).toHaveLength(2);
      expect(seen.mostAtOnce).toBe(1);
      expect(simulation.store.jobs().map(({ status }) => status)).toEqual(Array(3).fill("completed"));
    },
  );

  it("gives the slot of a killed worker's job back when that job is done, not when the slot ends", async () => {
    const { simulation, seen } = simulate(typeOf("call", concurrent(1)));
    await enqueueSome(simulation, 1);
    killAt(simulation, "store.apply", () => seen.starts.length === 1);
    await simulation.settleTogether(1);
    expect(seen.starts).toHaveLength(2);
    await expect(holdersOf(simulation)).resolves.toEqual({});
  });

  const child = typeOf("child", {});
  const endingsOfJobs: [string, Handler][] = [
    ["completed", async () => "well"],
    ["failed", () => Promise.reject(new PermanentError("NO", "No."))],
    ["retrying", () => Promise.reject(new Error("not yet"))],
    ["retrying", () => Promise.reject(new Snooze({ delayMs: 60_000 }))],
    [
      "waiting",
      async (job) => {
        await job.spawn("one", child, { name: "child" });
        await job.waitForChildren();
      },
    ],
    [
      "needs_review",
      (job) => job.effect("mail", { onUnknown: "review", send: () => Promise.reject(new Error("lost")) }),
    ],
  ];
  it.each(endingsOfJobs)("gives the slot back when its job is %s", async (status, handler) => {
    const { simulation } = simulate(
      typeOf("call", concurrent(1)),
      (job) => (job.type === "call" ? handler(job) : simulation.nap(1)),
      [child],
    );
    const id = await simulation.enqueue({ name: "job" });
    await simulation.consumeOne();
    for (let looks = 0; looks < 5 && (await simulation.store.get(id))?.status !== status; looks += 1) {
      simulation.clock.advance(20 * 60_000);
      await simulation.tick();
      await simulation.consumeOne();
    }
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status });
    await expect(holdersOf(simulation)).resolves.toEqual({});
  });

  // The slot was taken for a claim that is over
  it("is not shut by a copy of a permit that comes when its job has just given up for an hour", async () => {
    const { simulation, seen } = simulate(typeOf("call", concurrent(1), 60, HOUR_MS), async ({ payload: { name } }) => {
      if (name === "job-0" && seen.starts.length === 1) throw new Error("later");
    });
    await enqueueSome(simulation, 1);
    simulation.queue.put("call", simulation.queue.messages[0]?.body ?? "");
    const get = simulation.store.get.bind(simulation.store);
    let reads = 0;
    simulation.store.get = async (id) => {
      const job = await get(id);
      if ((reads += 1) === 1) await simulation.consumeOne(); // the other copy's worker is faster
      return job;
    };
    await simulation.consumeOne();
    simulation.clock.advance(1_000);
    await enqueueSome(simulation, 1, () => "other");
    await simulation.settleTogether(1);
    expect(seen.starts.find(({ name }) => name === "other")?.at).toBeLessThanOrEqual(120_000);
  });
});

/** The process that makes this call when `isNow` is true dies before it, once. */
function killAt(simulation: Simulation<Payload>, call: string, isNow: () => boolean): void {
  let isDone = false;
  simulation.inject(({ name }) => {
    if (isDone || name !== call || !isNow()) return "none";
    isDone = true;
    return "before";
  });
}

const bothLimits = { ...rateOf(1, 10), ...concurrent(1) };

/** How many calls an undisturbed run of two jobs makes. */
async function countCalls(): Promise<number> {
  const { simulation } = simulate(typeOf("call", bothLimits), () => simulation.nap(2_000));
  await enqueueSome(simulation, 2);
  await simulation.settleTogether(2);
  return simulation.calls.length;
}

const calls = await countCalls();

describe("a job with a slot of each kind whose process dies, or whose answer gets lost, at any one of its calls", () => {
  const faults: Fault[] = ["before", "after", "lost"];
  const cases = Array.from({ length: calls }, (_, index) => index + 1).flatMap((number) =>
    faults.map((fault) => ({ number, fault })),
  );

  it.each(cases)("comes late, and is not lost: call $number, $fault", async ({ number, fault }) => {
    expect(calls).toBeGreaterThanOrEqual(15);
    const { simulation, seen } = simulate(typeOf("call", bothLimits), () => simulation.nap(2_000));
    await enqueueSome(simulation, 2);
    simulation.inject((call) => (call.number === number ? fault : "none"));
    await simulation.settleTogether(2);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(seen.mostAtOnce).toBe(1);
    expect(simulation.queue.deadLetters).toEqual([]);
    expect(simulation.clock.now() - START).toBeLessThanOrEqual(30 * 60_000);
  });
});
