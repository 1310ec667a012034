import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import type { EnqueueOptions } from "../../shared/engine/new-job.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import type { CompletedJob } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const base = {
  type: "step",
  summary: "One step of several.",
  payload,
  retry: { maxAttempts: 2, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
} as const;
const definition = defineJob({ ...base, needs: { after: ["step"] } });
const stranger = defineJob({ ...base, type: "stranger" });

/** Jobs that fail when their name says so. Keeps what ran, and when. */
function simulate(workMs = 0) {
  const ran: { readonly name: string; readonly at: number }[] = [];
  const work = async (name: string) => {
    ran.push({ name, at: simulation.clock.now() - START });
    if (workMs > 0) await simulation.nap(workMs);
    if (name.startsWith("fails")) throw new PermanentError("NO", "No.");
  };
  const simulation: Simulation<{ name: string }> = new Simulation(definition, (job) => work(job.payload.name), [
    { definition: stranger, handler: async () => undefined },
  ]);
  const enqueue = (name: string, options: EnqueueOptions = {}) => simulation.enqueue({ name }, options);
  const statusOf = async (id: string) => (await simulation.store.get(id))?.status;
  return { simulation, ran, enqueue, statusOf };
}

const namesOf = (ran: readonly { readonly name: string }[]) => ran.map(({ name }) => name);

/** No job hears from another that has ended: only the ticker's messages arrive. */
function loseWakes({ queue }: Simulation<{ name: string }>): void {
  const send = queue.send.bind(queue);
  queue.send = async () => undefined;
  queue.sendAll = async (_, outgoing) => {
    for (const each of outgoing) await send(each);
    return outgoing;
  };
}

describe("a job that waits for another one", () => {
  it("runs after it, in whatever order their permits come", async () => {
    const { simulation, ran, enqueue } = simulate(1_000);
    const a = await enqueue("a");
    const b = await enqueue("b", { after: [a] });
    await enqueue("c", { after: [b] });
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["pending", "waiting", "waiting"]);
    await simulation.settleTogether(3);
    expect(namesOf(ran)).toEqual(["a", "b", "c"]);
    expect(simulation.store.jobs().map(({ status, attempts }) => [status, attempts])).toEqual(
      Array.from({ length: 3 }, () => ["completed", 1]),
    );
  });

  it("of a diamond runs once, when both of those before it have ended", async () => {
    const { simulation, ran, enqueue } = simulate(1_000);
    const top = await enqueue("top");
    const left = await enqueue("left", { after: [top] });
    const right = await enqueue("right", { after: [top] });
    await enqueue("bottom", { after: [left, right, left] });
    await simulation.settleTogether(4);
    expect(namesOf(ran).toSorted()).toEqual(["bottom", "left", "right", "top"]);
    expect(ran.at(-1)).toEqual({ name: "bottom", at: 2_000 });
  });

  it("in a chain of 30 begins within a second of the one before it", async () => {
    const { simulation, ran, enqueue } = simulate();
    let last = await enqueue("1");
    for (let index = 2; index <= 30; index += 1) last = await enqueue(`${index}`, { after: [last] });
    await simulation.settleTogether(2);
    expect(namesOf(ran)).toEqual(Array.from({ length: 30 }, (_, index) => `${index + 1}`));
    expect(ran.at(-1)?.at).toBeLessThanOrEqual(30_000);
  });

  it("begins within seven minutes of its end although every wake is lost", async () => {
    const { simulation, ran, enqueue } = simulate();
    const slow = await enqueue("slow", { runAt: START + 2.5 * HOUR_MS });
    await enqueue("waits", { after: [slow] });
    loseWakes(simulation);
    await simulation.settleTogether(2);
    const { endedAt } = (await simulation.store.get(slow)) as CompletedJob;
    expect(namesOf(ran)).toEqual(["slow", "waits"]);
    expect((ran[1]?.at ?? 0) - (endedAt - START)).toBeLessThanOrEqual(7 * MINUTE_MS);
  });

  it("that is one of 250 begins all the same: 200 are told, the others look", async () => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("first", { delayMs: 150_000 });
    for (let index = 0; index < 250; index += 1) await enqueue(`${index}`, { after: [first] });
    await simulation.settleTogether(10);
    expect(ran).toHaveLength(251);
    expect(Object.keys((await simulation.store.get(first))?.dependants ?? {})).toHaveLength(200);
    const late = ran.filter(({ at }) => at > 160_000);
    expect(late.length).toBeLessThanOrEqual(50);
    for (const { at } of late) expect(at).toBeLessThanOrEqual(150_000 + 7 * MINUTE_MS);
  });

  it("for 100 of them runs when the last one has ended, and for 101 is refused", async () => {
    const { simulation, ran, enqueue } = simulate(1_000);
    const before = await Promise.all(Array.from({ length: 101 }, (_, index) => enqueue(`${index}`)));
    await enqueue("after", { after: before.slice(0, 100) });
    await expect(enqueue("no", { after: before })).rejects.toThrow("`after` names 101 jobs; the limit is 100");
    await simulation.settleTogether(10);
    expect(ran).toHaveLength(102);
    expect(ran.at(-1)?.name).toBe("after");
  });

  it("and was cancelled does not run", async () => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("first");
    const second = await enqueue("second", { after: [first] });
    await cancelJob(simulation.controlPorts, second);
    await simulation.settleTogether(1);
    expect(namesOf(ran)).toEqual(["first"]);
  });

  it("begins at once when all have completed before it was enqueued", async () => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("first");
    await simulation.settle();
    await enqueue("second", { after: [first] });
    await simulation.settleTogether(1, () => ran.length === 2);
    expect(ran[1]?.at).toBeLessThanOrEqual(10_000);
  });

  it("is an ordinary one where it waits for none", async () => {
    const { simulation, enqueue } = simulate();
    await enqueue("alone", { after: [] });
    expect(simulation.job().status).toBe("pending");
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });
});

describe("what becomes of a job one of whose dependencies does not complete", () => {
  type Simulated = ReturnType<typeof simulate>;
  const endings: readonly [string, string, (simulated: Simulated) => Promise<string>][] = [
    ["fails", "failed", ({ enqueue }) => enqueue("fails", { delayMs: 1_000 })],
    ["expires", "was cancelled", ({ enqueue }) => enqueue("expires", { ttlMs: 500 })],
    [
      "is cancelled",
      "was cancelled",
      async ({ enqueue, simulation }) => {
        const id = await enqueue("is cancelled", { delayMs: 10_000 });
        void simulation.nap(2_000).then(() => cancelJob(simulation.controlPorts, id));
        return id;
      },
    ],
  ];
  const policies = [
    [undefined, "cancelled"],
    ["cancel", "cancelled"],
    ["fail", "failed"],
    ["run", "completed"],
  ] as const;
  const cases = endings.flatMap(([how, message, begin]) =>
    policies.flatMap(([policy, status]) =>
      [false, true].map((isOver) => ({ how, message, begin, policy, status, isOver })),
    ),
  );

  it.each(cases)("which $how, with policy $policy: $status (ended before: $isOver)", async (each) => {
    const simulated = simulate();
    const { simulation, ran, enqueue, statusOf } = simulated;
    const good = await enqueue("good");
    const bad = await each.begin(simulated);
    simulation.clock.advance(600);
    if (each.isOver) await simulation.settleTogether(1);
    const options = each.policy === undefined ? {} : { onDependencyFailed: each.policy };
    const id = await enqueue("waits", { after: [good, bad], ...options });
    const further = await enqueue("further", { after: [id] });
    const enqueuedAt = simulation.clock.now();
    await simulation.settleTogether(2, () => simulation.clock.now() - enqueuedAt > 30_000);
    await expect(statusOf(id)).resolves.toBe(each.status);
    expect(namesOf(ran).includes("waits")).toBe(each.status === "completed");
    await expect(statusOf(further)).resolves.toBe(each.status === "completed" ? "completed" : "cancelled");
    await simulation.settleTogether(1);
    if (each.status === "completed") return;
    const job = await simulation.store.get(id);
    expect(job?.error).toMatchObject({
      code: "DEPENDENCY_FAILED",
      message: `Job ${bad}, which this one waited for, ${each.message}.`,
    });
    const letters = simulation.queue.deadLetters.filter(({ body }) => body.includes(id));
    expect(letters).toHaveLength(each.status === "failed" ? 1 : 0);
  });

  it("does not depend on those that are still open: the first one that fails decides", async () => {
    const { simulation, enqueue, statusOf } = simulate();
    const slow = await enqueue("slow", { runAt: START + HOUR_MS });
    const bad = await enqueue("fails");
    const id = await enqueue("waits", { after: [slow, bad] });
    await simulation.settleTogether(1, () => simulation.clock.now() > START + MINUTE_MS);
    await expect(statusOf(id)).resolves.toBe("cancelled");
  });

  it("is known at once when the dependency is cancelled", async () => {
    const { simulation, enqueue } = simulate();
    const first = await enqueue("first", { runAt: START + HOUR_MS });
    const id = await enqueue("waits", { after: [first] });
    void simulation.nap(150_000).then(() => cancelJob(simulation.controlPorts, first));
    await simulation.settleTogether(1);
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "cancelled", endedAt: START + 150_000 });
  });

  it("that has failed for that runs when it is replayed", async () => {
    const { simulation, enqueue, statusOf, ran } = simulate();
    const bad = await enqueue("fails");
    const id = await enqueue("waits", { after: [bad], onDependencyFailed: "fail" });
    await simulation.settleTogether(1);
    simulation.queue.put("step", simulation.queue.deadLetters.find(({ body }) => body.includes(id))?.body ?? "");
    await simulation.settleTogether(1);
    await expect(statusOf(id)).resolves.toBe("completed");
    expect(namesOf(ran)).toEqual(["fails", "waits"]);
  });
});

describe("a dependency that can never be", () => {
  it("because there is no such job is refused, by its id, with nothing put", async () => {
    const { simulation, enqueue } = simulate();
    await expect(enqueue("a", { after: ["step-nobody"] })).rejects.toThrow(
      "`after` names job step-nobody, which does not exist",
    );
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("because its type may not wake this one is refused with what to do", async () => {
    const { simulation, enqueue } = simulate();
    const other = new Simulation(stranger, async () => undefined);
    const id = await other.enqueue({ name: "other" });
    await simulation.store.create(other.job());
    await expect(enqueue("a", { after: [id] })).rejects.toThrow(
      'jobs of type step cannot wait for one of type stranger; add "stranger" to `needs.after` of its definition',
    );
    expect(simulation.store.jobs()).toHaveLength(1);
  });

  it.each([{ runAt: START + 1_000 }, { delayMs: 1_000 }])(
    "because the job has a time of its own is refused: %j",
    async (time) => {
      const { enqueue } = simulate();
      const id = await enqueue("a");
      await expect(enqueue("b", { after: [id], ...time })).rejects.toThrow("give `after` or a time, not both");
    },
  );
});

/** How many calls two jobs, one after the other, make when all goes well. */
async function countCalls(): Promise<number> {
  const { simulation, enqueue } = simulate();
  const first = await enqueue("first");
  await enqueue("second", { after: [first] });
  simulation.inject(() => "none");
  await simulation.settleTogether(1);
  return simulation.calls.length;
}

const calls = await countCalls();
const faults: Fault[] = ["before", "after", "lost", "again"];
const upTo = (count: number) =>
  Array.from({ length: count }, (_, index) => index + 1).flatMap((number) =>
    faults.map((fault) => ({ number, fault })),
  );

describe("two jobs, one after the other, when a process dies, or an answer gets lost, at any one of its calls", () => {
  it("make the calls that the enumeration goes through", () => {
    expect(calls).toBe(8); // claim, settle, wake sent; claim refused, look, wake; claim, settle
  });

  it.each(upTo(calls))("both complete, in order: call $number, $fault", async ({ number, fault }) => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("first");
    await enqueue("second", { after: [first] });
    simulation.inject((call) => (call.number === number ? fault : "none"));
    await simulation.settleTogether(1);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect([...new Set(namesOf(ran))]).toEqual(["first", "second"]);
    expect(simulation.clock.now() - START).toBeLessThanOrEqual(15 * MINUTE_MS);
  });

  it.each(upTo(6))("both complete when it is the enqueue's: call $number, $fault", async ({ number, fault }) => {
    const { simulation, ran, enqueue } = simulate();
    const first = await enqueue("first");
    simulation.inject((call) => (call.number === number ? fault : "none"));
    const options = { after: [first], idempotencyKey: "second" };
    const enqueued = await simulation.enqueueUnderFaults({ name: "second" }, options);
    simulation.inject(() => "none");
    if (typeof enqueued === "string") await enqueue("second", options);
    await simulation.settleTogether(1);
    expect(namesOf(ran)).toEqual(["first", "second"]);
    expect(simulation.clock.now() - START).toBeLessThanOrEqual(fault === "again" ? 10_000 : 15 * MINUTE_MS);
  });
});
