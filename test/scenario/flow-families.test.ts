import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import { toChild, type ChildOutcome, type WaitOptions } from "../../shared/engine/flow/children.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import type { CompletedJob, Job } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ name: z.string() });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;
const MINUTE_MS = 60_000;

const base = {
  summary: "Is of a family.",
  payload,
  retry: { maxAttempts: 3, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
} as const;
const parent = defineJob({ ...base, type: "parent", needs: { enqueues: ["child"] } });
const child = defineJob({ ...base, type: "child", needs: { enqueues: ["grandchild"] } });
const grandchild = defineJob({ ...base, type: "grandchild" });

/** Children say their name in capitals, or fail when it says so. */
const capitals: Handler = async ({ payload: { name } }) => {
  if (name.startsWith("fails")) throw new PermanentError("NO", `Not ${name}.`);
  return name.toUpperCase();
};

function simulate(ofParent: Handler, ofChild: Handler = capitals, ofGrandchild: Handler = capitals) {
  const ran: string[] = [];
  const watched = (handler: Handler) => (job: JobContext<Payload>) => {
    ran.push(job.payload.name);
    return handler(job);
  };
  const simulation: Simulation<Payload> = new Simulation(parent, watched(ofParent), [
    { definition: child, handler: watched(ofChild) },
    { definition: grandchild, handler: watched(ofGrandchild) },
  ]);
  return { simulation, ran, start: () => simulation.enqueue({ name: "parent" }, { idempotencyKey: "1" }) };
}

const family =
  (names: readonly string[], wait?: WaitOptions): Handler =>
  async (job) => {
    await job.spawnMany(names.map((name) => toChild(name, child, { name })));
    return job.waitForChildren(wait);
  };
const numbered = (count: number, name = (index: number) => `c${index}`) =>
  Array.from({ length: count }, (_, index) => name(index));
const resultOf = (job: Job | undefined) =>
  JSON.parse((job as CompletedJob & { result: { json: string } }).result.json) as unknown;
const byType = (simulation: Simulation<Payload>, type: string) =>
  simulation.store.jobs().filter((job) => job.type === type);
const get = (simulation: Simulation<Payload>, id: string) => simulation.store.get(id);

describe("a job that spawns children", () => {
  it("waits for them without an attempt, and gets their outcomes in order, soon after the last one", async () => {
    const { simulation, start } = simulate(family(["a", "b", "c"]));
    const id = await start();
    await simulation.settleTogether(2);
    const job = await get(simulation, id);
    expect(job).toMatchObject({
      status: "completed",
      attempts: 1,
      history: [{ ending: "wait" }, { ending: "complete" }],
    });
    expect(resultOf(job)).toEqual(
      ["a", "b", "c"]
        .map((name) => ({
          id: `child-parent-1-${name}`,
          type: "child",
          status: "completed",
          result: name.toUpperCase(),
        }))
        .map((outcome) => ({ ...outcome, id: expect.any(String) })),
    );
    expect((job as CompletedJob).endedAt - START).toBeLessThanOrEqual(10_000);
  });

  it("spawns each once over its retries, by ids that follow from its own and their names", async () => {
    const seen: string[][] = [];
    const { simulation, start, ran } = simulate(async (job) => {
      const one = await job.spawn("one", child, { name: "one" });
      const more = await job.spawnMany([
        toChild("two", child, { name: `two at attempt ${job.attempt}` }),
        toChild("one", child, { name: "one" }),
      ]);
      seen.push([one, ...more].map((each) => each.id));
      if (job.attempt < 3) throw new Error("not yet");
      return job.waitForChildren();
    });
    const id = await start();
    await simulation.settleTogether(1);
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "completed", attempts: 3 });
    expect(new Set(seen.map((ids) => ids.join(" "))).size).toBe(1);
    expect(seen[0]?.[0]).toBe(seen[0]?.[2]);
    expect(byType(simulation, "child")).toHaveLength(2);
    expect(ran.filter((name) => name.startsWith("two"))).toEqual(["two at attempt 1"]);
  });

  it("has children of its own, whatever the names of others and theirs are", async () => {
    const { simulation } = simulate((job) => family([job.payload.name === "long" ? "x" : "2-x"])(job));
    await simulation.enqueue({ name: "short" }, { idempotencyKey: "1" });
    await simulation.enqueue({ name: "long" }, { idempotencyKey: "1-2" });
    await simulation.settleTogether(2);
    const [one, other] = byType(simulation, "parent").map((job) => resultOf(job) as ChildOutcome[]);
    expect([one?.[0]?.result, other?.[0]?.result]).toEqual(["2-X", "X"]);
    expect(byType(simulation, "child")).toHaveLength(2);
  });

  it("hands tenant and correlation id on", async () => {
    const { simulation } = simulate(family(["a"]));
    await simulation.enqueue({ name: "parent" }, { tenant: "acme", correlationId: "request-1" });
    await simulation.settleTogether(1);
    expect(byType(simulation, "child")).toMatchObject([
      { tenant: "acme", correlationId: "request-1", parent: { tenant: "acme" } },
    ]);
  });

  it("without any goes on at once", async () => {
    const { simulation, start } = simulate((job) => job.waitForChildren());
    const id = await start();
    await simulation.settle();
    expect(resultOf(await get(simulation, id))).toEqual([]);
  });

  it.each(["", "a b", "ä", "x".repeat(101), "a/b"])("is refused the name %j", async (name) => {
    const { simulation, start } = simulate(family([name]));
    const id = await start();
    await simulation.settle();
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "failed", error: { code: "INVALID_NAME" } });
    expect(simulation.store.jobs()).toHaveLength(1);
  });

  it("is refused more than 1,000, in one call or several, with none of the call's put", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("first", child, { name: "first" });
      await job.spawnMany(numbered(1_000).map((name) => toChild(name, child, { name })));
    });
    const id = await start();
    await simulation.settle();
    await expect(get(simulation, id)).resolves.toMatchObject({
      status: "failed",
      error: { code: "TOO_MANY_CHILDREN" },
    });
    expect(byType(simulation, "child")).toHaveLength(1);
  });
});

/** Counts the reads of many rows: how often somebody looks at a family. */
function countLooks({ store }: Simulation<Payload>): () => number {
  const getMany = store.getMany.bind(store);
  let looks = 0;
  store.getMany = (ids) => {
    looks += 1;
    return getMany(ids);
  };
  return () => looks;
}

/** Not all at the same moment: between 1 and 2 s. */
const workMsOf = (name: string): number => 1_000 + ((Number(name.replace(/\D/g, "")) * 397) % 1_000);

describe("a family of 1,000", () => {
  const LARGE = "x".repeat(40_000);

  // The bound: 100 rows a read; the handler's first look, the message's four later ones, and few others.
  it.each([
    ["one in a hundred of which fails", 100, 10],
    ["all of which fail", 1, 1_000],
  ])("%s tells its parent how each has ended, in order, for few looks", async (_, every, failures) => {
    const names = numbered(1_000, (index) => (index % every === every - 1 ? `fails-${index}` : `c${index}`));
    let outcomes: ChildOutcome[] = [];
    const { simulation, start } = simulate(
      async (job) => {
        outcomes = (await family(names, { onFailed: "return" })(job)) as ChildOutcome[];
      },
      async (job) => {
        await simulation.nap(workMsOf(job.payload.name));
        return job.payload.name === "c500" ? LARGE : capitals(job);
      },
    );
    const looks = countLooks(simulation);
    const id = await start();
    await simulation.settleTogether(50);
    process.stdout.write(`1,000 children, ${failures} failing: ${looks()} reads of 100 rows\n`);
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "completed", attempts: 1 });
    expect(outcomes.map(({ status }) => status)).toEqual(
      names.map((name) => (name.startsWith("f") ? "failed" : "completed")),
    );
    const expected = names.map((name) =>
      name.startsWith("f") ? undefined : name === "c500" ? LARGE : name.toUpperCase(),
    );
    expect(outcomes.map(({ result }) => result)).toEqual(expected);
    expect(outcomes.filter(({ error }) => error?.code === "NO")).toHaveLength(failures);
    expect(looks()).toBeLessThan(60);
  });

  it("of which one fails makes a parent fail that does not say otherwise, soon", async () => {
    const names = numbered(1_000, (index) => (index === 300 ? "fails" : `c${index}`));
    const { simulation, start } = simulate(family(names), async (job) => {
      await simulation.nap(workMsOf(job.payload.name));
      return capitals(job);
    });
    const looks = countLooks(simulation);
    const id = await start();
    await simulation.settleTogether(1_001); // one for each, for all types share these
    const job = await get(simulation, id);
    expect(job).toMatchObject({ status: "failed", attempts: 1, error: { code: "DEPENDENCY_FAILED" } });
    expect(job?.error?.message).toMatch(/^Job child-.+, which this one waited for, failed\.$/);
    expect((job as CompletedJob).endedAt - START).toBeLessThanOrEqual(10_000);
    expect(byType(simulation, "child").filter(({ status }) => status === "completed")).toHaveLength(999);
    expect(looks()).toBeLessThan(60);
  });
});

describe("a parent that waits", () => {
  it("and is cancelled ends at once; its children go on to their ends", async () => {
    const { simulation, start } = simulate(family(["a", "b"]), async (job) =>
      simulation.nap(5_000).then(() => capitals(job)),
    );
    const id = await start();
    void simulation.nap(2_000).then(() => cancelJob(simulation.controlPorts, id));
    await simulation.settleTogether(3);
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "cancelled", endedAt: START + 2_000 });
    expect(byType(simulation, "child").map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("or would begin to after a cancel, ends cancelled instead", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("later", child, { name: "later" }, { delayMs: MINUTE_MS });
      await cancelJob(simulation.controlPorts, job.id);
      return job.waitForChildren();
    });
    const id = await start();
    await simulation.consumeOne();
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "cancelled", history: [{ ending: "stop" }] });
  });

  it("goes on within seconds of the last one's end, also hours later", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("soon", child, { name: "soon" });
      await job.spawn("later", child, { name: "later" }, { delayMs: 150 * MINUTE_MS });
      return job.waitForChildren();
    });
    const id = await start();
    await simulation.settleTogether(2);
    const at = (job: Job | undefined) => (job as CompletedJob).endedAt - START;
    expect(at(await get(simulation, id)) - at(byType(simulation, "child")[1])).toBeLessThanOrEqual(6_000);
  });

  it("hears of a failure at once, although many others are open, and then fails", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("fails", child, { name: "fails" }, { delayMs: 150 * MINUTE_MS });
      for (const name of numbered(20)) await job.spawn(name, child, { name }, { delayMs: 300 * MINUTE_MS });
      return job.waitForChildren();
    });
    const id = await start();
    await simulation.settleTogether(2);
    const at = (job: Job | undefined) => (job as CompletedJob).endedAt - START;
    await expect(get(simulation, id)).resolves.toMatchObject({
      status: "failed",
      error: { code: "DEPENDENCY_FAILED" },
    });
    expect(at(await get(simulation, id)) - at(byType(simulation, "child")[0])).toBeLessThanOrEqual(1_000);
  });

  it("hears of a child that was cancelled", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("later", child, { name: "later" }, { delayMs: 60 * MINUTE_MS });
      return job.waitForChildren({ onFailed: "return" });
    });
    const id = await start();
    await simulation.consumeOne();
    await cancelJob(simulation.controlPorts, byType(simulation, "child")[0]?.id ?? "");
    await simulation.settleTogether(1);
    expect(resultOf(await get(simulation, id))).toMatchObject([{ status: "cancelled" }]);
    expect(((await get(simulation, id)) as CompletedJob).endedAt - START).toBeLessThanOrEqual(MINUTE_MS);
  });

  it("waits again for a child that is replayed meanwhile, and gets what it came to", async () => {
    let isBroken = true;
    const { simulation, start } = simulate(family(["flaky", "slow"], { onFailed: "return" }), async (job) => {
      if (job.payload.name === "slow") await simulation.nap(50_000);
      else if (isBroken) throw new PermanentError("BROKEN", "Broken.");
      else await simulation.nap(50_000);
      return capitals(job);
    });
    const id = await start();
    simulation.clock.after(30_000, () => {
      isBroken = false;
      simulation.queue.put("child", simulation.queue.deadLetters[0]?.body ?? "");
    });
    await simulation.settleTogether(3);
    expect(resultOf(await get(simulation, id))).toMatchObject([{ result: "FLAKY" }, { result: "SLOW" }]);
  });

  it("and has failed for a child completes when first the child is replayed, then itself", async () => {
    let isBroken = true;
    const { simulation, start, ran } = simulate(family(["flaky", "good"]), async (job) => {
      if (job.payload.name === "flaky" && isBroken) throw new PermanentError("BROKEN", "Broken.");
      return capitals(job);
    });
    const id = await start();
    await simulation.settleTogether(1);
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "failed" });
    isBroken = false;
    for (const type of ["child", "parent"]) {
      simulation.queue.put(type, simulation.queue.deadLetters.find((letter) => letter.type === type)?.body ?? "");
      await simulation.settleTogether(1);
    }
    await expect(get(simulation, id)).resolves.toMatchObject({ status: "completed", run: 2 });
    expect(ran.filter((name) => name === "good")).toHaveLength(1);
  });

  it("for children that wait for theirs gets what all came to", async () => {
    const ofChild: Handler = async (job) => {
      await job.spawnMany(["x", "y"].map((name) => toChild(name, grandchild, { name: `${job.payload.name}${name}` })));
      const outcomes = await job.waitForChildren();
      return outcomes.map(({ result }) => result).join("+");
    };
    const { simulation, start, ran } = simulate(family(["a", "b", "c"]), ofChild);
    const id = await start();
    await simulation.settleTogether(4);
    const outcomes = resultOf(await get(simulation, id)) as ChildOutcome[];
    expect(outcomes.map(({ result }) => result)).toEqual(["AX+AY", "BX+BY", "CX+CY"]);
    expect(ran.filter((name) => name.length === 2)).toHaveLength(6);
  });

  it("goes on within seven minutes of their end although every wake is lost", async () => {
    const { simulation, start } = simulate(async (job) => {
      await job.spawn("later", child, { name: "later" }, { delayMs: 150 * MINUTE_MS });
      return job.waitForChildren();
    });
    const id = await start();
    simulation.queue.send = async () => undefined;
    const { queue } = simulation;
    queue.sendAll = async (_, outgoing) => {
      for (const { permit, delaySeconds } of outgoing) queue.put(permit.type, JSON.stringify(permit), delaySeconds);
      return outgoing;
    };
    await simulation.settleTogether(2);
    const at = (job: Job | undefined) => (job as CompletedJob).endedAt - START;
    expect(at(await get(simulation, id)) - at(byType(simulation, "child")[0])).toBeLessThanOrEqual(7 * MINUTE_MS);
  });
});

const small = (wait: WaitOptions) => simulate(family(["a", "fails", "c"], wait));

async function countCalls(wait: WaitOptions): Promise<number> {
  const { simulation, start } = small(wait);
  await start();
  await simulation.settleTogether(1);
  return simulation.calls.length;
}

const most = Math.max(await countCalls({ onFailed: "return" }), await countCalls({ onFailed: "fail" }));
const faults: Fault[] = ["before", "after", "lost", "again"];
const cases = (["return", "fail"] as const).flatMap((onFailed) => faults.map((fault) => ({ onFailed, fault })));

describe("a small family one of whose processes dies, or loses an answer, at any one of its calls", () => {
  it.each(cases)("comes to its end, with no child twice: $onFailed, $fault", async ({ onFailed, fault }) => {
    expect(most).toBeGreaterThan(15);
    for (let number = 1; number <= most; number += 1) {
      const { simulation, start, ran } = small({ onFailed });
      const id = await start();
      simulation.inject((call) => (call.number === number ? fault : "none"));
      await simulation.settleTogether(1);
      const status = onFailed === "return" ? "completed" : "failed";
      const job = await get(simulation, id);
      expect({ number, status: job?.status, code: job?.error?.code }).toEqual({
        number,
        status,
        code: onFailed === "return" ? undefined : "DEPENDENCY_FAILED",
      });
      expect(byType(simulation, "child").map((each) => each.status)).toEqual(["completed", "failed", "completed"]);
      expect(ran.filter((name) => name !== "parent").length).toBeLessThanOrEqual(4);
      expect(simulation.clock.now() - START).toBeLessThanOrEqual(20 * MINUTE_MS);
    }
  });
});
