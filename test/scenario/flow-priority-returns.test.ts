import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { pause, resume } from "../../shared/engine/pauses.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Snooze } from "../../shared/errors/postponements.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
type Payload = z.infer<typeof payload>;

const definition = defineJob({
  type: "render",
  summary: "Renders a page.",
  payload,
  retry: { maxAttempts: 3, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  isPrioritised: true,
});

/** Keeps the names of its jobs in the order in which they run. */
function simulate(handler: (job: JobContext<Payload>) => Promise<unknown> = async () => undefined) {
  const ran: string[] = [];
  const simulation = new Simulation(definition, (job) => {
    ran.push(job.payload.name);
    return handler(job);
  });
  return { simulation, ran };
}

async function enqueueSome(simulation: Simulation<Payload>, tenant: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await simulation.enqueue({ name: `${tenant}-${index}` }, { tenant });
}

const countOf = (names: readonly string[], tenant: string) =>
  names.filter((name) => name.startsWith(`${tenant}-`)).length;

describe("a job of a prioritised type that comes back", () => {
  // The ticker sees it within two minutes, in which 40 jobs of 3 s run.
  it("after a failure runs before what is less urgent, although many permits are in the queue", async () => {
    let fails = 1;
    const { simulation, ran } = simulate(async ({ payload: { name } }) => {
      if (name === "urgent" && (fails -= 1) >= 0) throw new Error("not yet");
      await simulation.nap(3_000);
    });
    await simulation.enqueue({ name: "urgent" }, { priority: 9 });
    await enqueueSome(simulation, "other", 100);
    await simulation.settleTogether(1);
    expect(countOf(ran, "other")).toBe(100);
    expect(ran.filter((name) => name === "urgent")).toHaveLength(2);
    expect(ran.lastIndexOf("urgent")).toBeLessThanOrEqual(43);
  });

  it("after a failure does not stand behind its own tenant's others of the same priority", async () => {
    let fails = 1;
    const { simulation, ran } = simulate(async ({ payload: { name } }) => {
      if (name === "one-0" && (fails -= 1) >= 0) throw new Error("not yet");
      await simulation.nap(3_000);
    });
    await enqueueSome(simulation, "one", 100);
    await simulation.settleTogether(1);
    expect(ran).toHaveLength(101);
    expect(ran.lastIndexOf("one-0")).toBeLessThanOrEqual(43);
  });

  it("by its own time runs before what is less urgent, and not before its time", async () => {
    const { simulation, ran } = simulate(async () => simulation.nap(3_000));
    const id = await simulation.enqueue({ name: "later" }, { priority: 9, delayMs: 30_000 });
    await enqueueSome(simulation, "other", 100);
    await simulation.settleTogether(1);
    expect(ran.indexOf("later")).toBeGreaterThanOrEqual(10);
    expect(ran.indexOf("later")).toBeLessThanOrEqual(51);
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "completed", attempts: 1 });
  });

  it("by its own time hours ahead runs before what is less urgent", async () => {
    const { simulation, ran } = simulate(async () => simulation.nap(3_000));
    const runAt = START + 3 * 60 * 60_000;
    await simulation.enqueue({ name: "later" }, { priority: 9, runAt });
    await simulation.settleTogether(1, () => simulation.clock.now() >= runAt - 60_000);
    await enqueueSome(simulation, "other", 100);
    await simulation.settleTogether(1);
    expect(ran.indexOf("later")).toBeGreaterThanOrEqual(20);
    expect(ran.indexOf("later")).toBeLessThanOrEqual(61);
  });

  it("by a person's word on its effect runs again", async () => {
    const send = () => Promise.reject(new Error("The answer was lost."));
    const { simulation } = simulate((job) => job.effect("mail", { onUnknown: "review", send }));
    const id = await simulation.enqueue({ name: "mail" });
    await simulation.settle();
    expect(simulation.job().status).toBe("needs_review");
    await resolveJob(simulation.controlPorts, id, "mail", { sent: true, receipt: "seen" }, "ada");
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });

  it("by its dead letter runs again, before what is less urgent", async () => {
    let isBroken = true;
    const { simulation, ran } = simulate(async ({ payload: { name } }) => {
      if (name === "urgent" && isBroken) throw new Error("broken");
    });
    await simulation.enqueue({ name: "urgent" }, { priority: 9 });
    await simulation.settle();
    isBroken = false;
    ran.length = 0;
    simulation.queue.put("render", JSON.stringify(simulation.deadLetter()));
    await enqueueSome(simulation, "other", 5);
    await simulation.settle();
    expect(ran).toEqual(["urgent", "other-0", "other-1", "other-2", "other-3", "other-4"]);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(Array(6).fill("completed"));
  });

  it("from its own snooze runs again, with no attempt used", async () => {
    const { simulation, ran } = simulate(async () => {
      if (ran.length < 3) throw new Snooze({ delayMs: 20_000 });
    });
    await simulation.enqueue({ name: "tired" });
    await simulation.settle();
    expect(ran).toEqual(["tired", "tired", "tired"]);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1 });
  });

  it("from a crash of its worker runs again when its lease is over", async () => {
    const { simulation, ran } = simulate();
    await simulation.enqueue({ name: "only" });
    let writes = 0;
    simulation.inject(({ name }) => (name === "store.apply" && (writes += 1) === 2 ? "before" : "none"));
    await simulation.settle();
    expect(ran).toEqual(["only", "only"]);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
  });
});

describe("many jobs of one tenant that come back to a prioritised type at once", () => {
  it("take turns with another tenant's, who comes after they have been replayed", async () => {
    let isBroken = true;
    const { simulation, ran } = simulate(async () => {
      if (isBroken) throw new PermanentError("BROKEN", "Broken.");
    });
    await enqueueSome(simulation, "large", 100);
    await simulation.settle();
    isBroken = false;
    const type = { type: "render" };
    await pause(simulation, type, { by: "ada" });
    simulation.clock.advance(11_000); // every process has seen it
    for (const { body } of simulation.queue.deadLetters) simulation.queue.put("render", body);
    const resumedAt = simulation.clock.now() + 5 * 60_000;
    await simulation.settleTogether(1, () => simulation.clock.now() >= resumedAt);
    await resume(simulation, type, "ada");
    simulation.clock.advance(11_000);
    ran.length = 0;
    await enqueueSome(simulation, "small", 10);
    await simulation.tick();
    await simulation.settleTogether(1, () => ran.length >= 40);
    expect(countOf(ran, "small")).toBe(10);
    await simulation.settleTogether(1);
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(Array(110).fill("completed"));
  });

  it("take turns with another tenant's when each of them fails twice", async () => {
    const seen = new Map<string, number>();
    const { simulation, ran } = simulate(async ({ payload: { name } }) => {
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      await simulation.nap(1_000);
      if (name.startsWith("large") && times < 3) throw new Error("not yet");
    });
    await enqueueSome(simulation, "large", 100);
    await enqueueSome(simulation, "small", 30);
    await simulation.settleTogether(1);
    // Two lines of one tenant, those that come back and the others, and one of the other tenant.
    expect(countOf(ran.slice(0, 100), "small")).toBe(30);
    expect(ran).toHaveLength(330);
  });
});
