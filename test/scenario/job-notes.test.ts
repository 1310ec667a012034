import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

function simulate(handler: (job: JobContext<{ to: string }>) => Promise<unknown>): Simulation<{ to: string }> {
  const definition = defineJob({
    type: "greeting",
    summary: "Greets.",
    payload: z.object({ to: z.string() }),
    retry: { maxAttempts: 3, backoff: fixed(5_000) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
    subject: ({ to }) => to,
    retentionDays: { completed: 40 },
  });
  return new Simulation(definition, handler);
}

const DAY_SECONDS = 24 * 60 * 60;

describe("a job's row tells", () => {
  it("how each claim ended, and which ended without a word by leaving out their epochs", async () => {
    const simulation = simulate(async (job) => {
      if (job.attempt === 1) throw new TypeError("bad");
      if (job.attempt === 2) await simulation.outside("crash", () => undefined);
      return "ok";
    });
    simulation.inject(({ name }) => (name === "crash" ? "before" : "none"));
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const { history, error, errorCode } = simulation.job();
    expect(history).toMatchObject([
      { run: 1, epoch: 1, attempt: 1, from: START, to: START, ending: "retry", code: "TypeError" },
      { run: 1, epoch: 3, attempt: 3, ending: "complete" },
    ]);
    expect({ error, errorCode }).toEqual({ error: undefined, errorCode: undefined });
  });

  it("the last twenty claims at most", async () => {
    const simulation = simulate(() => Promise.reject(new PermanentError("NO", "No.")));
    await simulation.enqueue({ to: "Ada" });
    for (let run = 1; run <= 25; run += 1) {
      await simulation.settle();
      const letter = simulation.queue.deadLetters.at(-1);
      if (letter !== undefined && run < 25) simulation.queue.put("greeting", letter.body);
    }
    const { history } = simulation.job();
    expect(history).toHaveLength(20);
    expect(history.at(-1)).toMatchObject({ run: 25, epoch: 25, ending: "fail", code: "NO" });
  });

  it("how far it has come, five seconds late at most, and no more often", async () => {
    const seen: unknown[] = [];
    const simulation = simulate(async (job) => {
      for (const done of [1, 2, 3]) {
        await job.progress({ done, total: 3, note: `mailed ada@example.com` });
        seen.push(simulation.job().progress?.done);
        simulation.clock.advance(4_000);
      }
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(seen).toEqual([undefined, undefined, 3]);
    expect(simulation.job().progress).toEqual({ done: 3, total: 3, note: "mailed <email>", at: START + 8_000 });
  });

  it.each([{ done: -1 }, { done: Number.NaN }, { done: 1, total: Number.POSITIVE_INFINITY }])(
    "nothing of the progress %j, which is none: the job fails with a reason",
    async (update) => {
      const simulation = simulate((job) => job.progress(update));
      await simulation.enqueue({ to: "Ada" });
      await simulation.settle();
      expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "INVALID_PROGRESS" } });
    },
  );

  it("what the handler logged last, mail addresses hidden, 4,000 characters at most", async () => {
    const simulation = simulate(async (job) => {
      job.log.info("Found.", { count: 2 });
      job.log.with({ order: "ord_1" }).warn("Odd: ada@example.com");
      job.log.error("Broken.", new Error("x"));
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().lines).toEqual([
      { at: START, level: "info", message: "Found. count=2" },
      { at: START, level: "warn", message: "Odd: <email> order=ord_1" },
      { at: START, level: "error", message: "Broken." },
    ]);
    const talkative = simulate(async (job) => {
      for (let line = 0; line < 500; line += 1) job.log.info(`${line} ${"x".repeat(95)}`);
    });
    await talkative.enqueue({ to: "Ada" });
    await talkative.settle();
    const { lines = [] } = talkative.job();
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.length).toBeLessThan(50);
    expect(lines.at(-1)?.message).toMatch(/^499 /);
  });

  it("no more than the last lines, however many or short they are, and the handler is not slowed by them", async () => {
    const simulation = simulate(async (job) => {
      for (let line = 0; line < 50_000; line += 1) job.log.info("");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().lines?.length).toBeLessThanOrEqual(100);
  });

  it("the lines of a failed attempt too", async () => {
    const simulation = simulate(async (job) => {
      job.log.info(`attempt ${job.attempt}`);
      if (job.attempt < 3) throw new Error("not yet");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job().lines?.map(({ message }) => message)).toEqual(["attempt 1", "attempt 2", "attempt 3"]);
  });

  it("what an effect was about, to whom, and how often it was sent without an answer", async () => {
    let sends = 0;
    const simulation = simulate(async (job) => {
      await job.effect("mail", {
        what: "Greeting",
        to: job.payload.to,
        onUnknown: "resend",
        send: () => {
          sends += 1;
          return sends === 1 ? Promise.reject(new Error("lost")) : Promise.resolve({ id: "ses-2" });
        },
      });
    });
    await simulation.enqueue({ to: "ada@example.com" });
    await simulation.settle();
    expect(simulation.job().effects["mail"]).toMatchObject({
      intent: { what: "Greeting", to: "ada@example.com" },
      receipt: { id: "ses-2", source: "send" },
      earlier: [{ at: START, epoch: 1 }],
    });
  });

  it("what was sent before a person asked for another send", async () => {
    const simulation = simulate(async (job) => {
      const send = () => (job.attempt > 1 ? Promise.resolve({ id: "2" }) : Promise.reject(new Error("lost")));
      await job.effect("form", { what: "Form", onUnknown: "review", send });
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    await resolveJob(simulation.controlPorts, id, "form", { again: true }, "ada");
    expect(simulation.job().effects["form"]).toMatchObject({ earlier: [{ at: START, epoch: 1 }] });
  });

  it("the same fingerprint for errors of one cause", async () => {
    const prints = await Promise.all(
      ["no order ord_1", "no order ord_2", "no customer cus_1"].map(async (message) => {
        const simulation = simulate(() => Promise.reject(new PermanentError("NOT_FOUND", message)));
        await simulation.enqueue({ to: "Ada" });
        await simulation.settle();
        const job = simulation.job();
        expect(job).toMatchObject({ errorCode: "NOT_FOUND", error: { fingerprint: job.fingerprint } });
        return job.fingerprint;
      }),
    );
    expect(prints[0]).toMatch(/^[0-9a-f]{12}$/);
    expect(prints[1]).toBe(prints[0]);
    expect(prints[2]).not.toBe(prints[0]);
  });

  it("for how long it is kept: as its type says, or by how it ended", async () => {
    const completed = simulate(async () => undefined);
    await completed.enqueue({ to: "Ada" });
    await completed.settle();
    expect(completed.job()).toMatchObject({ expiresAt: START / 1000 + 40 * DAY_SECONDS });
    const failed = simulate(() => Promise.reject(new PermanentError("NO", "No.")));
    await failed.enqueue({ to: "Ada" });
    await failed.settle();
    expect(failed.job()).toMatchObject({ expiresAt: START / 1000 + 90 * DAY_SECONDS });
  });

  it("whom it is about as a hash only, the same for any spelling of an address", async () => {
    const simulation = simulate(async () => undefined);
    await simulation.enqueue({ to: " Ada@Example.com" });
    await simulation.enqueue({ to: "ada@example.com" });
    const lists = simulation.store.jobs().map(({ subjectList }) => subjectList);
    expect(lists[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(lists[1]).toBe(lists[0]);
  });
});
