import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault } from "../support/simulation.ts";

const definition = defineJob({
  type: "parcel",
  summary: "Stores a file and mails it.",
  payload: z.object({ file: z.string() }),
  retry: { maxAttempts: 4, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

/** A job with everything that can go wrong: a step, an effect whose receipts come back, a step after it. */
function parcel(onUnknown: "resend" | "review") {
  const world = { files: new Set<string>(), storedTimes: 0, mails: 0, lastSteps: 0 };
  const simulation: Simulation<{ file: string }> = new Simulation(definition, async (job) => {
    await job.step("store", () =>
      simulation.outside("files.putOnce", () => {
        if (!world.files.has(job.payload.file)) world.storedTimes += 1;
        world.files.add(job.payload.file);
      }),
    );
    await job.effect("mail", {
      onUnknown,
      send: () =>
        simulation.outside("mailer.send", () => {
          world.mails += 1;
          const { now } = { now: simulation.clock.now() };
          // The other side reports what it did, whatever becomes of us.
          void simulation.receipts.put({
            jobId: job.id,
            effect: "mail",
            messageId: `mail-${world.mails}`,
            eventType: "Send",
            at: now,
          });
          return { id: `mail-${world.mails}` };
        }),
    });
    await job.step("after", () => (world.lastSteps += 1));
  });
  return { simulation, world };
}

/** How many calls an undisturbed run makes. */
async function countCalls(): Promise<number> {
  const { simulation } = parcel("resend");
  await simulation.enqueue({ file: "a.pdf" });
  await simulation.settle();
  return simulation.calls.length;
}

const calls = await countCalls();
const faults: Fault[] = ["before", "after", "lost"];
const cases = Array.from({ length: calls }, (_, index) => index + 1).flatMap((number) =>
  faults.flatMap((fault) => [false, true].map((isDuplicated) => ({ number, fault, isDuplicated }))),
);

describe("a job whose process dies, or whose answer gets lost, at any one of its calls", () => {
  it("makes the calls that the enumeration below goes through", () => {
    expect(calls).toBe(7); // claim, check, file, intent, mail, record before the last step, completion
  });

  it.each(cases)(
    "ends completed with one file and one mail: call $number, $fault, duplicate: $isDuplicated",
    async (fault) => {
      const { simulation, world } = parcel("resend");
      const id = await simulation.enqueue({ file: "a.pdf" });
      if (fault.isDuplicated) simulation.queue.put("parcel", JSON.stringify({ v: 1, type: "parcel", id, run: 1 }));
      simulation.inject(({ number }) => (number === fault.number ? fault.fault : "none"));
      await simulation.settle();
      expect(simulation.job().status).toBe("completed");
      expect(world).toMatchObject({ storedTimes: 1, mails: 1 });
      expect(simulation.queue.deadLetters).toEqual([]);
    },
  );

  it.each(cases)(
    "has never more than one mail where unknowns go to a person: call $number, $fault, duplicate: $isDuplicated",
    async (fault) => {
      const { simulation, world } = parcel("review");
      const id = await simulation.enqueue({ file: "a.pdf" });
      if (fault.isDuplicated) simulation.queue.put("parcel", JSON.stringify({ v: 1, type: "parcel", id, run: 1 }));
      simulation.inject(({ number }) => (number === fault.number ? fault.fault : "none"));
      await simulation.settle();
      expect(["completed", "needs_review"]).toContain(simulation.job().status);
      expect(world.mails).toBeLessThanOrEqual(1);
      expect(world.mails === 1).toBe(simulation.job().status === "completed");
    },
  );
});

describe("a job one of whose writes is asked for twice, because the first answer was lost", () => {
  // All but the mail (call 5): its client never asks twice.
  it.each([1, 2, 3, 4, 6, 7])("is done by the same worker in one attempt: call %d", async (twice) => {
    const { simulation, world } = parcel("review");
    await simulation.enqueue({ file: "a.pdf" });
    simulation.inject(({ number }) => (number === twice ? "again" : "none"));
    await expect(simulation.consumeOne()).resolves.toBe("done");
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1, epoch: 1 });
    expect(world.mails).toBe(1);
  });
});

/** Its own timers do not ring in time either. */
const FROZEN = { deadlineAt: Number.MAX_SAFE_INTEGER };

describe("a worker that freezes until its lease is over, and wakes up after another one did its work", () => {
  it.each(["before its step", "before its effect", "before its end"])("does nothing any more: %s", async (where) => {
    let mails = 0;
    let steps = 0;
    let runs = 0;
    const sendMail = async () => ({ id: `mail-${(mails += 1)}` });
    const simulation = new Simulation(definition, async (job) => {
      runs += 1;
      const isFirst = runs === 1;
      if (isFirst && where === "before its step") await beOvertaken(job.id);
      await job.step("one", () => (steps += 1));
      if (isFirst && where === "before its effect") await beOvertaken(job.id);
      await job.effect("mail", { onUnknown: "review", send: sendMail });
      if (isFirst && where === "before its end") await beOvertaken(job.id);
      return { by: isFirst ? "the first" : "the second" };
    });
    const beOvertaken = async (id: string) => {
      simulation.clock.advance(simulation.times.leaseMs);
      simulation.queue.put("parcel", JSON.stringify({ v: 1, type: "parcel", id, run: 1 }));
      await simulation.consumeOne();
    };
    await simulation.enqueue({ file: "a.pdf" });
    // Its message is returned, not acknowledged: it may be all that the other worker's successor has.
    await expect(simulation.consumeOne(FROZEN)).resolves.toBe("returned");
    await simulation.settle();
    expect(mails).toBe(1);
    expect(steps).toBe(where === "before its effect" ? 2 : 1); // a step whose result was not yet written runs again
    expect(["completed", "needs_review"]).toContain(simulation.job().status);
    expect(simulation.job()).not.toMatchObject({ result: { json: expect.stringContaining("the first") } });
  });
});

describe("a worker that was overtaken by one that has completed the job", () => {
  it("does not take that for its own completion", async () => {
    let runs = 0;
    const simulation = new Simulation(definition, async (job) => {
      runs += 1;
      if (runs > 1) return;
      simulation.clock.advance(simulation.times.leaseMs);
      simulation.queue.put("parcel", JSON.stringify({ v: 1, type: "parcel", id: job.id, run: 1 }));
      await simulation.consumeOne();
    });
    await simulation.enqueue({ file: "a.pdf" });
    await expect(simulation.consumeOne(FROZEN)).resolves.toBe("returned");
    expect(simulation.job()).toMatchObject({ status: "completed", epoch: 2 });
  });
});

describe("a failing job whose process dies at any one of its last calls", () => {
  const failing = () => {
    const simulation = new Simulation({ ...definition, retry: { maxAttempts: 1, backoff: fixed(1) } }, async () => {
      throw new Error("no");
    });
    return simulation;
  };
  // claim, failure, dead letter, debt paid
  const deaths = [1, 2, 3, 4].flatMap((number) => faults.map((fault) => ({ number, fault })));

  it.each(deaths)("is failed with its dead letter in the DLQ and nothing owed: call $number, $fault", async (death) => {
    const simulation = failing();
    await simulation.enqueue({ file: "a.pdf" });
    simulation.inject(({ number }) => (number === death.number ? death.fault : "none"));
    await simulation.settle();
    const job = simulation.job();
    expect(job.status).toBe("failed");
    expect(job).not.toHaveProperty("dlqOwed");
    expect(simulation.queue.deadLetters.length).toBeGreaterThanOrEqual(1);
    expect(new Set(simulation.queue.deadLetters.map(({ body }) => body)).size).toBe(1);
  });
});
