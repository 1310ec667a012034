import { describe, expect, it } from "@jest/globals";

import { readBulk, type BulkRequest } from "../../shared/engine/control/bulk-operation.ts";
import { planBulk } from "../../shared/engine/control/plan-bulk.ts";
import { resumeBulk, runBulk } from "../../shared/engine/control/run-bulk.ts";
import type { Job } from "../../shared/job/job.ts";
import { FailingJobs } from "../support/failing-jobs.ts";
import { faultyPorts, killAt } from "../support/faulty-ports.ts";
import { ProcessDied, type Fault } from "../support/simulation.ts";

const request: BulkRequest = {
  id: "replay-1",
  action: "replay",
  by: "ada",
  filter: { types: ["parcel"], errorCodes: ["PRINTER_OFF", "CRM_DOWN", "MAIL_UNKNOWN"] },
};
const isMatching = ({ id }: { readonly id: string }) => /PRINTER_OFF|CRM_DOWN|MAIL_UNKNOWN/.test(id);
const runsOf = (jobs: readonly Job[]) => [...new Set(jobs.map(({ status, run }) => `${status} ${run}`))].toSorted();

describe("a thousand dead letters of five error codes", () => {
  it("are told right by the dry run, replayed once each at 50 a second over a kill, and harmed by no raw move", async () => {
    const world = new FailingJobs();
    const { simulation, executions } = world;
    await world.fail(200);
    const lettersBefore = world.letterBodies();
    expect(lettersBefore).toHaveLength(1_000);
    const before = JSON.stringify(simulation.store.jobs());

    await expect(planBulk(world.ports, request)).resolves.toEqual({
      action: "replay",
      jobs: 600,
      isMore: false,
      byType: { parcel: 600 },
      byStatus: { failed: 600 },
      byErrorCode: { CRM_DOWN: 200, MAIL_UNKNOWN: 200, PRINTER_OFF: 200 },
      stepsDone: 600,
      effects: [{ type: "parcel", effect: "mail", done: 200, mayRepeat: 200, mayNeedReview: 0, notDone: 0 }],
    });
    expect(JSON.stringify(simulation.store.jobs())).toBe(before);

    world.mend();
    const startedAt = simulation.clock.now();
    const killed = faultyPorts(world.ports, killAt("queue.send", 333, "before"));
    await expect(world.whileTimePasses(runBulk(killed, request))).rejects.toThrow(ProcessDied);
    await expect(readBulk(world.records, "replay-1")).resolves.toMatchObject({ status: "running" });
    const done = await world.whileTimePasses(resumeBulk(world.ports, "replay-1"));
    const tookMs = simulation.clock.now() - startedAt;

    expect(done).toMatchObject({ status: "done", by: "ada", lettersRemoved: 600 });
    expect(done.counts).toMatchObject({ matched: 600, restarted: 600, skipped: 0 });
    expect(tookMs).toBeGreaterThanOrEqual(11_900);
    expect(tookMs).toBeLessThan(13_500); // the chunk in which it was killed is gone through again
    await world.finish();
    const jobs = simulation.store.jobs();
    expect(runsOf(jobs.filter(isMatching))).toEqual(["completed 2"]);
    expect(runsOf(jobs.filter((job) => !isMatching(job)))).toEqual(["failed 1"]);
    expect(jobs.filter((job) => executions.get(job.id) !== (isMatching(job) ? 2 : 1))).toEqual([]);
    // One mail for each, of the unknown ones another, of those without stock the one before they failed.
    expect(world.mails).toHaveLength(200 + 200 + 2 * 200 + 200);
    expect(world.letters()).toHaveLength(400);
    expect(world.letters().filter(({ id, run }) => isMatching({ id }) || run !== 2)).toEqual([]);

    // The rest by hand: every message from the DLQ to the queue, twice, and those of the replayed ones too.
    const rest = world.letterBodies();
    simulation.queue.deadLetters.length = 0;
    world.moveToQueue([...rest, ...rest, ...lettersBefore]);
    await world.finish();
    expect(runsOf(simulation.store.jobs())).toEqual(["completed 2"]);
    expect([...executions.values()].filter((times) => times !== 2)).toEqual([]);
    expect(simulation.queue.deadLetters).toEqual([]);
    expect(simulation.queue.messages).toEqual([]);
  }, 120_000);

  it("run once more each when somebody redrives them all, twice, while they are being replayed", async () => {
    const world = new FailingJobs();
    await world.fail(200);
    world.mend();
    const letters = world.letterBodies();
    let steps = 0;
    const meanwhile = async () => {
      steps += 1;
      if (steps === 200) world.moveToQueue(letters); // two seconds on: 100 are restarted
      if (steps % 50 === 0) world.moveToQueue(letters.slice(steps, steps + 50));
      if (steps % 7 === 0) await world.consumeAll();
    };
    const done = await world.whileTimePasses(runBulk(world.ports, request), meanwhile);
    await world.finish();
    expect(done).toMatchObject({ status: "done", counts: { matched: done.counts.restarted + done.counts.skipped } });
    expect(done.counts.restarted).toBeGreaterThanOrEqual(100);
    expect(runsOf(world.simulation.store.jobs())).toEqual(["completed 2"]);
    expect([...world.executions.values()].filter((times) => times !== 2)).toEqual([]);
  }, 120_000);
});

/** Fifteen dead letters, nine of which match; at four a second these are three chunks. */
async function smallWorld() {
  const world = new FailingJobs();
  await world.fail(3);
  world.mend();
  return world;
}
const small: BulkRequest = { ...request, perSecond: 4 };

async function callsOfReplay(): Promise<number> {
  const world = await smallWorld();
  const calls: string[] = [];
  await world.whileTimePasses(
    runBulk(
      faultyPorts(world.ports, () => "none", calls),
      small,
    ),
  );
  return calls.length;
}

const calls = await callsOfReplay();
const faults: Fault[] = ["before", "after", "lost", "again"];
const cases = Array.from({ length: calls }, (_, index) => index + 1).flatMap((number) =>
  faults.map((fault) => ({ number, fault })),
);

describe("a replay whose process dies, or whose answer gets lost, at any one of its calls", () => {
  it.each(cases)(
    "restarts each matching job once when it is begun again: call $number, $fault",
    async ({ number, fault }) => {
      const world = await smallWorld();
      const plan = (call: { readonly number: number }) => (call.number === number ? fault : "none");
      const first = await world.whileTimePasses(runBulk(faultyPorts(world.ports, plan), small)).catch(() => undefined);
      // Time passes, and what was restarted has run.
      await world.finish();
      const done = first ?? (await world.whileTimePasses(runBulk(world.ports, small)));
      await world.finish();
      expect(done).toMatchObject({ status: "done", counts: { matched: 9, restarted: 9, skipped: 0 } });
      const jobs = world.simulation.store.jobs();
      expect(runsOf(jobs.filter(isMatching))).toEqual(["completed 2"]);
      expect(runsOf(jobs.filter((job) => !isMatching(job)))).toEqual(["failed 1"]);
      expect(jobs.filter((job) => world.executions.get(job.id) !== (isMatching(job) ? 2 : 1))).toEqual([]);
      // A tidying that met the fault may leave letters; they mean no work and go with the next one.
      await world.whileTimePasses(runBulk(world.ports, small));
      world.simulation.clock.advance(300_000);
      await world.whileTimePasses(runBulk(world.ports, small));
      expect(world.letters().filter(isMatching)).toEqual([]);
      expect(world.letters()).toHaveLength(6);
    },
  );

  it("restarts no job twice that has failed again before the replay is begun again", async () => {
    const world = await smallWorld();
    world.broken = new Set(["CRM_DOWN", "PRINTER_OFF"]);
    // Also where this machine's clock is so far ahead that the new failure seems to be older than the replay.
    const ahead = {
      now: () => world.simulation.clock.now() + 300_000,
      after: world.simulation.clock.after.bind(world.simulation.clock),
    };
    const ports = { ...world.ports, clock: ahead };
    const killed = faultyPorts(ports, killAt("store.apply", 6, "after"));
    await expect(world.whileTimePasses(runBulk(killed, small))).rejects.toThrow(ProcessDied);
    await world.finish();
    await world.whileTimePasses(resumeBulk(ports, small.id));
    await world.finish();
    const runs = world.simulation.store
      .jobs()
      .filter(isMatching)
      .map(({ run }) => run);
    expect(runs).toEqual(Array.from({ length: 9 }, () => 2));
    // Six have failed again and have a letter for the next run; it stays.
    expect(
      world
        .letters()
        .filter(isMatching)
        .map(({ run }) => run),
    ).toEqual([3, 3, 3, 3, 3, 3]);
  });
});

describe("a bulk operation", () => {
  it("goes at an even pace, not in bursts", async () => {
    const world = await smallWorld();
    const at: number[] = [];
    const { store } = world.ports;
    const watched = {
      ...world.ports,
      store: faultyPorts({ store }, ({ name }) => {
        if (name === "store.apply") at.push(world.simulation.clock.now());
        return "none";
      }).store,
    };
    await world.whileTimePasses(runBulk(watched, small));
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(gaps).toEqual([250, 250, 250, 250, 250, 250, 250, 250]);
  });

  it("stops within a chunk when it is aborted, says so, and can be resumed", async () => {
    const world = await smallWorld();
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    const stopped = await world.whileTimePasses(runBulk(world.ports, small, { signal: abort.signal, onProgress }));
    expect(stopped).toMatchObject({ status: "stopped", reason: "it was interrupted", counts: { restarted: 4 } });
    expect(world.letters()).toHaveLength(11);
    const done = await world.whileTimePasses(resumeBulk(world.ports, small.id));
    expect(done).toMatchObject({ status: "done", counts: { matched: 9, restarted: 9 }, lettersRemoved: 9 });
    expect(done).not.toHaveProperty("reason", expect.anything());
  });

  it("is left alone by its first process once a second one goes on with it", async () => {
    const world = await smallWorld();
    const slow = runBulk(world.ports, { ...small, perSecond: 1 });
    slow.catch(() => {}); // looked at below
    await new Promise((resolve) => setImmediate(resolve));
    const done = await world.whileTimePasses(resumeBulk(world.ports, small.id, { perSecond: 100 }));
    await expect(world.whileTimePasses(slow)).rejects.toMatchObject({ code: "BULK_TAKEN_OVER" });
    expect(done).toMatchObject({ status: "done", counts: { matched: 9 } });
    await world.finish();
    expect(runsOf(world.simulation.store.jobs().filter(isMatching))).toEqual(["completed 2"]);
  });

  it("stops when more than half of what it restarted fails again, and goes on when it is told to", async () => {
    const world = new FailingJobs();
    await world.fail(60);
    // Not mended: whatever is replayed fails again.
    const stopped = await world.whileTimePasses(runBulk(world.ports, { ...request, perSecond: 20 }));
    expect(stopped).toMatchObject({
      status: "stopped",
      reason: expect.stringMatching(/^\d+ of the last \d+ jobs .* failed again \(\d+ %\)$/),
    });
    expect(stopped.counts.restarted).toBeGreaterThanOrEqual(20);
    expect(stopped.counts.restarted).toBeLessThanOrEqual(60);
    const done = await world.whileTimePasses(resumeBulk(world.ports, request.id, { stopAtErrorRate: 1 }));
    expect(done).toMatchObject({ status: "done", counts: { matched: 180, restarted: 180 } });
    await world.finish();
    expect(Math.max(...world.simulation.store.jobs().map(({ run }) => run))).toBe(2);
  });

  it("goes on while fewer fail again than it may put up with", async () => {
    const world = new FailingJobs();
    await world.fail(60);
    world.broken = new Set(["PRINTER_OFF"]); // the middle third: 60 of the last 100 at the worst
    const pace = { perSecond: 20, stopAtErrorRate: 0.7 };
    const done = await world.whileTimePasses(runBulk(world.ports, { ...request, ...pace }));
    expect(done).toMatchObject({ status: "done", counts: { restarted: 180 } });
  });

  it("does nothing, and lists every problem, when what is asked for is not right", async () => {
    const world = await smallWorld();
    const hostile: readonly [Partial<BulkRequest>, RegExp][] = [
      [{ perSecond: 0 }, /perSecond/],
      [{ perSecond: Number.NaN }, /perSecond/],
      [{ perSecond: Number.POSITIVE_INFINITY }, /perSecond/],
      [{ perSecond: -5 }, /perSecond/],
      [{ stopAtErrorRate: Number.NaN }, /stopAtErrorRate/],
      [{ stopAtErrorRate: 1.5 }, /stopAtErrorRate/],
      [{ by: " " }, /by/],
      [{ id: "../other" }, /id/],
      [{ action: "destroy" as "replay" }, /action/],
      [{ action: "toString" as "replay" }, /action/],
      [{ filter: { types: [] } }, /filter\.types/],
      [{ filter: { types: ["parcel"], ids: [] } }, /filter\.ids/],
      [{ filter: { types: ["parcel"], from: Number.NaN } }, /filter\.from/],
      [{ filter: { types: ["parcel"], until: new Date("nonsense").getTime() } }, /filter\.until/],
      [{ filter: { types: ["parcel"], from: 2, until: 1 } }, /from/],
      [{ filter: { types: ["parcel"], errorcodes: ["A"] } as BulkRequest["filter"] }, /errorcodes/],
      [{ perSecond: 0, by: "" }, /perSecond.*by/],
    ];
    for (const [wrong, problem] of hostile) {
      const running = runBulk(world.ports, { ...small, ...wrong });
      await expect(running).rejects.toMatchObject({ code: "INVALID_BULK", message: expect.stringMatching(problem) });
    }
    expect(world.records.namesOf("bulk")).toEqual([]);
    await expect(planBulk(world.ports, { action: "replay", filter: { types: [] } })).rejects.toThrow("filter.types");
  });

  it("matches by type, tenant, time and ids together, and nothing where nothing can match", async () => {
    const world = await smallWorld();
    const failedAt = world.simulation.store.jobs().map((job) => (job.status === "failed" ? job.endedAt : 0));
    const [first, last] = [Math.min(...failedAt), Math.max(...failedAt)];
    const jobsOf = async (filter: object) =>
      (await planBulk(world.ports, { action: "replay", filter: { types: ["parcel"], ...filter } })).jobs;
    expect(await jobsOf({})).toBe(15);
    expect(await jobsOf({ tenants: ["shop-a"] })).toBe(8);
    expect(await jobsOf({ tenants: ["shop-a"], errorCodes: ["NO_STOCK"] })).toBe(2);
    expect(await jobsOf({ until: last - 1 })).toBe(12); // those that waited for a receipt failed later
    expect(await jobsOf({ from: first + 1 })).toBe(3);
    expect(await jobsOf({ from: last + 86_400_000 })).toBe(0);
    expect(await jobsOf({ ids: ["parcel-NO_STOCK-4", "parcel-NO_STOCK-4", "unknown"] })).toBe(1);
    expect(await jobsOf({ ids: ["parcel-NO_STOCK-4"], tenants: ["shop-b"] })).toBe(0);
    expect(await jobsOf({ types: ["other"] })).toBe(0);
    expect(await jobsOf({ errorCodes: ["__proto__", "constructor"] })).toBe(0);
  });

  it("is planned by the first 10,000 jobs, and says that there are more", async () => {
    const world = await smallWorld();
    const [row] = world.simulation.store.jobs();
    if (row === undefined) throw new Error("There are no jobs.");
    const page = (number: number) => ({
      entries: Array.from({ length: 1_000 }, (_, index) => ({ id: `${number}-${index}`, type: "parcel", at: 0 })),
      ...(number < 11 && { next: String(number + 1) }),
    });
    const store = {
      ...world.ports.store,
      list: async (_: unknown, { after = "1" }: { after?: string }) => page(Number(after)),
      getMany: async (ids: readonly string[]) => ids.map((id) => ({ ...row, id })),
    };
    const plan = await planBulk({ ...world.ports, store }, { action: "replay", filter: { types: ["parcel"] } });
    expect(plan).toMatchObject({ jobs: 10_000, isMore: true });
  });

  it("of an id that belongs to another filter is refused, and one that is unknown cannot be resumed", async () => {
    const world = await smallWorld();
    await world.whileTimePasses(runBulk(world.ports, small));
    const other = { ...small, filter: { types: ["parcel"] } };
    await expect(runBulk(world.ports, other)).rejects.toMatchObject({ code: "BULK_CONFLICT" });
    await expect(resumeBulk(world.ports, "nothing")).rejects.toMatchObject({ code: "UNKNOWN_BULK" });
  });

  it("that is done stays done when it is resumed", async () => {
    const world = await smallWorld();
    await world.whileTimePasses(runBulk(world.ports, small));
    world.broken = new Set(["CRM_DOWN"]);
    const again = await world.whileTimePasses(resumeBulk(world.ports, small.id));
    expect(again).toMatchObject({ status: "done", counts: { matched: 9, restarted: 9 } });
  });
});
