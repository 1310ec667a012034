import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob, resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { EffectRefusedError, PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob, type OnUnknown } from "../../shared/job/define-job.ts";
import type { CompletedJob } from "../../shared/job/job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const payload = z.object({ to: z.string() });
type Payload = z.infer<typeof payload>;

const definition = defineJob({
  type: "greeting",
  summary: "Greets.",
  payload,
  retry: { maxAttempts: 3, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

const simulate = (handler: (job: JobContext<Payload>) => Promise<unknown>) => new Simulation(definition, handler);
const permitOf = (id: string, run = 1) => JSON.stringify({ v: 1, type: "greeting", id, run });

describe("a job that goes well", () => {
  it("is completed with its result by one claim, one settle and one acknowledged message", async () => {
    const simulation = simulate(async (job) => ({ greeted: job.payload.to }));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "completed",
      attempts: 1,
      epoch: 1,
      result: { json: '{"greeted":"Ada"}' },
    });
    expect(simulation.calls).toEqual(["store.apply", "store.apply"]);
    expect(simulation.queue.messages).toEqual([]);
  });

  it("logs start and end with the job's id and correlation id", async () => {
    const simulation = simulate(async () => undefined);
    const jobId = await simulation.enqueue({ to: "Ada" }, { correlationId: "request-1" });
    await simulation.settle();
    const lines = simulation.log.lines.filter(({ message }) => /^Job (started|completed)/.test(message));
    expect(lines).toHaveLength(2);
    for (const { fields } of lines) expect(fields).toMatchObject({ jobId, correlationId: "request-1" });
  });
});

describe("a job that fails", () => {
  it("is retried through the same message, hidden for the backoff", async () => {
    let attempts = 0;
    const simulation = simulate(async () => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    expect(simulation.job()).toMatchObject({ status: "retrying", runAt: START + 5_000, error: { code: "Error" } });
    expect(simulation.queue.messages).toMatchObject([{ visibleAt: START + 5_000 }]);
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 3 });
  });

  it("ends failed after its last attempt, with one dead letter for the next run", async () => {
    const simulation = simulate(async () => {
      throw new Error("mail to ada@example.com broke");
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const job = simulation.job();
    expect(job).toMatchObject({ status: "failed", attempts: 3, error: { message: "mail to <email> broke" } });
    expect(job).not.toHaveProperty("dlqOwed");
    expect(simulation.queue.deadLetters).toHaveLength(1);
    expect(simulation.deadLetter()).toEqual({ v: 1, type: "greeting", id, run: 2, error: "Error" });
  });

  it("is not retried after a permanent error", async () => {
    const simulation = simulate(async () => {
      throw new PermanentError("UNKNOWN_GUEST", "There is no such guest.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, error: { code: "UNKNOWN_GUEST" } });
  });

  it("is restarted by its dead letter with steps and effects kept, and a copy of the letter changes nothing", async () => {
    let isBroken = true;
    const ran: string[] = [];
    const simulation = simulate(async (job) => {
      await job.step("one", () => ran.push("one"));
      await job.effect("mail", { onUnknown: "resend", send: async () => ({ id: `mail-${ran.push("mail")}` }) });
      await job.step("two", () => ran.push("two"));
      if (isBroken) throw new PermanentError("BROKEN", "Broken.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    isBroken = false;
    const letter = JSON.stringify(simulation.deadLetter());
    simulation.queue.put("greeting", letter);
    simulation.queue.put("greeting", letter);
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", run: 2, attempts: 1 });
    // "two" had not been written when the job failed? It was: the failure carries what was not written yet.
    expect(ran).toEqual(["one", "mail", "two"]);
  });

  it("whose worker crashes each time is failed as CRASH_LOOP without a fourth run of user code", async () => {
    let runs = 0;
    const simulation = simulate(async () => {
      runs += 1;
      await simulation.outside("crash", () => undefined);
    });
    simulation.inject(({ name }) => (name === "crash" ? "before" : "none"));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 3, error: { code: "CRASH_LOOP" } });
    expect(runs).toBe(3);
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });

  it("that is still running at its deadline is recorded as TIMEOUT, told by its signal, and its runtime is to be ended", async () => {
    let signal: AbortSignal | undefined;
    const simulation = simulate(async (job) => {
      signal = job.signal;
      await new Promise(() => {});
    });
    await simulation.enqueue({ to: "Ada" });
    const consuming = simulation.consumeOne();
    await untilTrue(() => signal !== undefined);
    simulation.clock.advance(54_000);
    await consuming;
    expect(signal?.aborted).toBe(true);
    expect(simulation.job()).toMatchObject({ status: "retrying", error: { code: "TIMEOUT" } });
    expect(simulation.metrics).toContain("jobErrors");
  });
});

describe("a message", () => {
  it("that nobody can read goes into the DLQ as it is and disturbs no other", async () => {
    const simulation = simulate(async () => undefined);
    const broken = [
      "not json",
      "{}",
      "null",
      permitOf("greeting-1", 0),
      JSON.stringify({ v: 1, type: "other", id: "a", run: 1 }),
    ];
    for (const body of broken) simulation.queue.put("greeting", body);
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    expect(simulation.queue.deadLetters.map(({ body }) => body)).toEqual(broken);
  });

  it("for a job that does not exist goes into the DLQ", async () => {
    const simulation = simulate(async () => undefined);
    simulation.queue.put("greeting", permitOf("greeting-unknown"));
    await simulation.settle();
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });

  it("of a run that is far ahead is stale and dropped, and the job does not run by it", async () => {
    let runs = 0;
    const simulation = simulate(async () => {
      runs += 1;
    });
    const id = await simulation.enqueue({ to: "Ada" });
    simulation.queue.messages = [];
    simulation.queue.put("greeting", permitOf(id, 3));
    await expect(simulation.consumeOne()).resolves.toBe("done");
    expect(runs).toBe(0);
    expect(simulation.job()).toMatchObject({ status: "pending", epoch: 0 });
  });

  it("of an earlier run does not run the job in its next one", async () => {
    let runs = 0;
    const simulation = simulate(async () => {
      runs += 1;
      throw new PermanentError("BROKEN", "Broken.");
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    simulation.queue.put("greeting", permitOf(id, 1));
    await expect(simulation.consumeOne()).resolves.toBe("done");
    simulation.queue.put("greeting", permitOf(id, 2));
    await simulation.settle();
    simulation.queue.put("greeting", permitOf(id, 2));
    simulation.queue.put("greeting", permitOf(id, 1));
    await simulation.settle();
    expect(runs).toBe(2);
    expect(simulation.job()).toMatchObject({ status: "failed", run: 2 });
  });

  it("for the next run of a job that has not ended is hidden, and never runs it twice", async () => {
    let runs = 0;
    const simulation = simulate(async () => {
      runs += 1;
    });
    const id = await simulation.enqueue({ to: "Ada" });
    simulation.queue.messages = [];
    simulation.queue.put("greeting", permitOf(id, 2));
    await expect(simulation.consumeOne()).resolves.toBe("returned");
    await simulation.settle();
    expect(runs).toBe(1);
    expect(simulation.job()).toMatchObject({ status: "completed", run: 1 });
  });

  it("for a job that another worker has is hidden until that lease ends", async () => {
    let second: string | undefined;
    const simulation = simulate(async (job) => {
      simulation.queue.put("greeting", permitOf(job.id));
      second = await simulation.consumeOne();
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    expect(second).toBe("returned");
    expect(simulation.queue.messages.at(-1)?.visibleAt).toBe(START + simulation.times.leaseMs);
  });

  it("that came for the fifth time to a busy job is acknowledged without a write: the due index covers the row", async () => {
    let outcome: string | undefined;
    const simulation = simulate(async (job) => {
      simulation.queue.put("greeting", permitOf(job.id));
      for (const message of simulation.queue.messages) message.receiveCount = 4;
      outcome = await simulation.consumeOne();
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    expect(outcome).toBe("done");
    expect(simulation.job().status).toBe("completed");
  });

  it("received five times by a failing job is acknowledged, and the ticker brings the job back", async () => {
    let attempts = 0;
    const simulation = simulate(async () => {
      attempts += 1;
      if (attempts === 1) throw new Error("once");
    });
    await simulation.enqueue({ to: "Ada" });
    for (const message of simulation.queue.messages) message.receiveCount = 4;
    await expect(simulation.consumeOne()).resolves.toBe("done");
    expect(simulation.queue.messages).toEqual([]);
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });

  it("from EventBridge becomes one job however often it is delivered", async () => {
    const greeted: string[] = [];
    const simulation = simulate(async (job) => greeted.push(job.payload.to));
    const body = JSON.stringify({ v: 1, type: "greeting", event: { id: "ev-1", data: { to: "Ada" } } });
    simulation.queue.put("greeting", body);
    simulation.queue.put("greeting", body);
    await simulation.settle();
    expect(greeted).toEqual(["Ada"]);
    expect(simulation.job().id).toBe("greeting-ev-1");
  });

  it("from EventBridge whose data is not a payload goes into the DLQ", async () => {
    const simulation = simulate(async () => undefined);
    simulation.queue.put("greeting", JSON.stringify({ v: 1, type: "greeting", event: { id: "ev-1", data: {} } }));
    await simulation.settle();
    expect(simulation.store.jobs()).toEqual([]);
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });
});

describe("an effect", () => {
  const mailing = (onUnknown: OnUnknown, send: () => Promise<{ id: string }>) =>
    simulate(async (job) => {
      await job.effect("mail", { onUnknown, send });
    });

  it("that was certainly refused is sent again by the next attempt, without a wait", async () => {
    let sends = 0;
    const simulation = mailing("review", async () => {
      sends += 1;
      if (sends === 1) throw new EffectRefusedError("Throttling", "Slow down.", { isPermanent: false });
      return { id: "mail-1" };
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2, endedAt: START + 5_000 });
    expect(sends).toBe(2);
  });

  it("that was permanently refused fails the job at once, with nothing left open", async () => {
    const simulation = mailing("review", async () => {
      throw new EffectRefusedError("MessageRejected", "No.", { isPermanent: true });
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, effects: { mail: {} } });
  });

  it("of unknown outcome waits for its receipt without using an attempt, and is not sent again when it is found", async () => {
    let sends = 0;
    const simulation = mailing("resend", async () => {
      sends += 1;
      const { id: jobId } = simulation.job();
      await simulation.receipts.put({ jobId, effect: "mail", messageId: "ses-1", eventType: "Send", at: START });
      throw new Error("The answer was lost.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "completed",
      attempts: 2,
      effects: { mail: { receipt: { id: "ses-1", source: "found" } } },
    });
    expect(sends).toBe(1);
    const { endedAt } = simulation.job() as CompletedJob;
    expect(endedAt).toBeGreaterThanOrEqual(START + 5_000 + simulation.times.receiptWaitMs);
  });

  it("whose receipt is not found stops for a person where its type says so, in the review shard for the alarm", async () => {
    const simulation = mailing("review", async () => {
      throw new Error("The answer was lost.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "needs_review", review: { effect: "mail" } });
    await expect(simulation.store.list({ by: "review" }, { limit: 10 }, START)).resolves.toMatchObject({
      entries: [{ id: simulation.job().id }],
    });
  });

  it("goes on by a person's word: sent means never again, and who said so is kept", async () => {
    let sends = 0;
    const simulation = mailing("review", async () => {
      sends += 1;
      throw new Error("The answer was lost.");
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const ports = simulation.controlPorts;
    await resolveJob(ports, id, "mail", { sent: true, receipt: "seen in the outbox" }, "ada");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "completed",
      resolutions: [{ effect: "mail", decision: "sent", by: "ada" }],
      effects: { mail: { receipt: { source: "person" } } },
    });
    expect(sends).toBe(1);
    await expect(resolveJob(ports, id, "mail", { again: true }, "bob")).rejects.toThrow("is completed");
  });

  it("goes on by a person's word: again means one more send, whatever receipts there are of the first", async () => {
    let sends = 0;
    const simulation = mailing("review", async () => {
      sends += 1;
      if (sends === 1) throw new Error("The answer was lost.");
      return { id: "mail-2" };
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    await resolveJob(simulation.controlPorts, id, "mail", { again: true }, "ada");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", effects: { mail: { receipt: { id: "mail-2" } } } });
    expect(sends).toBe(2);
  });

  it("that is open at the last failure is looked into first, without running user code", async () => {
    let runs = 0;
    const simulation = simulate(async (job) => {
      runs += 1;
      if (runs === 3) await job.effect("mail", { onUnknown: "review", send: () => Promise.reject(new Error("lost")) });
      throw new Error("no");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(runs).toBe(3);
    expect(simulation.job()).toMatchObject({
      status: "needs_review",
      review: { effect: "mail" },
      error: { code: "Error" },
    });
  });

  it("that is open at the last failure has its receipt awaited before the job ends failed", async () => {
    const simulation = simulate(async (job) => {
      const send = async () => {
        const at = simulation.clock.now();
        const report = { jobId: job.id, effect: "mail", messageId: "ses-1", eventType: "Send", at };
        simulation.clock.after(30_000, () => void simulation.receipts.put(report));
        throw new PermanentError("CONFUSED", "An error that says nothing about the send.");
      };
      await job.effect("mail", { onUnknown: "review", send });
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({
      status: "failed",
      attempts: 1,
      error: { code: "CONFUSED" },
      effects: { mail: { receipt: { id: "ses-1", source: "found" } } },
    });
  });

  it("that was resent gets a wait of its own: the receipt of the second send, still on its way, stops a third", async () => {
    let sends = 0;
    const simulation = mailing("resend", async () => {
      sends += 1;
      const { id: jobId } = simulation.job();
      const report = {
        jobId,
        effect: "mail",
        messageId: `ses-${sends}`,
        eventType: "Send",
        at: simulation.clock.now(),
      };
      if (sends === 2) simulation.clock.after(30_000, () => void simulation.receipts.put(report));
      throw new Error("The answer was lost.");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", effects: { mail: { receipt: { id: "ses-2" } } } });
    expect(sends).toBe(2);
  });

  it("whose unknown outcome the handler swallows does not count as done", async () => {
    const simulation = simulate(async (job) => {
      await job
        .effect("mail", { onUnknown: "review", send: () => Promise.reject(new Error("lost")) })
        .catch(() => undefined);
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("needs_review");
  });
});

describe("a cancel", () => {
  it("of a waiting job is at once", async () => {
    const simulation = simulate(async () => undefined);
    const id = await simulation.enqueue({ to: "Ada" });
    await expect(cancelJob(simulation.controlPorts, id)).resolves.toBe("cancelled");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "cancelled", attempts: 0 });
  });

  it("of a running job is seen at its next effect: nothing is sent after it", async () => {
    let sends = 0;
    const simulation = simulate(async (job) => {
      await cancelJob(simulation.controlPorts, job.id);
      await job.effect("mail", { onUnknown: "resend", send: async () => ({ id: `mail-${(sends += 1)}` }) });
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
    expect(simulation.job().effects["mail"]?.intent).toBeUndefined();
    expect(sends).toBe(0);
  });

  it("whose halt the handler swallows ends cancelled all the same", async () => {
    const simulation = simulate(async (job) => {
      await job.step("one", () => 1);
      await cancelJob(simulation.controlPorts, job.id);
      await job.step("two", () => 2).catch(() => undefined);
      return "as if nothing had happened";
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
  });

  it("of a job whose worker then dies is seen by the next claim, before any user code", async () => {
    let runs = 0;
    const simulation = simulate(async (job) => {
      runs += 1;
      await cancelJob(simulation.controlPorts, job.id);
      await simulation.outside("crash", () => undefined);
    });
    simulation.inject(({ name }) => (name === "crash" ? "before" : "none"));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().status).toBe("cancelled");
    expect(runs).toBe(1);
  });

  it("of a completed job is an error that says so", async () => {
    const simulation = simulate(async () => undefined);
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    await expect(cancelJob(simulation.controlPorts, id)).rejects.toThrow(`Job ${id} is completed`);
    await expect(cancelJob(simulation.controlPorts, "nobody")).rejects.toThrow("There is no job nobody");
  });
});

describe("the ticker", () => {
  it("sends the permit that a crash between put and send has lost", async () => {
    const simulation = simulate(async () => undefined);
    await simulation.enqueue({ to: "Ada" });
    simulation.queue.messages = [];
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
  });

  it("runs a job at a time further off than SQS can delay it", async () => {
    const runAt = START + 3 * 60 * 60 * 1000;
    const simulation = simulate(async () => undefined);
    await simulation.enqueue({ to: "Ada" }, { runAt });
    expect(simulation.queue.messages).toEqual([]);
    await simulation.settle();
    const { endedAt } = simulation.job() as CompletedJob;
    expect(endedAt - runAt).toBeGreaterThanOrEqual(0);
    expect(endedAt - runAt).toBeLessThanOrEqual(60_000);
  });

  it("backs off on a row that gets nowhere, to once an hour at most, and never stops", async () => {
    const simulation = simulate(async () => undefined);
    await simulation.enqueue({ to: "Ada" });
    const sends: number[] = [];
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      simulation.queue.messages = [];
      simulation.clock.advance(60_000);
      await simulation.tick();
      if (simulation.queue.messages.length > 0) sends.push(minute);
    }
    const gaps = sends.slice(1).map((minute, index) => minute - (sends[index] ?? 0));
    expect(gaps.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(new Set(gaps.slice(6))).toEqual(new Set([60]));
  });
});

async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
