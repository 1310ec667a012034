import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob, resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { tick } from "../../shared/engine/ticker.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { payDeadLetter } from "../../shared/job/transitions/upkeep.ts";
import { fixed, type Backoff } from "../../shared/job/retry-policy.ts";
import { aJob } from "../support/job-store-suite.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ to: z.string() });
type Context = JobContext<z.infer<typeof payload>>;

const greeting = (backoff: Backoff = fixed(5_000)) =>
  defineJob({
    type: "greeting",
    summary: "Greets.",
    payload,
    retry: { maxAttempts: 3, backoff },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  });
const simulate = (handler: (job: Context) => Promise<unknown>) => new Simulation(greeting(), handler);
const HOUR_MS = 60 * 60 * 1000;

/** Lets others go first so many times. */
async function yieldTimes(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("effects and steps that run side by side", () => {
  it("keep each other's receipts", async () => {
    let mails = 0;
    const simulation = simulate(async (job) => {
      const send = async () => ({ id: `mail-${(mails += 1)}` });
      await Promise.all(["one", "two", "three"].map((name) => job.effect(name, { onUnknown: "review", send })));
    });
    const apply = simulation.store.apply.bind(simulation.store);
    let answers = 0;
    simulation.store.apply = async (...args) => {
      const applied = await apply(...args);
      await yieldTimes((answers += 7) % 5);
      return applied;
    };
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    expect(Object.values(simulation.job().effects).map(({ receipt }) => receipt?.source)).toEqual([
      "send",
      "send",
      "send",
    ]);
    expect(mails).toBe(3);
  });

  it("are not run again when a later attempt asks for them", async () => {
    const ran: string[] = [];
    const simulation = simulate(async (job) => {
      await Promise.all(
        ["a", "b", "c"].map((name) => job.step(name, async () => void (await yieldTimes(2), ran.push(name)))),
      );
      if (job.attempt === 1) throw new Error("once");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(ran).toEqual(["a", "b", "c"]);
  });
});

describe("a step that is still running at the deadline", () => {
  it("lets the handler go no further", async () => {
    let isPast = false;
    const simulation = simulate(async (job) => {
      await job.step("slow", () => job.attempt === 1 && simulation.clock.advance(54_000));
      isPast = job.attempt === 1;
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    expect(simulation.job()).toMatchObject({ status: "retrying", error: { code: "TIMEOUT" } });
    expect(isPast).toBe(false);
  });
});

describe("a result", () => {
  const sendingOnce = (result: () => unknown) => {
    let mails = 0;
    const simulation = simulate(async (job) => {
      await job.effect("mail", { onUnknown: "resend", send: async () => ({ id: `mail-${(mails += 1)}` }) });
      return result();
    });
    return { simulation, mails: () => mails };
  };

  it("that has no JSON form fails the job once, with its mail sent once", async () => {
    const { simulation, mails } = sendingOnce(() => ({ count: 1n }));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, error: { code: "VALUE_NOT_JSON" } });
    expect(mails()).toBe(1);
  });

  it("that could not be stored at first is stored by the next attempt, with the mail sent once", async () => {
    const { simulation, mails } = sendingOnce(() => "x".repeat(40_000));
    simulation.inject(({ name, number }) => (name === "values.put" && number < 6 ? "lost" : "none"));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "completed",
      attempts: 2,
      result: { spilledTo: expect.any(String) },
    });
    expect(mails()).toBe(1);
  });

  it("keeps every number", async () => {
    const numbers = [1e20, 2 ** 53 + 2, 1e200, 1e-300, -0.1];
    const simulation = simulate(async () => numbers);
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", result: { json: JSON.stringify(numbers) } });
  });
});

describe("a step's result", () => {
  it("over 32 KB lies beside the row, and a later attempt gets it from there", async () => {
    const seen: number[] = [];
    const simulation = simulate(async (job) => {
      const text = await job.step("long", () => "é".repeat(20_000));
      seen.push(text.length);
      if (job.attempt === 1) throw new Error("once");
      return text;
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(seen).toEqual([20_000, 20_000]);
    expect(simulation.job().steps["long"]).toMatchObject({ spilledTo: `steps/greeting/${id}/${START}-1/long.json` });
  });

  it("goes beside the row too when all of them together would fill it", async () => {
    const simulation = simulate(async (job) => {
      for (let index = 0; index < 14; index += 1) await job.step(`step-${index}`, () => "x".repeat(31_000));
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const inline = Object.values(simulation.job().steps).filter((step) => "json" in step);
    expect(simulation.job().status).toBe("completed");
    expect(inline).toHaveLength(3);
  });

  it("named result is not taken for the job's own", async () => {
    const simulation = simulate(async (job) => {
      await job.step("result", () => "step ".repeat(10_000));
      return "job ".repeat(10_000);
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const { result, steps } = simulation.job() as unknown as { result: object; steps: { result: object } };
    expect(result).not.toMatchObject({ spilledTo: (steps.result as { spilledTo: string }).spilledTo });
  });

  it.each(["constructor", "valueOf", "toString"])("is its own for a step named %s", async (name) => {
    const simulation = simulate((job) => job.step(name, () => 42));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", result: { json: "42" } });
  });

  it.each(["__proto__", "", "a b", "1st"])("cannot be named %j", async (name) => {
    const simulation = simulate((job) => job.step(name, () => 42));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "INVALID_NAME" } });
  });
});

describe("whatever a handler throws", () => {
  it.each([
    ["an error with a number for a name", Object.assign(new Error("odd"), { name: 404 })],
    ["an error without a name", Object.assign(new Error("odd"), { name: undefined })],
    ["an error with an object for a message", Object.assign(new Error("odd"), { message: {} })],
    ["nothing", undefined],
    ["a text", "odd"],
  ])("is recorded, and the job ends in the DLQ: %s", async (_, thrown) => {
    const simulation = simulate(() => Promise.reject(thrown));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 3, error: { code: expect.any(String) } });
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });
});

describe("a cancel that was acknowledged", () => {
  it("is seen before the first step", async () => {
    let steps = 0;
    const simulation = simulate(async (job) => {
      await cancelJob(simulation.controlPorts, job.id);
      await job.step("one", () => (steps += 1));
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
    expect(steps).toBe(0);
  });

  it("is not forgotten when the attempt fails for good: there is no dead letter to replay", async () => {
    const simulation = simulate(async (job) => {
      await cancelJob(simulation.controlPorts, job.id);
      throw new PermanentError("BROKEN", "Broken.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("takes the job also when its worker gives it back between the two looks", async () => {
    const simulation = simulate(async (job) => {
      const { store } = simulation;
      const apply = store.apply.bind(store);
      let looks = 0;
      const racing = Object.assign(Object.create(store) as typeof store, {
        get: (id: string) => store.get(id),
        apply: async (...args: Parameters<typeof apply>) => {
          looks += 1;
          // After the first look (it is processing) the worker retries it, and it is claimed again before the third.
          if (looks === 2)
            await apply(job.id, { name: "back", condition: { all: [] }, changes: setStatus("retrying") });
          if (looks === 3)
            await apply(job.id, { name: "again", condition: { all: [] }, changes: setStatus("processing") });
          return apply(...args);
        },
      });
      await expect(cancelJob({ ...simulation.controlPorts, store: racing }, job.id)).resolves.toBe("requested");
      await job.step("one", () => 1);
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
  });
});

const setStatus = (status: string) => ({ set: [{ path: ["status"] as const, value: status }], add: [], remove: [] });

describe("a person's word", () => {
  const waiting = async () => {
    let mails = 0;
    const simulation = simulate(async (job) => {
      const send = async () => {
        mails += 1;
        if (mails === 1) throw new Error("The answer was lost.");
        return { id: `mail-${mails}` };
      };
      await job.effect("mail", { onUnknown: "review", send });
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("needs_review");
    return { simulation, id, mails: () => mails };
  };

  it("again is not undone by a receipt of the first send that comes in afterwards with an earlier time", async () => {
    const { simulation, id, mails } = await waiting();
    const old = { jobId: id, effect: "mail", messageId: "old", eventType: "Delivery", at: START + 1 };
    await simulation.receipts.put(old);
    await resolveJob(simulation.controlPorts, id, "mail", { again: true }, "ada");
    simulation.inject(({ name }) => (name === "store.apply" && simulation.calls.length === 2 ? "after" : "none"));
    await simulation.settle();
    // The worker died between intent and send; only a receipt of the new send would count, so a person is asked again.
    expect(simulation.job().status).toBe("needs_review");
    expect(mails()).toBe(1);
  });

  it("on another effect than the one that is waited for is refused, and changes nothing", async () => {
    const { simulation, id } = await waiting();
    await expect(resolveJob(simulation.controlPorts, id, "other", { again: true }, "ada")).rejects.toMatchObject({
      code: "ILLEGAL_MOVE",
    });
    expect(simulation.job()).toMatchObject({ status: "needs_review", resolutions: [] });
  });

  it("that was said of an earlier state of the job is refused", async () => {
    const { simulation, id } = await waiting();
    const seen = simulation.job();
    const { store } = simulation;
    const stale = Object.assign(Object.create(store) as typeof store, {
      get: () => Promise.resolve(seen),
      apply: store.apply.bind(store),
    });
    await resolveJob(simulation.controlPorts, id, "mail", { again: true }, "ada");
    simulation.inject(({ name }) => (name === "store.apply" && simulation.calls.length === 2 ? "after" : "none"));
    await simulation.settle();
    expect(simulation.job().status).toBe("needs_review");
    const said = resolveJob({ ...simulation.controlPorts, store: stale }, id, "mail", { again: true }, "bob");
    await expect(said).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
  });

  it("whose answer was lost and that was asked again by the client counts once", async () => {
    const { simulation, id } = await waiting();
    const { store } = simulation;
    const twice = Object.assign(Object.create(store) as typeof store, {
      get: store.get.bind(store),
      apply: async (...args: Parameters<typeof store.apply>) => {
        await store.apply(...args);
        return store.apply(...args);
      },
    });
    await resolveJob({ ...simulation.controlPorts, store: twice }, id, "mail", { again: true }, "ada");
    expect(simulation.job().resolutions).toHaveLength(1);
    expect(simulation.queue.messages).toHaveLength(1);
  });
});

describe("a retry further off than SQS can hide a message", () => {
  it("is brought by the ticker, not before its time", async () => {
    const starts: number[] = [];
    const simulation = new Simulation(greeting(fixed(13 * HOUR_MS)), async () => {
      starts.push(simulation.clock.now());
      if (starts.length === 1) throw new Error("once");
    });
    await simulation.enqueue({ to: "Ada" });
    await expect(simulation.consumeOne()).resolves.toBe("done");
    await simulation.settle();
    const [first = 0, second = 0] = starts;
    expect(second - first).toBeGreaterThanOrEqual(13 * HOUR_MS);
    expect(second - first).toBeLessThanOrEqual(13 * HOUR_MS + 60_000);
  });

  it("never asks SQS for more than its 12 hours, also for a permit that comes far too early", async () => {
    const simulation = simulate(async () => undefined);
    const id = await simulation.enqueue({ to: "Ada" }, { runAt: START + 48 * HOUR_MS });
    simulation.queue.put("greeting", JSON.stringify({ v: 1, type: "greeting", id, run: 1 }));
    await simulation.consumeOne();
    expect(simulation.queue.messages).toMatchObject([{ visibleAt: START + 11 * HOUR_MS }]);
  });
});

describe("an intent that was written after the deadline", () => {
  it("is taken back: nothing was sent, so nobody has to look", async () => {
    let sends = 0;
    const simulation = simulate(async (job) => {
      await job.effect("mail", { onUnknown: "review", send: async () => ({ id: `mail-${(sends += 1)}` }) });
    });
    const apply = simulation.store.apply.bind(simulation.store);
    simulation.store.apply = async (id, transition) => {
      const applied = await apply(id, transition);
      if (transition.name === "intend" && sends === 0 && simulation.job().attempts === 1)
        simulation.clock.advance(54_000);
      return applied;
    };
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
    expect(sends).toBe(1);
  });
});

describe("a message that names a job of another type", () => {
  it("is parked, and the job is not touched", async () => {
    const simulation = simulate(async () => undefined);
    const other = aJob({ id: "other-1", type: "other" });
    await simulation.store.create(other);
    simulation.queue.put("greeting", JSON.stringify({ v: 1, type: "greeting", id: "other-1", run: 1 }));
    await simulation.consumeOne();
    expect(simulation.queue.deadLetters).toHaveLength(1);
    await expect(simulation.store.get("other-1")).resolves.toEqual(other);
  });
});

describe("a dead letter's debt", () => {
  it("of an earlier run does not pay for a later one", async () => {
    const simulation = simulate(async () => {
      throw new PermanentError("BROKEN", "Broken.");
    });
    const id = await simulation.enqueue({ to: "Ada" });
    simulation.inject(({ name }) => (name === "queue.deadLetter" ? "before" : "none"));
    await simulation.consumeOne();
    expect(simulation.job()).toMatchObject({ status: "failed", dlqOwed: true });
    await expect(simulation.store.apply(id, payDeadLetter(2, START))).resolves.toMatchObject({ isApplied: false });
    await expect(simulation.store.apply(id, payDeadLetter(1, START))).resolves.toMatchObject({ isApplied: true });
    await expect(simulation.store.apply(id, payDeadLetter(1, START))).resolves.toMatchObject({ isApplied: false });
  });
});

describe("a job that is restarted while its dead letter is still owed", () => {
  it("owes nothing any more, and is not left to expire", async () => {
    const simulation = simulate(() => Promise.reject(new PermanentError("BROKEN", "Broken.")));
    const id = await simulation.enqueue({ to: "Ada" });
    simulation.inject(({ name }) => (name === "queue.deadLetter" ? "after" : "none"));
    await simulation.consumeOne();
    expect(simulation.job()).toMatchObject({ status: "failed", dlqOwed: true, expiresAt: expect.any(Number) });
    simulation.queue.messages = [];
    simulation.queue.put("greeting", JSON.stringify({ v: 1, type: "greeting", id, run: 2 }));
    simulation.inject(({ number }) => (number === 2 ? "after" : "none")); // refused claim, restart
    await simulation.consumeOne();
    const row = simulation.store.row(id);
    expect(row).toMatchObject({ status: "pending", run: 2, attempts: 0 });
    for (const gone of ["dlqOwed", "expiresAt", "endedAt", "endedList"]) expect(row).not.toHaveProperty(gone);
  });
});

describe("a job in a batch with others", () => {
  it("begins its first attempt beside them, and any other one alone", async () => {
    const attempts: number[] = [];
    const simulation = simulate(async (job) => {
      attempts.push(job.attempt);
      if (job.attempt === 1) throw new Error("not yet");
    });
    await simulation.enqueue({ to: "Ada" });
    await expect(simulation.consumeOne({ hasCompany: true })).resolves.toBe("returned");
    simulation.clock.advance(5_000);
    await expect(simulation.consumeOne({ hasCompany: true })).resolves.toBe("must be alone");
    expect(attempts).toEqual([1]);
    expect(simulation.job()).toMatchObject({ status: "retrying", attempts: 1 });
    await simulation.settle();
    expect(attempts).toEqual([1, 2]);
  });

  it("is not parked by SQS however often it is passed over: the ticker sends another permit", async () => {
    const simulation = simulate(async (job) => {
      if (job.attempt === 1) throw new Error("not yet");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    for (let time = 0; simulation.queue.messages.length > 0; time += 1) {
      expect(time).toBeLessThan(5);
      simulation.clock.advance(HOUR_MS);
      await simulation.consumeOne({ hasCompany: true });
    }
    await simulation.tick();
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });
});

describe("a job whose id was used before, by one whose row has expired", () => {
  const DAY_MS = 24 * HOUR_MS;

  it("sends its own mail: an old receipt is not its own", async () => {
    let life = 1;
    const sent: string[] = [];
    const simulation = simulate(async (job) => {
      await job.effect("mail", {
        onUnknown: "resend",
        send: async ({ jobId, effect }) => {
          if (life === 2 && job.attempt === 1) throw new Error("reset before anything was sent");
          sent.push(job.payload.to);
          const at = simulation.clock.now();
          await simulation.receipts.put({ jobId, effect, messageId: `m${life}`, eventType: "Send", at });
          return { id: `m${life}` };
        },
      });
    });
    await simulation.enqueue({ to: "Ada" }, { idempotencyKey: "key" });
    await simulation.settle();
    simulation.clock.advance(40 * DAY_MS);
    life = 2;
    await simulation.enqueue({ to: "Grace" }, { idempotencyKey: "key" });
    await simulation.settle();
    expect(sent).toEqual(["Ada", "Grace"]);
  });

  it("gets its own step results, also those that lie beside the row", async () => {
    const results: unknown[] = [];
    const simulation = simulate(async (job) => {
      const { to } = await job.step("load", () => ({ to: job.payload.to, text: "x".repeat(40_000) }));
      results.push(to);
    });
    await simulation.enqueue({ to: "Ada" }, { idempotencyKey: "key" });
    await simulation.settle();
    simulation.clock.advance(40 * DAY_MS);
    await simulation.enqueue({ to: "Grace" }, { idempotencyKey: "key" });
    await simulation.settle();
    expect(results).toEqual(["Ada", "Grace"]);
  });
});

describe("the ticker", () => {
  const dueJobs = async (simulation: Simulation<{ to: string }>, ...types: string[]) => {
    for (const [index, type] of types.entries()) {
      await simulation.store.create(aJob({ id: `${type}-${index}`, type, dueList: type }));
    }
  };
  const ofTypes = (simulation: Simulation<{ to: string }>, ...names: string[]) => ({
    ...simulation.tickerPorts,
    types: names.map((type) => ({ type })),
  });
  const types = (simulation: Simulation<{ to: string }>) =>
    simulation.queue.messages.map(({ type }) => type).toSorted();

  it.each(["sendAll", "depth"] as const)("serves every other type when one type's queue fails at %s", async (call) => {
    const simulation = simulate(async () => undefined);
    const original = simulation.queue[call].bind(simulation.queue) as (
      type: string,
      ...rest: unknown[]
    ) => Promise<never>;
    Object.assign(simulation.queue, {
      [call]: (type: string, ...rest: unknown[]) =>
        type === "gone" ? Promise.reject(new Error("AccessDenied")) : original(type, ...rest),
    });
    await dueJobs(simulation, "gone", "greeting", "gone", "other");
    await tick(ofTypes(simulation, "gone", "greeting", "other"), Number.POSITIVE_INFINITY);
    expect(types(simulation).filter((type) => type !== "gone")).toEqual(["greeting", "other"]);
    // A depth that cannot be had costs nothing but the longer backoff: what was sent is noted.
    const noted = simulation.store.jobs().filter(({ type, permits }) => type === "gone" && permits === 1);
    expect(noted).toHaveLength(call === "depth" ? 2 : 0);
  });

  it("stops at its deadline and leaves the rest due", async () => {
    const simulation = simulate(async () => undefined);
    await dueJobs(simulation, "greeting", "greeting", "greeting");
    const due = simulation.store.due.bind(simulation.store);
    Object.assign(simulation.store, {
      due: async function* (list: string, now: number) {
        for await (const page of due(list, now)) for (const entry of page) yield [entry];
      },
    });
    const report = await tick(simulation.tickerPorts, START);
    expect(report.permitsSent).toBe(1);
    await simulation.tick();
    expect(simulation.queue.messages).toHaveLength(3);
  });

  it("waits longer before it sends again while the queue is deep", async () => {
    const dueAfterTick = async (depth: number) => {
      const simulation = simulate(async () => undefined);
      simulation.queue.depth = () => Promise.resolve(depth);
      await dueJobs(simulation, "greeting");
      await simulation.tick();
      return (simulation.store.jobs()[0] as { dueAt: number }).dueAt - START;
    };
    await expect(dueAfterTick(0)).resolves.toBe(60_000);
    await expect(dueAfterTick(1023)).resolves.toBe(11 * 60_000);
  });

  it("tells the age of a job by when it was due, however often it was put off since", async () => {
    const simulation = simulate(async () => undefined);
    await dueJobs(simulation, "greeting");
    const ages: number[] = [];
    for (let minute = 1; minute <= 8; minute += 1) {
      simulation.queue.messages = [];
      simulation.clock.advance(60_000);
      const { permitsSent, oldestDueAgeMs } = await tick(simulation.tickerPorts, Number.POSITIVE_INFINITY);
      if (permitsSent > 0) ages.push(oldestDueAgeMs / 60_000);
    }
    expect(ages).toEqual([1, 2, 4, 8]);
  });

  it("counts the age of an expired lease from its end", async () => {
    const simulation = simulate(() => simulation.outside("crash", () => undefined));
    simulation.inject(({ name }) => (name === "crash" ? "before" : "none"));
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    simulation.clock.advance(simulation.times.leaseMs + 90_000);
    const { oldestDueAgeMs } = await tick(simulation.tickerPorts, Number.POSITIVE_INFINITY);
    expect(oldestDueAgeMs).toBe(90_000);
  });

  it("counts the jobs that wait for a person, and sends them no permit", async () => {
    const simulation = simulate(async (job) => {
      await job.effect("mail", { onUnknown: "review", send: () => Promise.reject(new Error("lost")) });
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    simulation.clock.advance(HOUR_MS);
    await expect(tick(simulation.tickerPorts, Number.POSITIVE_INFINITY)).resolves.toEqual({
      permitsSent: 0,
      oldestDueAgeMs: 0,
      needsReview: 1,
      missedRuns: 0,
    });
  });
});
