import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { cancelJob, dismissJob } from "../../shared/engine/control.ts";
import { planBulk } from "../../shared/engine/control/plan-bulk.ts";
import { touchAgain } from "../../shared/engine/control/touch-job.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { EffectRefusedError, PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { aJob } from "../support/job-store-suite.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const HOUR_MS = 3_600_000;

function simulate(handler: (job: JobContext<{ to: string }>) => Promise<unknown>, maxAttempts = 2) {
  const definition = defineJob({
    type: "greeting",
    summary: "Greets.",
    payload: z.object({ to: z.string() }),
    retry: { maxAttempts, backoff: fixed(HOUR_MS) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  });
  return new Simulation(definition, handler);
}

describe("a mail whose first send is of unknown outcome, and whose second was refused", () => {
  /** The world takes the first mail, and its answer gets lost. */
  function setUp() {
    let sends = 0;
    const simulation = simulate(async (job) => {
      await job.effect("mail", {
        onUnknown: "resend",
        send: async () => {
          sends += 1;
          if (sends === 1) throw new Error("The answer was lost.");
          if (sends === 2) throw new EffectRefusedError("THROTTLED", "Later.", { isPermanent: true });
          return Promise.resolve({ id: `mail-${sends}` });
        },
      });
    });
    return { simulation, sends: () => sends };
  }

  it("may be repeated by a replay, and the dry run says so", async () => {
    const { simulation } = setUp();
    await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", effects: { mail: { earlier: [{ epoch: 1 }] } } });
    const plan = await planBulk(simulation.controlPorts, { action: "replay", filter: { types: ["greeting"] } });
    expect(plan.effects).toEqual([
      { type: "greeting", effect: "mail", done: 0, mayRepeat: 1, mayNeedReview: 0, notDone: 0 },
    ]);
  });

  it("is not sent again when the first one's receipt has come meanwhile", async () => {
    const { simulation, sends } = setUp();
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    const at = simulation.clock.now();
    await simulation.receipts.put({ jobId: id, effect: "mail", messageId: "mail-1", eventType: "Send", at });
    simulation.queue.put("greeting", simulation.queue.deadLetters[0]?.body ?? "");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", effects: { mail: { receipt: { id: "mail-1" } } } });
    expect(sends()).toBe(2);
  });
});

describe("a cancel that was asked for while the job ran", () => {
  it("takes effect when the attempt fails, not after the wait for the next one", async () => {
    const simulation = simulate(async (job) => {
      await cancelJob(simulation.controlPorts, job.id);
      throw new Error("not yet");
    });
    await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    expect(simulation.job()).toMatchObject({ status: "cancelled", endedAt: START });
  });
});

describe("a failed job that is dismissed", () => {
  it("is cancelled, owes nothing, and neither its dead letter nor a replay begins it again", async () => {
    let runs = 0;
    const simulation = simulate(async () => {
      runs += 1;
      throw new PermanentError("NO", "No.");
    });
    const id = await simulation.enqueue({ to: "Ada" });
    await simulation.settle();
    await expect(dismissJob(simulation.controlPorts, id)).resolves.toMatchObject({
      status: "cancelled",
      endedList: "greeting#cancelled",
    });
    const plan = await planBulk(simulation.controlPorts, { action: "replay", filter: { types: ["greeting"] } });
    expect(plan.jobs).toBe(0);
    simulation.queue.put("greeting", simulation.queue.deadLetters[0]?.body ?? "");
    await simulation.settle();
    expect(runs).toBe(1);
    expect(simulation.job().status).toBe("cancelled");
  });

  it("must have failed", async () => {
    const simulation = simulate(async () => undefined);
    const id = await simulation.enqueue({ to: "Ada" });
    await expect(dismissJob(simulation.controlPorts, id)).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
    await expect(dismissJob(simulation.controlPorts, "nobody")).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
  });
});

describe("a bulk cancel that is resumed", () => {
  it("leaves a job alone that somebody has replayed since", async () => {
    const simulation = simulate(async () => undefined);
    const id = await simulation.enqueue({ to: "Ada" });
    const job = { ...simulation.job(), run: 2 };
    await expect(touchAgain(simulation.controlPorts, "cancel", { run: 1, job })).resolves.toBe("skipped");
    await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "pending" });
  });
});

describe("a row that this version cannot read", () => {
  it("is reported, and keeps neither the others nor their permits waiting", async () => {
    const tables = await openDynaliteTables();
    const unreadable: unknown[] = [];
    const store = new DynamoJobStore(tables.documents, "jobs", (error) => unreadable.push(error));
    const good = aJob({ id: "odd-good", dueList: "odd" });
    await store.create(good);
    const odd = { id: "odd-1", dueList: "odd", dueAt: START, type: "odd", status: "pending" };
    await tables.documents.send(new PutCommand({ TableName: "jobs", Item: odd }));
    expect(await store.getMany([good.id, odd.id])).toEqual([good]);
    const due = [];
    for await (const page of store.due("odd", START)) due.push(...page);
    expect(due.map(({ id }) => id)).toEqual([good.id]);
    expect(unreadable).toHaveLength(2);
    expect(String(unreadable[0])).toContain("Job row odd-1 cannot be read");
    await expect(new DynamoJobStore(tables.documents, "jobs").getMany([odd.id])).rejects.toThrow("cannot be read");
    await tables.close();
  });
});
