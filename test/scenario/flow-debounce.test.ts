import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import type { EnqueueOptions } from "../../shared/engine/new-job.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import type { CompletedJob } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ text: z.string(), to: z.string() });
type Payload = z.infer<typeof payload>;

const base = {
  type: "digest",
  summary: "Mails a digest of what has happened.",
  payload,
  retry: { maxAttempts: 2, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
} as const;
const debounce = { key: "ada", delayMs: 30_000 };

/** Keeps what ran, and when. */
function simulate(of = defineJob(base), during: (text: string) => Promise<unknown> = async () => undefined) {
  const ran: { readonly text: string; readonly at: number }[] = [];
  const simulation: Simulation<Payload> = new Simulation(of, (job) => {
    ran.push({ text: job.payload.text, at: simulation.clock.now() - START });
    return during(job.payload.text);
  });
  const enqueue = (text: string, options: EnqueueOptions = { debounce }, to = "ada") =>
    simulation.enqueue({ text, to }, options);
  return { simulation, ran, enqueue };
}

/** Enqueues one after the other, so far apart, consuming what comes meanwhile. */
async function enqueueEvery(
  everyMs: number,
  count: number,
  { simulation, enqueue }: ReturnType<typeof simulate>,
  options = {},
) {
  for (let index = 1; index <= count; index += 1) {
    await enqueue(`${index}`, { debounce: { ...debounce, ...options } });
    const next = simulation.clock.now() + everyMs;
    void simulation.nap(everyMs); // time stops there
    await simulation.settleTogether(1, () => simulation.clock.now() >= next);
  }
}

describe("a debounced job", () => {
  it("is one for many enqueues: the last payload runs, once, so long after the last of them", async () => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("1");
    for (const text of ["2", "3"]) {
      simulation.clock.advance(20_000);
      await expect(enqueue(text)).resolves.toBe(first);
    }
    await simulation.settle();
    expect(ran).toEqual([{ text: "3", at: 70_000 }]);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1, createdAt: START });
  });

  it("that was put off twenty times runs in time all the same", async () => {
    const simulated = simulate();
    await enqueueEvery(20_000, 20, simulated);
    await simulated.simulation.settleTogether(1);
    expect(simulated.ran).toMatchObject([{ text: "20" }]);
    expect(simulated.ran[0]?.at).toBeGreaterThanOrEqual(19 * 20_000 + 30_000);
    expect(simulated.ran[0]?.at).toBeLessThanOrEqual(19 * 20_000 + 35_000);
  });

  it("whose next enqueue waits for a shorter time runs in time", async () => {
    const { simulation, ran, enqueue } = simulate();
    await enqueue("1", { debounce: { key: "ada", delayMs: 600_000 } });
    await enqueue("2", { debounce: { key: "ada", delayMs: 5_000 } });
    await simulation.settleTogether(1);
    expect(ran).toMatchObject([{ text: "2" }]);
    expect(ran[0]?.at).toBeLessThanOrEqual(65_000);
  });

  it("waits no longer than `maxWaitMs` after the first, whatever comes", async () => {
    const simulated = simulate();
    await enqueueEvery(5_000, 20, simulated, { maxWaitMs: 40_000 });
    await simulated.simulation.settleTogether(1);
    const [first, second] = simulated.ran;
    expect(first?.at).toBeGreaterThanOrEqual(40_000);
    expect(first?.at).toBeLessThanOrEqual(46_000);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThanOrEqual(50_000);
    expect(simulated.ran.at(-1)?.text).toBe("20");
    expect(simulated.ran).toHaveLength(3);
  });

  it("hours ahead is put off as well, and runs in time", async () => {
    const hours = { debounce: { key: "ada", delayMs: 3 * 3_600_000 } };
    const { simulation, ran, enqueue } = simulate();
    await enqueue("1", hours);
    simulation.clock.advance(3_600_000);
    await enqueue("2", hours);
    await simulation.settle();
    expect(ran).toMatchObject([{ text: "2" }]);
    expect((ran[0]?.at ?? 0) - 4 * 3_600_000).toBeGreaterThanOrEqual(0);
    expect((ran[0]?.at ?? 0) - 4 * 3_600_000).toBeLessThanOrEqual(60_000);
  });

  it("is another one for another key, and for another type", async () => {
    const { simulation, ran, enqueue } = simulate();
    await enqueue("ada");
    await enqueue("bob", { debounce: { ...debounce, key: "bob" } });
    await enqueue("odd", { debounce: { ...debounce, key: "ada/bob eve@example.com" } });
    await simulation.settle();
    expect(ran.map(({ text }) => text).toSorted()).toEqual(["ada", "bob", "odd"]);
  });

  it("that has begun is left alone: the next enqueue is a second job, and both run", async () => {
    const simulated = simulate(undefined, async (text) => {
      if (text === "1") await simulated.enqueue("2");
    });
    const { simulation, ran, enqueue } = simulated;
    const first = await enqueue("1");
    await simulation.settle();
    expect(ran.map(({ text }) => text)).toEqual(["1", "2"]);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed"]);
    await expect(enqueue("3")).resolves.not.toBe(first);
  });

  it("that has failed once, or was cancelled, is left alone as well", async () => {
    const { simulation, ran, enqueue } = simulate(undefined, async (text) => {
      if (text === "fails" && ran.length === 1) throw new Error("once");
    });
    await enqueue("fails");
    simulation.clock.advance(30_000);
    await simulation.consumeOne();
    const second = await enqueue("cancelled");
    await cancelJob(simulation.controlPorts, second);
    await enqueue("runs");
    await simulation.settle();
    expect(ran.map(({ text }) => text)).toEqual(["fails", "fails", "runs"]);
  });

  it("is one for ten enqueues at the same moment", async () => {
    const { simulation, ran, enqueue } = simulate();
    const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => enqueue(`${index}`)));
    await simulation.settle();
    expect(new Set(ids).size).toBe(1);
    expect(ran).toHaveLength(1);
  });

  it("keeps its large payload in S3, and forgets that place when a small one replaces it", async () => {
    const large = "x".repeat(50_000);
    const { simulation, ran, enqueue } = simulate();
    await enqueue("small");
    await enqueue(large);
    expect(simulation.job()).toMatchObject({ payload: null, payloadAt: expect.stringContaining("payloads/digest/") });
    await enqueue(`${large}!`);
    await simulation.settle();
    expect(ran.map(({ text }) => text.length)).toEqual([50_001]);
    await enqueue(large);
    const small = await enqueue("small");
    await expect(simulation.store.get(small)).resolves.not.toHaveProperty("payloadAt");
    await simulation.settle();
    expect(ran.at(-1)?.text).toBe("small");
  });

  it("takes all that depends on its payload from the newest one", async () => {
    const key = ({ to }: Payload) => to;
    const definition = defineJob({
      ...base,
      subject: key,
      limits: { rate: { name: "mails", limit: 1, perSeconds: 1, key }, concurrency: { name: "boxes", limit: 1, key } },
    });
    const { simulation, enqueue } = simulate(definition);
    const id = await enqueue("1", undefined, "ada@example.com");
    await enqueue("2", undefined, "bob@example.com");
    const other = await enqueue("2", {}, "bob@example.com");
    const [mine, plain] = await Promise.all([simulation.store.get(id), simulation.store.get(other)]);
    for (const name of ["payload", "payloadHash", "subjectList", "rateKey", "concurrencyKey"] as const) {
      expect(mine?.[name]).toEqual(plain?.[name]);
    }
    await simulation.settle();
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("does not keep the slot of a rate limit that it had before it was put off", async () => {
    const key = ({ to }: Payload) => to;
    const limits = { rate: { name: "mails", limit: 1, perSeconds: 60, key } };
    const { simulation, enqueue } = simulate(defineJob({ ...base, limits }));
    await enqueue("first", {}, "ada");
    await simulation.consumeOne();
    const id = await enqueue("1", { debounce: { key: "ada", delayMs: 1_000 } });
    simulation.clock.advance(1_000);
    await simulation.consumeOne();
    await expect(simulation.store.get(id)).resolves.toMatchObject({ rateSlotAt: START + 60_000 });
    await enqueue("2", { debounce: { key: "ada", delayMs: 1_000 } }, "bob");
    await expect(simulation.store.get(id)).resolves.not.toHaveProperty("rateSlotAt");
    await simulation.settle();
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("of a prioritised type leaves the list of ready jobs when it is put off", async () => {
    const { simulation, enqueue } = simulate(defineJob({ ...base, isPrioritised: true }));
    const id = await enqueue("1", { debounce, priority: 9 });
    simulation.clock.advance(30_000);
    simulation.store
      .apply(id, {
        name: "ready",
        condition: { all: [] },
        changes: { set: [{ path: ["readyList"], value: "digest" }], add: [], remove: [] },
      })
      .catch(() => undefined);
    await enqueue("2", { debounce, priority: 9 });
    await expect(simulation.store.ready("digest", 10)).resolves.toEqual([]);
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });

  it("has its time to live counted from its last enqueue", async () => {
    const simulated = simulate(defineJob({ ...base, ttlSeconds: 60 }));
    await enqueueEvery(20_000, 10, simulated);
    await simulated.simulation.settleTogether(1);
    expect(simulated.simulation.job().status).toBe("completed");
    expect(simulated.ran.map(({ text }) => text)).toEqual(["10"]);
  });

  it.each<[string, EnqueueOptions]>([
    ["an idempotency key", { debounce, idempotencyKey: "a" }],
    ["a time", { debounce, runAt: START + 1 }],
    ["a delay", { debounce, delayMs: 1 }],
    ["other jobs to wait for", { debounce, after: ["digest-1"] }],
    ["no key", { debounce: { ...debounce, key: "" } }],
    ["no delay", { debounce: { ...debounce, delayMs: 0 } }],
    ["a delay that is no number", { debounce: { ...debounce, delayMs: Number.NaN } }],
    ["no longest wait", { debounce: { ...debounce, maxWaitMs: 0 } }],
  ])("with %s is refused, and nothing is enqueued", async (_, options) => {
    const { simulation, enqueue } = simulate();
    await expect(enqueue("1", options)).rejects.toThrow(/`debounce` (excludes|needs)/);
    expect(simulation.store.jobs()).toEqual([]);
  });
});

describe("a debounced enqueue whose process dies, or whose answer gets lost, at any one of its calls, and that is done again", () => {
  const faults: Fault[] = ["before", "after", "lost", "again"];
  const cases = Array.from({ length: 7 }, (_, index) => index + 1).flatMap((number) =>
    ["first", "second", "after the begin"].flatMap((which) => faults.map((fault) => ({ number, fault, which }))),
  );

  it.each(cases)("is one job with that payload: the $which, call $number, $fault", async ({ number, fault, which }) => {
    const { simulation, ran } = simulate();
    const enqueue = async (text: string, isFaulty: boolean) => {
      simulation.inject((call) => (isFaulty && call.number === number ? fault : "none"));
      const enqueued = await simulation.enqueueUnderFaults({ text, to: "ada" }, { debounce });
      simulation.inject(() => "none");
      if (typeof enqueued === "string") await simulation.enqueueUnderFaults({ text, to: "ada" }, { debounce });
    };
    await enqueue("first", which === "first");
    simulation.clock.advance(10_000);
    await enqueue("second", which === "second");
    if (which === "after the begin") {
      await simulation.settle();
      await enqueue("third", true);
    }
    await simulation.settle();
    const expected = which === "after the begin" ? ["second", "third"] : ["second"];
    expect(ran.map(({ text }) => text)).toEqual(expected);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(expected.map(() => "completed"));
    expect((simulation.store.jobs()[0] as CompletedJob).endedAt).toBeLessThanOrEqual(START + 3 * 60_000);
  });
});
