import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { pause, resume } from "../../shared/engine/pauses.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Continue, Snooze, type SnoozeUntil } from "../../shared/errors/postponements.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import type { CompletedJob, Job } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type SimulatedType } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ text: z.string(), to: z.string().default("ada") });
type Payload = z.infer<typeof payload>;
type Handler = (job: JobContext<Payload>) => Promise<unknown>;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

const base = {
  type: "digest",
  summary: "Mails a digest.",
  payload,
  retry: { maxAttempts: 2, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  needs: { after: ["digest"] },
} as const;
const definition = defineJob(base);
const digest = { type: "digest" };

/** Keeps what ran, and when. */
function simulate(handler: Handler = async () => undefined, of = definition, others: readonly SimulatedType[] = []) {
  const ran: { readonly text: string; readonly at: number }[] = [];
  const simulation: Simulation<Payload> = new Simulation(
    of,
    (job) => {
      ran.push({ text: job.payload.text, at: simulation.clock.now() - START });
      return handler(job);
    },
    others,
  );
  return { simulation, ran };
}

const text = (content = "hello", to = "ada"): Payload => ({ text: content, to });
const statuses = (simulation: Simulation<Payload>) => simulation.store.jobs().map(({ status }) => status);
const endedAt = (job: Job) => (job as CompletedJob).endedAt - START;

/** Lets minutes pass with the ticker, consuming what comes. */
async function passMinutes(simulation: Simulation<Payload>, minutes: number): Promise<void> {
  const end = simulation.clock.now() + minutes * MINUTE_MS;
  await simulation.settleTogether(1, () => simulation.clock.now() >= end);
}

describe("a pause of a type", () => {
  it("holds its jobs, those on their way included, and a resume frees them all within two minutes", async () => {
    const { simulation, ran } = simulate();
    await simulation.enqueue(text("before"));
    await pause(simulation, digest, { by: "ada" });
    await simulation.enqueue(text("during"));
    await passMinutes(simulation, 180);
    expect(ran).toEqual([]);
    await resume(simulation, digest, "ada");
    await simulation.settleTogether(1);
    expect(statuses(simulation)).toEqual(["completed", "completed"]);
    for (const { at } of ran) expect(at).toBeLessThanOrEqual(182 * MINUTE_MS);
    expect(simulation.store.jobs().map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("that ends by itself frees them too", async () => {
    const { simulation, ran } = simulate();
    await pause(simulation, digest, { by: "ada", until: START + 45 * MINUTE_MS });
    await simulation.enqueue(text());
    await simulation.settleTogether(1);
    expect(ran).toHaveLength(1);
    expect(ran[0]?.at).toBeGreaterThanOrEqual(45 * MINUTE_MS);
    expect(ran[0]?.at).toBeLessThanOrEqual(47 * MINUTE_MS);
  });

  it("does not lose a replay that comes meanwhile, nor begin it", async () => {
    let isBroken = true;
    const { simulation, ran } = simulate(async () => {
      if (isBroken) throw new PermanentError("BROKEN", "Broken.");
    });
    await simulation.enqueue(text());
    await simulation.settle();
    isBroken = false;
    await pause(simulation, digest, { by: "ada" });
    simulation.clock.advance(11_000); // every process has seen it
    simulation.queue.put("digest", JSON.stringify(simulation.deadLetter()));
    await passMinutes(simulation, 90);
    expect(ran).toHaveLength(1);
    expect(simulation.job()).toMatchObject({ status: "pending", run: 2 });
    await resume(simulation, digest, "ada");
    await simulation.settleTogether(1);
    expect(simulation.job()).toMatchObject({ status: "completed", run: 2, attempts: 1 });
  });

  it("frees within two minutes what the ticker would look at in an hour only, since many permits were lost", async () => {
    const { simulation, ran } = simulate();
    await simulation.enqueue(text());
    for (let minute = 0; minute < 180; minute += 1) {
      simulation.queue.messages = [];
      simulation.clock.advance(MINUTE_MS);
      await simulation.tick();
    }
    await pause(simulation, digest, { by: "ada" });
    simulation.clock.advance(11_000);
    simulation.queue.put("digest", JSON.stringify({ v: 1, type: "digest", id: simulation.job().id, run: 1 }));
    await simulation.consumeOne();
    await resume(simulation, digest, "ada");
    const resumedAt = simulation.clock.now() - START;
    await simulation.settleTogether(1);
    expect((ran[0]?.at ?? 0) - resumedAt).toBeLessThanOrEqual(2 * MINUTE_MS);
  });

  it("holds a retry", async () => {
    const { simulation, ran } = simulate(async () => {
      if (ran.length === 1) throw new Error("once");
    });
    await simulation.enqueue(text("retried"));
    await simulation.consumeOne();
    await pause(simulation, digest, { by: "ada" });
    simulation.clock.advance(11_000);
    await passMinutes(simulation, 30);
    expect(ran).toHaveLength(1);
    await resume(simulation, digest, "ada");
    await simulation.settleTogether(1);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("lets a job go on whose worker has died", async () => {
    const { simulation, ran } = simulate();
    await simulation.enqueue(text());
    simulation.inject(({ number }) => (number === 2 ? "before" : "none"));
    await simulation.consumeOne();
    simulation.queue.messages = [];
    await pause(simulation, digest, { by: "ada" });
    await simulation.settleTogether(1);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
    expect(ran).toHaveLength(2);
  });

  it("pays the dead letter that is owed all the same", async () => {
    const { simulation } = simulate(() => Promise.reject(new PermanentError("NO", "No.")));
    await simulation.enqueue(text());
    simulation.inject(({ name }) => (name === "queue.deadLetter" ? "before" : "none"));
    await simulation.consumeOne();
    simulation.inject(() => "none");
    simulation.queue.messages = [];
    await pause(simulation, digest, { by: "ada" });
    simulation.clock.advance(11_000);
    await passMinutes(simulation, 10);
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });
});

describe("a time to live", () => {
  it("ends a job that has not begun by then: cancelled as EXPIRED, and it never runs", async () => {
    const { simulation, ran } = simulate();
    await pause(simulation, digest, { by: "ada", until: START + 10 * MINUTE_MS });
    await simulation.enqueue(text(), { ttlMs: 9 * MINUTE_MS });
    await simulation.settleTogether(1);
    expect(simulation.job()).toMatchObject({ status: "cancelled", errorCode: "EXPIRED", attempts: 1 });
    expect(ran).toEqual([]);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("comes from the type where the enqueue says nothing, and counts from the job's own time", async () => {
    const { simulation } = simulate(undefined, defineJob({ ...base, ttlSeconds: 300 }));
    await simulation.enqueue(text(), { delayMs: HOUR_MS });
    await simulation.settleTogether(1);
    expect(simulation.job().status).toBe("completed");
    await simulation.enqueue(text());
    simulation.clock.advance(300_001);
    await simulation.settleTogether(1);
    expect(statuses(simulation)).toEqual(["completed", "cancelled"]);
  });

  it.each<[string, () => void]>([
    [
      "has failed once",
      () => {
        throw new Error("once");
      },
    ],
    [
      "was snoozed",
      () => {
        throw new Snooze({ delayMs: 20 * MINUTE_MS });
      },
    ],
  ])("does not end a job that has begun: one that %s", async (_, first) => {
    const { simulation, ran } = simulate(
      async () => {
        if (ran.length === 1) first();
      },
      defineJob({ ...base, retry: { maxAttempts: 2, backoff: fixed(20 * MINUTE_MS) } }),
    );
    await simulation.enqueue(text(), { ttlMs: MINUTE_MS });
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    expect(ran).toHaveLength(2);
  });

  it("does not end a job whose first worker has died", async () => {
    const { simulation, ran } = simulate();
    await simulation.enqueue(text(), { ttlMs: MINUTE_MS });
    let writes = 0;
    simulation.inject(({ name }) => (name === "store.apply" && (writes += 1) === 2 ? "before" : "none"));
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
    expect(ran).toHaveLength(2);
  });

  it("tells the jobs that wait for one which expires", async () => {
    const { simulation, ran } = simulate();
    const id = await simulation.enqueue(text("expires"), { ttlMs: 1_000 });
    await simulation.enqueue(text("cancelled"), { after: [id] });
    await simulation.enqueue(text("runs"), { after: [id], onDependencyFailed: "run" });
    simulation.clock.advance(2_000);
    await simulation.settleTogether(1);
    expect(statuses(simulation)).toEqual(["cancelled", "cancelled", "completed"]);
    expect(ran.map((each) => each.text)).toEqual(["runs"]);
    expect(simulation.store.jobs()[1]).toMatchObject({ errorCode: "DEPENDENCY_FAILED" });
  });

  it.each([0, -1, Number.NaN])("of %d ms is refused", async (ttlMs) => {
    const { simulation } = simulate();
    await expect(simulation.enqueue(text(), { ttlMs })).rejects.toThrow("`ttlMs` is milliseconds, more than 0");
  });
});

describe("a snooze", () => {
  const whens: [string, SnoozeUntil, number][] = [
    ["until a time", { until: START + 90_000 }, 90_000],
    ["by a delay", { delayMs: 30_500 }, 30_500],
    ["for many hours", { delayMs: 30 * HOUR_MS }, 30 * HOUR_MS],
    ["until a time that has passed", { until: START - 1 }, 0],
    ["for a negative time", { delayMs: -5 }, 0],
    ["until no time at all", { until: Number.NaN }, 0],
    ["for ever, which is a year", { delayMs: Number.POSITIVE_INFINITY }, YEAR_MS],
  ];
  it.each(whens)("%s brings the job back then, with no attempt used", async (_, when, atMs) => {
    const { simulation, ran } = simulate(async () => {
      if (ran.length === 1) throw new Snooze(when);
    });
    await simulation.enqueue(text());
    await simulation.consumeOne();
    if (atMs > WEEK_MS) simulation.clock.advance(atMs - HOUR_MS);
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1, history: [{ ending: "snooze" }, {}] });
    expect(ran[1]?.at).toBeGreaterThanOrEqual(atMs);
    expect(ran[1]?.at).toBeLessThanOrEqual(atMs + MINUTE_MS);
  });

  it("can happen 50 times to a job of two attempts, which keeps its steps", async () => {
    let steps = 0;
    const { simulation, ran } = simulate(async (job) => {
      await job.step("once", () => (steps += 1));
      if (ran.length <= 50) throw new Snooze({ delayMs: 60_000 });
    });
    await simulation.enqueue(text());
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1 });
    expect(ran).toHaveLength(51);
    expect(steps).toBe(1);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("keeps an open effect open: its receipt is awaited before anything is sent again", async () => {
    let sends = 0;
    const { simulation } = simulate(async (job) => {
      const send = async () => {
        const at = simulation.clock.now();
        const messageId = `mail-${(sends += 1)}`;
        await simulation.receipts.put({ jobId: job.id, effect: "mail", messageId, eventType: "Send", at });
        throw new Error("The answer was lost.");
      };
      await job.effect("mail", { onUnknown: "resend", send }).catch(() => {
        throw new Snooze({ delayMs: 1_000 });
      });
    });
    await simulation.enqueue(text());
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "completed",
      effects: { mail: { receipt: { source: "found" } } },
    });
    expect(sends).toBe(1);
  });

  it.each([
    ["a snooze", () => new Snooze({ delayMs: 1_000 })],
    ["a continue", () => new Continue()],
  ])("and %s after a cancel is refused: the job ends cancelled", async (_, thrown) => {
    const { simulation, ran } = simulate(async (job) => {
      await cancelJob(simulation.controlPorts, job.id);
      throw thrown();
    });
    await simulation.enqueue(text());
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "cancelled", epoch: 1, history: [{ ending: "stop" }] });
    expect(ran).toHaveLength(1);
  });
});

describe("a continue", () => {
  it("goes on 30 times at once although its type has one attempt, from the steps that are done", async () => {
    const one = defineJob({ ...base, retry: { maxAttempts: 1, backoff: fixed(1) } });
    const { simulation, ran } = simulate(async (job) => {
      for (let step = 1; step <= 30; step += 1) {
        let isNew = false;
        await job.step(`step-${step}`, () => void (isNew = true));
        if (isNew) throw new Continue();
      }
    }, one);
    await simulation.enqueue(text());
    await simulation.settleTogether(1);
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1 });
    expect(Object.keys(simulation.job().steps)).toHaveLength(30);
    expect(ran).toHaveLength(31);
    expect(endedAt(simulation.job())).toBeLessThanOrEqual(15 * MINUTE_MS);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("gives a job that fails later all of its attempts", async () => {
    const { simulation, ran } = simulate(async () => {
      if (ran.length === 2) throw new Continue();
      throw new Error("no");
    });
    await simulation.enqueue(text());
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 2 });
    expect(ran).toHaveLength(4);
  });
});
