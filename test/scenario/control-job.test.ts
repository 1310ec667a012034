import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { cancelJob } from "../../shared/engine/control.ts";
import { planBulk } from "../../shared/engine/control/plan-bulk.ts";
import { editPayload } from "../../shared/engine/control/edit-payload.ts";
import { retryJob } from "../../shared/engine/control/retry-job.ts";
import { runBulk } from "../../shared/engine/control/run-bulk.ts";
import { tidyDeadLetters } from "../../shared/engine/control/tidy-dead-letters.ts";
import { subjectListOf } from "../../shared/engine/new-job.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { FailingJobs, parcel } from "../support/failing-jobs.ts";
import { faultyPorts } from "../support/faulty-ports.ts";
import { whileTimePasses } from "../support/pass-time.ts";
import { ProcessDied, Simulation, type Fault } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const HOUR_MS = 3_600_000;
const definition = defineJob({
  type: "greeting",
  summary: "Greets.",
  payload: z.object({ to: z.string().min(1), from: z.string().optional() }),
  retry: { maxAttempts: 2, backoff: fixed(HOUR_MS) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  subject: ({ to }) => to,
});

/** Greets everybody but Ada, to whom it always fails. */
function greetings(isPermanent = true) {
  const greeted: string[] = [];
  const simulation = new Simulation(definition, async (job) => {
    await job.step("lookup", () => greeted.push("looked up"));
    if (job.payload.to !== "Ada") return void greeted.push(job.payload.to);
    throw isPermanent ? new PermanentError("UNKNOWN_GUEST", "There is no such guest.") : new Error("not yet");
  });
  return { simulation, greeted };
}

async function failedGreeting() {
  const world = greetings();
  const id = await world.simulation.enqueue({ to: "Ada" });
  await world.simulation.settle();
  return { ...world, id };
}

describe("a retry", () => {
  it("of a failed job begins its next run at once, and its dead letter does not begin another", async () => {
    const { simulation, id } = await failedGreeting();
    await expect(retryJob(simulation.controlPorts, id)).resolves.toBe("restarted");
    expect(simulation.job()).toMatchObject({ status: "pending", run: 2, attempts: 0, runAt: START });
    expect(simulation.queue.messages).toMatchObject([{ body: JSON.stringify({ v: 1, type: "greeting", id, run: 2 }) }]);
    simulation.queue.put("greeting", simulation.queue.deadLetters[0]?.body ?? "");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", run: 2, epoch: 2 });
  });

  it("of a job that is set for later, or waits for its next attempt, runs it now", async () => {
    const { simulation, greeted } = greetings(false);
    const later = await simulation.enqueue({ to: "Grace" }, { delayMs: 40 * HOUR_MS });
    await expect(retryJob(simulation.controlPorts, later)).resolves.toBe("hastened");
    await simulation.consumeOne();
    expect(greeted).toContain("Grace");
    const failing = await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    await expect(retryJob(simulation.controlPorts, failing)).resolves.toBe("hastened");
    await simulation.consumeOne();
    await expect(simulation.store.get(failing)).resolves.toMatchObject({ status: "failed", run: 1, attempts: 2 });
    expect(simulation.clock.now()).toBe(START);
  });

  it("of a job that is due already leaves its row alone and sends another permit", async () => {
    const { simulation } = greetings();
    const id = await simulation.enqueue({ to: "Grace" });
    simulation.queue.messages = [];
    const before = simulation.store.row(id);
    simulation.clock.advance(1_000);
    await expect(retryJob(simulation.controlPorts, id)).resolves.toBe("hastened");
    expect(simulation.store.row(id)).toEqual(before);
    expect(simulation.queue.messages).toHaveLength(1);
  });

  it("of any other job is refused with its status", async () => {
    const { simulation } = greetings();
    const id = await simulation.enqueue({ to: "Grace" });
    await simulation.settle();
    await expect(retryJob(simulation.controlPorts, id)).rejects.toThrow(`Job ${id} is completed: retry does not apply`);
    await expect(retryJob(simulation.controlPorts, "unknown")).rejects.toThrow("There is no job unknown.");
    const cancelled = await simulation.enqueue({ to: "Grace" }, { delayMs: HOUR_MS });
    await cancelJob(simulation.controlPorts, cancelled);
    await expect(retryJob(simulation.controlPorts, cancelled)).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
  });

  const faults: Fault[] = ["before", "after", "lost", "again"];
  const cases = [1, 2, 3].flatMap((number) => faults.map((fault) => ({ number, fault })));
  it.each(cases)(
    "starts one run, whatever happens to call $number ($fault), when it is asked for again",
    async (bad) => {
      const { simulation, id, greeted } = await failedGreeting();
      const faulty = faultyPorts(simulation.controlPorts, ({ number }) => (number === bad.number ? bad.fault : "none"));
      await retryJob(faulty, id).catch(() => undefined);
      await retryJob(simulation.controlPorts, id);
      await simulation.settle();
      expect(simulation.job()).toMatchObject({ status: "failed", run: 2, epoch: 2 });
      expect(greeted).toEqual(["looked up"]);
    },
  );

  it.each(cases)("hastens a delayed job, whatever happens to call $number ($fault)", async (bad) => {
    const { simulation, greeted } = greetings();
    const id = await simulation.enqueue({ to: "Grace" }, { delayMs: HOUR_MS });
    const faulty = faultyPorts(simulation.controlPorts, ({ number }) => (number === bad.number ? bad.fault : "none"));
    await retryJob(faulty, id).catch(() => undefined);
    await retryJob(simulation.controlPorts, id);
    while ((await simulation.consumeOne()) !== undefined);
    expect(simulation.job()).toMatchObject({ status: "completed", epoch: 1 });
    expect(greeted).toEqual(["looked up", "Grace"]);
  });
});

describe("an edit of a failed job's payload", () => {
  it("lets its replay run with the new payload, steps kept, and is recorded by hashes", async () => {
    const { simulation, id, greeted } = await failedGreeting();
    const { payloadHash } = simulation.job();
    const edited = await editPayload(simulation.controlPorts, definition, id, { to: "Grace", from: "Bob" }, "bob");
    expect(edited.changed).toEqual(["from", "to"]);
    expect(simulation.job()).toMatchObject({ status: "failed", run: 1, payloadHash });
    await retryJob(simulation.controlPorts, id);
    await simulation.settle();
    expect(greeted).toEqual(["looked up", "Grace"]);
    expect(simulation.job()).toMatchObject({
      status: "completed",
      run: 2,
      edits: [{ by: "bob", at: START, hashBefore: payloadHash, hashAfter: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(JSON.stringify(simulation.job().edits)).not.toContain("Grace");
  });

  it("moves the job to the list of whom it is about now", async () => {
    const { simulation, id } = await failedGreeting();
    expect(simulation.job().subjectList).toBe(subjectListOf("Ada"));
    await editPayload(simulation.controlPorts, definition, id, { to: "Grace" }, "bob");
    expect(simulation.job().subjectList).toBe(subjectListOf("Grace"));
  });

  it("leaves the subject that an enqueue has named", async () => {
    const { simulation } = greetings();
    const id = await simulation.enqueue({ to: "Ada" }, { subject: "Lovelace" });
    await simulation.settle();
    await editPayload(simulation.controlPorts, definition, id, { to: "Grace" }, "bob");
    expect(simulation.job().subjectList).toBe(subjectListOf("Lovelace"));
  });

  it("is refused when the type's schema or the limits refuse it, and for a job that has not failed", async () => {
    const { simulation, id } = await failedGreeting();
    const before = simulation.store.row(id);
    const edit = (payload: unknown, jobId = id) =>
      editPayload(simulation.controlPorts, definition, jobId, payload, "bob");
    await expect(edit({ to: "", from: 5 })).rejects.toMatchObject({
      code: "INVALID_PAYLOAD",
      message: expect.stringMatching(/to: .*from: /),
    });
    await expect(edit({ to: "x".repeat(6_000_000) })).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    await expect(edit({ to: "Grace" }, "unknown")).rejects.toThrow("There is no job unknown.");
    const wrongType = editPayload(simulation.controlPorts, parcel, id, { failure: "CRM_DOWN", to: "Grace" }, "bob");
    await expect(wrongType).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(simulation.store.row(id)).toEqual(before);
    await retryJob(simulation.controlPorts, id);
    await expect(edit({ to: "Grace" })).rejects.toThrow("is pending: edit does not apply");
  });

  it("is refused without a name that can be shown, and keeps one trimmed", async () => {
    const { simulation, id } = await failedGreeting();
    const edit = (by: string) => editPayload(simulation.controlPorts, definition, id, { to: "Grace" }, by);
    for (const by of ["", "  ", "x".repeat(201), "ada\nbob", "ada\u009B2J"]) {
      await expect(edit(by)).rejects.toMatchObject({ code: "INVALID_EDIT" });
    }
    await edit(" ada ");
    expect(simulation.job().edits).toMatchObject([{ by: "ada" }]);
  });

  it("that changes nothing is not recorded", async () => {
    const { simulation, id } = await failedGreeting();
    await expect(editPayload(simulation.controlPorts, definition, id, { to: "Ada" }, "bob")).resolves.toMatchObject({
      changed: [],
    });
    expect(simulation.job().edits).toBeUndefined();
  });

  it("is refused when the job was edited or restarted after it was read, within the same millisecond too", async () => {
    const { simulation, id } = await failedGreeting();
    const { controlPorts } = simulation;
    const edit = (ports: typeof controlPorts, to: string) => editPayload(ports, definition, id, { to }, "bob");
    // Both read; the one whose write comes first wins.
    const [one, other] = await Promise.allSettled([edit(controlPorts, "Grace"), edit(controlPorts, "Mary")]);
    expect(one.status).toBe("fulfilled");
    expect(other).toMatchObject({ reason: { code: "CHANGED_MEANWHILE" } });
    expect(simulation.job()).toMatchObject({ payload: { to: "Grace" }, edits: [{ by: "bob" }] });
    const [third] = await Promise.allSettled([edit(controlPorts, "Jean"), retryJob(controlPorts, id)]);
    expect(third.status).toBe("fulfilled"); // whoever is first; what runs is what was written
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", payload: { to: "Jean" } });
  });

  it("is refused when the job was restarted after it was read", async () => {
    const { simulation, id } = await failedGreeting();
    const { controlPorts } = simulation;
    const [, edited] = await Promise.allSettled([
      retryJob(controlPorts, id),
      editPayload(controlPorts, definition, id, { to: "Grace" }, "bob"),
    ]);
    expect(edited).toMatchObject({ reason: { code: "CHANGED_MEANWHILE" } });
    expect(simulation.job()).toMatchObject({ run: 2, payload: { to: "Ada" } });
  });

  it("is recorded once when its answer got lost and the client asked again, or its caller did", async () => {
    for (const fault of ["lost", "again"] as const) {
      const { simulation, id } = await failedGreeting();
      const faulty = faultyPorts(simulation.controlPorts, ({ name }) => (name === "store.apply" ? fault : "none"));
      const edit = (ports: typeof simulation.controlPorts) =>
        editPayload(ports, definition, id, { to: "Grace" }, "bob");
      const [first] = await Promise.allSettled([edit(faulty)]);
      expect(first.status).toBe(fault === "again" ? "fulfilled" : "rejected");
      await expect(edit(simulation.controlPorts)).resolves.toMatchObject({ changed: [] });
      expect(simulation.job()).toMatchObject({ payload: { to: "Grace" }, edits: [{ by: "bob" }] });
      expect(simulation.job().edits).toHaveLength(1);
    }
  });
});

describe("a bulk operation over jobs that have not ended", () => {
  /** Four jobs: ready, set for later, retrying, and one that has failed. */
  async function mixed() {
    const { simulation, greeted } = greetings(false);
    const retrying = await simulation.enqueue({ to: "Ada" });
    await simulation.consumeOne();
    const ready = await simulation.enqueue({ to: "Grace" });
    const later = await simulation.enqueue({ to: "Mary" }, { delayMs: 30 * HOUR_MS, tenant: "shop-a" });
    const world = new FailingJobs();
    const ports = { ...simulation.controlPorts, records: world.records, deadLetters: world.deadLetters };
    return { simulation, greeted, ports, ids: { retrying, ready, later } };
  }
  const filter = { types: ["greeting"] };
  const rate = { by: "ada", perSecond: 1_000 };

  it("hastens what waits for its time or its next attempt, and leaves what is due", async () => {
    const { simulation, ports, ids } = await mixed();
    await expect(planBulk(ports, { action: "retry", filter })).resolves.toMatchObject({
      jobs: 2,
      byStatus: { pending: 1, retrying: 1 },
    });
    const running = whileTimePasses(
      simulation.clock,
      runBulk(ports, { ...rate, id: "bulk-1", action: "retry", filter }),
    );
    await expect(running).resolves.toMatchObject({ status: "done", counts: { matched: 2, hastened: 2 } });
    while ((await simulation.consumeOne()) !== undefined);
    for (const id of [ids.ready, ids.later]) {
      await expect(simulation.store.get(id)).resolves.toMatchObject({ status: "completed" });
    }
  });

  it("cancels them, and asks a running one to stop", async () => {
    const { simulation, ports, ids } = await mixed();
    simulation.queue.messages = [];
    simulation.queue.put("greeting", JSON.stringify({ v: 1, type: "greeting", id: ids.ready, run: 1 }));
    simulation.inject(({ number }) => (number === 2 ? "before" : "none"));
    await expect(simulation.consumeOne()).resolves.toBe("died"); // its row says processing until the lease ends
    const running = whileTimePasses(
      simulation.clock,
      runBulk(ports, { ...rate, id: "bulk-1", action: "cancel", filter }),
    );
    await expect(running).resolves.toMatchObject({ counts: { matched: 3, cancelled: 2, requested: 1, skipped: 0 } });
    await simulation.settle();
    const statuses = simulation.store.jobs().map(({ status }) => status);
    expect(statuses).toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  it("takes a tenant's only", async () => {
    const { simulation, ports, ids } = await mixed();
    const running = runBulk(ports, { ...rate, id: "b", action: "cancel", filter: { ...filter, tenants: ["shop-a"] } });
    await whileTimePasses(simulation.clock, running);
    const cancelled = simulation.store.jobs().filter(({ status }) => status === "cancelled");
    expect(cancelled.map(({ id }) => id)).toEqual([ids.later]);
  });
});

describe("tidying a DLQ", () => {
  it("removes the letters whose work has begun, and shows all others again", async () => {
    const world = new FailingJobs();
    await world.fail(4);
    const [first, second] = world.simulation.store.jobs();
    if (first === undefined || second === undefined) throw new Error("There are no jobs.");
    await retryJob(world.ports, first.id); // pending in run 2
    world.mend();
    await retryJob(world.ports, second.id);
    await world.consumeAll(); // both completed
    const stays = [
      "not json",
      "{}",
      JSON.stringify({ v: 1, type: "other", id: second.id, run: 1 }),
      JSON.stringify({ v: 1, type: "parcel", id: "parcel-unknown", run: 2, error: "NO_STOCK" }),
    ];
    const goes = JSON.stringify({ v: 1, type: "parcel", id: second.id, run: 2 }); // SQS has moved a permit
    for (const body of [...stays, goes]) await world.simulation.queue.deadLetter("parcel", body);
    await expect(tidyDeadLetters(world.ports, "parcel")).resolves.toEqual({ removed: 3, kept: 22, isComplete: true });
    expect(world.letterBodies()).toHaveLength(22);
    expect(world.letterBodies()).toEqual(expect.arrayContaining(stays));
    expect(world.letterBodies().filter((body) => body.includes(`"${second.id}"`))).toEqual([stays[2]]);
    await expect(world.deadLetters.depth("parcel")).resolves.toBe(22);
  });

  it("keeps a permit that SQS has moved while its job has not ended", async () => {
    const world = new FailingJobs();
    const id = await world.simulation.enqueue({ failure: "NO_STOCK", to: "Ada" });
    const body = JSON.stringify({ v: 1, type: "parcel", id, run: 1 });
    await world.simulation.queue.deadLetter("parcel", body);
    await expect(tidyDeadLetters(world.ports, "parcel")).resolves.toMatchObject({ removed: 0, kept: 1 });
  });

  it("that dies on the way loses no letter of work to do", async () => {
    const world = new FailingJobs();
    await world.fail(2);
    const dying = faultyPorts(world.ports, ({ number }) => (number === 9 ? "before" : "none"));
    await expect(tidyDeadLetters(dying, "parcel")).rejects.toThrow(ProcessDied);
    await expect(world.deadLetters.depth("parcel")).resolves.toBeLessThan(10);
    world.simulation.clock.advance(300_000);
    await expect(world.deadLetters.depth("parcel")).resolves.toBe(10);
  });
});
