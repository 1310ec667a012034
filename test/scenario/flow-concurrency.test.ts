import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { holdersOf } from "../../shared/engine/limits/concurrency-slots.ts";
import type { IdSource } from "../../shared/ports/id-source.ts";
import { defineJob, type JobDefinition } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type SimulatedType } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;
const MINUTE_MS = 60_000;
const CALL_MS = 20_000;

const typeOf = (more: Partial<JobDefinition<Payload>> = {}) =>
  defineJob({
    type: "call",
    summary: "Calls somebody who takes one call at a time.",
    payload,
    retry: { maxAttempts: 3, backoff: fixed(5_000) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
    limits: { concurrency: { name: "lines", limit: 1 } },
    ...more,
  });

/** A simulation whose random numbers differ, the same ones in each run: pauses of workers do not keep in step. */
class ScatteredSimulation extends Simulation<Payload> {
  #state = 1;
  #ids = 0;

  override get ids(): IdSource {
    return {
      newId: () => `id-${(this.#ids += 1)}`,
      random: () => (this.#state = (this.#state * 48_271) % 2_147_483_647) / 2_147_483_647,
    };
  }
}

/** Keeps when its attempts began, and how many ran at once. */
function simulate(definition = typeOf(), during?: Handler, others: readonly SimulatedType[] = []) {
  const seen = { starts: [] as { readonly name: string; readonly at: number }[], running: 0, mostAtOnce: 0 };
  const watched: Handler = async (job) => {
    seen.starts.push({ name: job.payload.name, at: simulation.clock.now() - START });
    seen.running += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.running);
    try {
      return await (during === undefined ? simulation.nap(CALL_MS) : during(job));
    } finally {
      seen.running -= 1;
    }
  };
  const further = others.map((other) => ({ ...other, handler: watched }));
  const simulation: Simulation<Payload> = new ScatteredSimulation(definition, watched, further);
  return { simulation, seen };
}

async function enqueueSome(simulation: Simulation<Payload>, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await simulation.enqueue({ name: `job-${index}` });
}

const statuses = (simulation: Simulation<Payload>) => simulation.store.jobs().map(({ status }) => status);
const done = (count: number): string[] => Array.from({ length: count }, () => "completed");
const holders = ({ records, clock }: Simulation<Payload>) => holdersOf(records, "lines", clock.now());

/** Names of jobs in the order in which they were first put in line for a slot, or got one. */
function watchLine(simulation: Simulation<Payload>): string[] {
  const line: string[] = [];
  const note = (body: object) => {
    const { holders: held, waiters = [] } = z
      .object({ holders: z.record(z.string(), z.unknown()), waiters: z.array(z.object({ id: z.string() })).optional() })
      .parse(body);
    line.push(...[...Object.keys(held), ...waiters.map(({ id }) => id)].filter((id) => !line.includes(id)));
  };
  const { records } = simulation;
  const [create, replace] = [records.create.bind(records), records.replace.bind(records)];
  records.create = async (key, body) => {
    const created = await create(key, body);
    if (created.isCreated) note(body);
    return created;
  };
  records.replace = async (key, version, body) => {
    const isReplaced = await replace(key, version, body);
    if (isReplaced) note(body);
    return isReplaced;
  };
  return line;
}

describe("a concurrency limit of 1", () => {
  it("works off 60 jobs of 20 s with hardly a gap, with few calls, in the order in which they came into line", async () => {
    const { simulation, seen } = simulate();
    const line = watchLine(simulation);
    await enqueueSome(simulation, 60);
    const ids = new Map(simulation.store.jobs().map((job) => [payload.parse(job.payload).name, job.id]));
    await simulation.settleTogether(10);
    expect(statuses(simulation)).toEqual(done(60));
    expect(seen.mostAtOnce).toBe(1);
    expect(Math.max(...seen.starts.map(({ at }) => at)) + CALL_MS).toBeLessThanOrEqual(1.15 * 20 * MINUTE_MS);
    expect(seen.starts.map(({ name }) => ids.get(name))).toEqual(line);
    expect(simulation.calls.length / 60).toBeLessThan(60);
  });

  it("lets each job wait about as long as the others, while as many come as are done", async () => {
    const { simulation, seen } = simulate();
    const cameAt = new Map<string, number>();
    const come = async (name: string) => {
      cameAt.set(name, simulation.clock.now() - START);
      await simulation.enqueue({ name });
    };
    for (let index = 0; index < 15; index += 1) await come(`early-${index}`);
    for (let index = 1; index <= 60; index += 1) void simulation.nap(index * CALL_MS).then(() => come(`late-${index}`));
    await simulation.settleTogether(10);
    const waits = seen.starts
      .filter(({ name }) => name.startsWith("late"))
      .map(({ name, at }) => at - (cameAt.get(name) ?? 0));
    expect(waits).toHaveLength(60);
    const meanMs = waits.reduce((sum, waitMs) => sum + waitMs, 0) / waits.length;
    expect(Math.max(...waits)).toBeLessThanOrEqual(1.5 * meanMs);
    expect(seen.mostAtOnce).toBe(1);
  });

  it("works off 40 jobs of 20 s with priorities in under 20 minutes, with under 60 calls a job", async () => {
    const { simulation, seen } = simulate(typeOf({ isPrioritised: true }));
    await enqueueSome(simulation, 40);
    await simulation.settleTogether(10, () => simulation.clock.now() > START + 60 * MINUTE_MS);
    expect(statuses(simulation)).toEqual(done(40));
    expect(seen.mostAtOnce).toBe(1);
    expect(Math.max(...seen.starts.map(({ at }) => at)) + CALL_MS).toBeLessThan(20 * MINUTE_MS);
    expect(simulation.calls.length / 40).toBeLessThan(60);
  });

  it.each([1, 2, 5])("together with a rate limit holds when permits come %d times more than once", async (copies) => {
    const rate = { name: "calls", limit: 10, perSeconds: 1 };
    const { simulation, seen } = simulate(typeOf({ limits: { rate, concurrency: { name: "lines", limit: 1 } } }));
    await enqueueSome(simulation, 3);
    const bodies = simulation.queue.messages.map(({ body }) => body);
    for (const body of Array.from({ length: copies }, () => bodies).flat()) simulation.queue.put("call", body);
    await simulation.settleTogether(8);
    expect(seen.mostAtOnce).toBe(1);
    expect(statuses(simulation)).toEqual(done(3));
    expect(seen.starts).toHaveLength(3);
  });

  it("whose slot could not be given back does not bring the message of a job back that is done", async () => {
    const { simulation } = simulate(typeOf(), async () => "well");
    const id = await simulation.enqueue({ name: "first" });
    const replace = simulation.records.replace.bind(simulation.records);
    simulation.records.replace = () => Promise.reject(new Error("Throttled."));
    await expect(simulation.consumeOne()).resolves.toBe("done");
    simulation.records.replace = replace;
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "completed" });
    expect(simulation.queue.messages).toEqual([]);
    await enqueueSome(simulation, 1);
    await simulation.settle();
    expect(statuses(simulation)).toEqual(done(2));
    expect(simulation.clock.now() - START).toBeLessThan(20 * MINUTE_MS); // lease and skew
  });

  it("is not shut by a retry that comes in company and is refused", async () => {
    const run = { timeoutSeconds: 60, memoryMb: 128, batchSize: 10 };
    const { simulation, seen } = simulate(typeOf({ run }), () => Promise.reject(new Error("not yet")));
    await simulation.enqueue({ name: "job" });
    await simulation.consumeOne();
    simulation.clock.advance(6_000);
    await simulation.consumeOne({ hasCompany: true });
    expect(simulation.job()).toMatchObject({ status: "retrying", attempts: 1 });
    await expect(holders(simulation)).resolves.toEqual([]);
    await simulation.settle();
    expect(seen.starts).toHaveLength(3);
  });

  it("whose name and key read like another limit's name is a limit of its own", async () => {
    const limitOf = (name: string, key?: string) => ({
      concurrency: { name, limit: 1, ...(key !== undefined && { key: () => key }) },
    });
    const other = typeOf({ type: "other_call", limits: limitOf("lines-eu") });
    const definition = other as SimulatedType["definition"];
    const { simulation, seen } = simulate(typeOf({ limits: limitOf("lines", "eu") }), undefined, [
      { definition, handler: async () => undefined },
    ]);
    await simulation.enqueue({ name: "one" });
    await createEnqueue(simulation.enqueuePorts)(other, { name: "two" });
    await simulation.settleTogether(2);
    expect(seen.mostAtOnce).toBe(2);
    expect(seen.starts.map(({ at }) => at)).toEqual([0, 0]);
  });
});
