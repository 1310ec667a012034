import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import type { JobContext } from "../../shared/engine/job-context.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { tick } from "../../shared/engine/ticker.ts";
import { occurrencesBetween } from "../../shared/job/occurrences.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Report = { of: string };

/** A type with one schedule, in virtual time. */
function simulate(
  schedule: Partial<JobSchedule<Report>>,
  handler: (job: JobContext<Report>) => Promise<unknown> = async () => undefined,
  retryAfterMs = 10 * MINUTE_MS,
): Simulation<Report> {
  const definition = defineJob({
    type: "report",
    summary: "Reports.",
    payload: z.object({ of: z.string() }),
    retry: { maxAttempts: 3, backoff: fixed(retryAfterMs) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
    schedules: [{ name: "nightly", cron: "0 2 * * *", payload: { of: "the day" }, ...schedule }],
  });
  return new Simulation(definition, handler);
}

const tickAt = (at: string, isCatchUp?: true): string =>
  JSON.stringify({ v: 1, type: "report", tick: { schedule: "nightly", at, ...(isCatchUp && { isCatchUp }) } });

/** Lets time pass in steps, with everything consumed at each that can be, and the ticker at each or every `tickMs`. */
async function passUntil(
  simulation: Simulation<Report>,
  until: number,
  stepMs = MINUTE_MS,
  tickMs = stepMs,
): Promise<void> {
  while (simulation.clock.now() < until) {
    simulation.clock.advanceTo(Math.min(simulation.clock.now() + stepMs, until));
    if ((simulation.clock.now() - START) % tickMs === 0 || tickMs === stepMs) await simulation.tick();
    while ((await simulation.consumeOne()) !== undefined);
  }
}

const entriesOf = (simulation: Simulation<Report>) =>
  [...simulation.ledger.entries.values()].toSorted((a, b) => a.at - b.at);
const TWO_O_CLOCK = START + 2 * HOUR_MS;

describe("a tick", () => {
  it("becomes a job of its schedule and time, with the schedule's payload, and is in the ledger", async () => {
    const seen: unknown[] = [];
    const simulation = simulate({}, async ({ payload, occurrence }) => void seen.push(payload, occurrence));
    simulation.clock.advanceTo(TWO_O_CLOCK);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(seen).toEqual([{ of: "the day" }, { schedule: "nightly", at: TWO_O_CLOCK }]);
    expect(simulation.job()).toMatchObject({
      id: "report-nightly-20260101T020000Z",
      status: "completed",
      schedule: { name: "nightly", at: TWO_O_CLOCK },
    });
    expect(entriesOf(simulation)).toEqual([
      {
        schedule: "nightly",
        at: TWO_O_CLOCK,
        decision: "run",
        decidedAt: TWO_O_CLOCK,
        source: "tick",
        jobId: "report-nightly-20260101T020000Z",
      },
    ]);
  });

  it("runs once however often it comes", async () => {
    let runs = 0;
    const simulation = simulate({}, async () => void (runs += 1));
    simulation.clock.advanceTo(TWO_O_CLOCK);
    for (let copy = 0; copy < 5; copy += 1) simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z", true));
    await simulation.settle();
    expect(runs).toBe(1);
  });

  it("that comes early waits for its time", async () => {
    let ranAt = 0;
    const simulation = simulate({}, async () => void (ranAt = simulation.clock.now()));
    simulation.clock.advanceTo(TWO_O_CLOCK - 90_000);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(ranAt).toBeGreaterThanOrEqual(TWO_O_CLOCK);
    expect(ranAt).toBeLessThanOrEqual(TWO_O_CLOCK + 2_000);
  });

  it.each(["9999-12-31T02:00:00Z", "2026-01-02T02:00:00Z", "1970-01-01T02:00:00Z"])(
    "of another time (%s) is parked, decides nothing and blocks nothing",
    async (at) => {
      const simulation = simulate({});
      await simulation.tick();
      simulation.clock.advanceTo(START + HOUR_MS);
      simulation.queue.put("report", tickAt(at));
      await passUntil(simulation, START + 2 * DAY_MS, 10 * MINUTE_MS);
      expect(entriesOf(simulation).map(({ decision }) => decision)).toEqual(["run", "run"]);
      expect(simulation.queue.deadLetters).toHaveLength(1);
    },
  );

  it("that comes again when its run's row has been forgotten is dropped", async () => {
    let runs = 0;
    const simulation = simulate({}, async () => void (runs += 1));
    simulation.clock.advanceTo(TWO_O_CLOCK);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    simulation.clock.advance(31 * DAY_MS);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(runs).toBe(1);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("of a schedule that is not in the catalog any more is dropped", async () => {
    const simulation = simulate({ name: "weekly" });
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(simulation.store.jobs()).toEqual([]);
    expect(simulation.queue.deadLetters).toEqual([]);
  });

  it("of a disabled schedule is skipped, and says why", async () => {
    const simulation = simulate({ enabled: false });
    simulation.clock.advanceTo(TWO_O_CLOCK);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(simulation.store.jobs()).toEqual([]);
    expect(entriesOf(simulation)).toMatchObject([{ decision: "skipped", reason: "the schedule is disabled" }]);
  });

  it("that comes later than the catch-up window is missed", async () => {
    const simulation = simulate({ catchUpSeconds: 3600 });
    simulation.clock.advanceTo(TWO_O_CLOCK + HOUR_MS + 1000);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    await simulation.settle();
    expect(simulation.store.jobs()).toEqual([]);
    expect(entriesOf(simulation)).toMatchObject([{ decision: "missed" }]);
  });

  it.each([
    { tick: { schedule: "nightly", at: "yesterday" } },
    { tick: { schedule: "../x", at: "2026-01-01T02:00:00Z" } },
    { tick: { schedule: "nightly" } },
  ])("that nobody can read is parked: %j", async (body) => {
    const simulation = simulate({});
    simulation.queue.put("report", JSON.stringify({ v: 1, type: "report", ...body }));
    await simulation.settle();
    expect(simulation.queue.deadLetters).toHaveLength(1);
    expect(simulation.store.jobs()).toEqual([]);
  });

  // Ledger read, slot, its taking, the decision, the row's put, the claim.
  it.each(
    [1, 2, 3, 4, 5, 6].flatMap((number) =>
      (["before", "after", "lost", "again"] as const).map((fault) => [number, fault] as const),
    ),
  )("leads to exactly one run when call %i fails (%s)", async (number, fault) => {
    let runs = 0;
    const simulation = simulate({}, async () => void (runs += 1));
    await simulation.tick(); // the schedule counts from now on
    simulation.clock.advanceTo(TWO_O_CLOCK);
    simulation.queue.put("report", tickAt("2026-01-01T02:00:00Z"));
    simulation.inject((call) => (call.number === number ? fault : "none"));
    await passUntil(simulation, TWO_O_CLOCK + HOUR_MS);
    expect(simulation.calls.length).toBeGreaterThanOrEqual(number);
    expect({ runs, status: simulation.job().status }).toEqual({ runs: 1, status: "completed" });
    expect(entriesOf(simulation)).toMatchObject([{ decision: "run" }]);
  });
});

describe("an occurrence whose tick never comes", () => {
  it("is caught up by the ticker, once", async () => {
    let runs = 0;
    const simulation = simulate({}, async () => void (runs += 1));
    await passUntil(simulation, START + 6 * HOUR_MS);
    expect(runs).toBe(1);
    expect(entriesOf(simulation)).toMatchObject([{ at: TWO_O_CLOCK, decision: "run", source: "catch_up" }]);
    expect(entriesOf(simulation)[0]?.decidedAt).toBeLessThanOrEqual(TWO_O_CLOCK + 3 * MINUTE_MS);
  });

  it("is missed when nothing ran for longer than its catch-up window", async () => {
    const simulation = simulate({ catchUpSeconds: 3600 });
    await passUntil(simulation, START + HOUR_MS);
    simulation.clock.advanceTo(START + 12 * HOUR_MS);
    await passUntil(simulation, START + 13 * HOUR_MS);
    expect(simulation.store.jobs()).toEqual([]);
    expect(entriesOf(simulation)).toMatchObject([
      { at: TWO_O_CLOCK, decision: "missed", reason: "no tick came within 3600 s" },
    ]);
    expect(simulation.log.lines).toContainEqual(
      expect.objectContaining({ level: "error", message: "A scheduled run was missed." }),
    );
  });

  it("is asked for again and again, ever more seldom, while the queue is stuck", async () => {
    const simulation = simulate({});
    const sent: number[] = [];
    simulation.queue.sendTick = () => Promise.resolve(void sent.push(simulation.clock.now() - TWO_O_CLOCK));
    await passUntil(simulation, TWO_O_CLOCK + 40 * MINUTE_MS);
    expect(sent.map((ms) => ms / MINUTE_MS)).toEqual([2, 4, 8, 16, 32]);
  });

  it("is nobody's when the schedule was new, changed or disabled at that time", async () => {
    const simulation = simulate({});
    simulation.clock.advanceTo(START + 5 * HOUR_MS);
    await passUntil(simulation, START + 6 * HOUR_MS); // deployed at five
    await tick({ ...simulation.tickerPorts, schedules: [] }, Number.POSITIVE_INFINITY); // taken out of the catalog
    simulation.clock.advanceTo(START + 30 * HOUR_MS);
    await passUntil(simulation, START + 31 * HOUR_MS);
    expect(entriesOf(simulation)).toEqual([]);
  });

  it("does not keep the due rows waiting when the ledger cannot be read", async () => {
    const simulation = simulate({});
    simulation.ledger.cursors = () => Promise.reject(new Error("Throttled"));
    await simulation.enqueue({ of: "x" });
    simulation.queue.messages = [];
    simulation.clock.advance(2 * MINUTE_MS);
    await simulation.tick();
    expect(simulation.queue.messages).toHaveLength(1);
  });
});

describe("occurrences that overlap", () => {
  const hourly = { cron: "0 * * * *" };
  /** A handler that takes its time: its first attempts fail, and the retries come ten minutes apart. */
  const slow = async (job: JobContext<Report>) => {
    if (job.attempt < 3) throw new Error("not yet");
  };
  const sendTicks = (simulation: Simulation<Report>, ...ats: string[]) => {
    for (const at of ats) simulation.queue.put("report", tickAt(at));
  };
  const everyTen = { cron: "*/10 * * * *" };

  it("run one at a time under `skip`: what comes meanwhile is left out", async () => {
    const simulation = simulate(everyTen, slow);
    await simulation.tick();
    simulation.clock.advanceTo(START + 10 * MINUTE_MS);
    sendTicks(simulation, "2026-01-01T00:10:00Z");
    await passUntil(simulation, START + 19 * MINUTE_MS + 59_000);
    sendTicks(simulation, "2026-01-01T00:20:00Z");
    await passUntil(simulation, START + 59 * MINUTE_MS);
    const decisions = entriesOf(simulation).map(({ at, decision }) => [(at - START) / MINUTE_MS, decision]);
    expect(decisions.slice(0, 4)).toEqual([
      [10, "run"],
      [20, "skipped"],
      [30, "run"], // the third attempt of 00:10 ended at 00:30
      [40, "skipped"],
    ]);
    expect(entriesOf(simulation)[1]?.reason).toBe("the run of 20260101T001000Z had not ended");
  });

  it("wait their turn under `queue`, in order, and each runs", async () => {
    const order: string[] = [];
    const simulation = simulate({ ...everyTen, overlap: "queue" }, async (job) => {
      order.push(`${job.id.slice(-8, -3)}.${job.attempt}`);
      if (job.attempt < 3 && job.id.endsWith("001000Z")) throw new Error("not yet");
    });
    await simulation.tick();
    await passUntil(simulation, START + 75 * MINUTE_MS);
    expect(order).toEqual([
      "T0010.1",
      "T0010.2",
      "T0010.3",
      "T0020.1",
      "T0030.1",
      "T0040.1",
      "T0050.1",
      "T0100.1",
      "T0110.1",
    ]);
    expect(entriesOf(simulation).every(({ decision }) => decision === "run")).toBe(true);
  });

  it("are made up for within hours after a long obstacle, though the schedule fires every minute", async () => {
    const started: string[] = [];
    const simulation = simulate(
      { cron: "* * * * *", overlap: "queue" },
      async (job) => {
        if (started.length === 0 && job.attempt < 3) throw new Error("an hour's retries");
        started.push(job.id);
      },
      30 * MINUTE_MS,
    );
    await simulation.tick();
    for (let minute = 1; minute <= 150; minute += 1) {
      simulation.queue.put("report", tickAt(new Date(START + minute * MINUTE_MS).toISOString()));
      await passUntil(simulation, START + minute * MINUTE_MS, 5_000, MINUTE_MS);
    }
    const waiting = entriesOf(simulation).filter(({ decision }) => decision === "queued");
    expect(waiting.length).toBeLessThan(4);
    expect(started.length).toBeGreaterThan(140);
    expect(started).toEqual(started.toSorted());
    expect(simulation.queue.messages.length).toBeLessThan(30);
  });

  it("that wait when the schedule is changed, or disabled, do not run any more, and the ledger says so", async () => {
    const simulation = simulate({ cron: "0 * * * *", overlap: "queue" }, slow, 50 * MINUTE_MS);
    await simulation.tick();
    await passUntil(simulation, START + 2 * HOUR_MS + 10 * MINUTE_MS);
    expect(entriesOf(simulation).map(({ decision }) => decision)).toEqual(["run", "queued"]);
    const ports = simulation.tickerPorts;
    const schedules = ports.schedules.map((each) => ({ ...each, schedule: { ...each.schedule, cron: "30 3 * * *" } }));
    await tick({ ...ports, schedules }, Number.POSITIVE_INFINITY);
    expect(entriesOf(simulation)[1]).toMatchObject({
      decision: "skipped",
      reason: "the schedule was changed, disabled or removed before its turn came",
    });
  });

  it.each(["skip", "queue"] as const)(
    "never both run under `%s`, also when a worker dies before its row",
    async (overlap) => {
      const simulation = simulate({ cron: "* * * * *", overlap }, slow, 30 * MINUTE_MS);
      await simulation.tick();
      let hasDied = false;
      simulation.inject(({ name }) => {
        if (hasDied || name !== "store.create") return "none";
        hasDied = true;
        return "before";
      });
      for (let minute = 1; minute <= 30; minute += 1) {
        simulation.queue.put("report", tickAt(new Date(START + minute * MINUTE_MS).toISOString()));
        await passUntil(simulation, START + minute * MINUTE_MS, 10_000, MINUTE_MS);
        const underWay = simulation.store.jobs().filter(({ status }) => status !== "completed" && status !== "failed");
        expect(underWay.length).toBeLessThanOrEqual(1);
      }
      expect(hasDied).toBe(true);
    },
  );

  it("are decided at their own time, though the ticker's clock is five minutes ahead", async () => {
    const simulation = simulate(
      { cron: "*/15 * * * *" },
      async (job) => {
        if (job.attempt < 2) throw new Error("not yet");
      },
      13.5 * MINUTE_MS,
    );
    const ahead = { now: () => simulation.clock.now() + 5 * MINUTE_MS, after: () => () => {} };
    for (let minute = 0; minute <= 181; minute += 1) {
      simulation.clock.advanceTo(START + minute * MINUTE_MS);
      if (minute > 0 && minute % 15 === 0)
        simulation.queue.put("report", tickAt(new Date(simulation.clock.now()).toISOString()));
      await tick({ ...simulation.tickerPorts, clock: ahead }, Number.POSITIVE_INFINITY);
      for (let second = 0; second < 60; second += 1) {
        while ((await simulation.consumeOne()) !== undefined);
        simulation.clock.advance(1_000);
      }
    }
    expect(entriesOf(simulation).map(({ decision }) => decision)).toEqual(Array.from({ length: 12 }, () => "run"));
  });

  it("find the slot free that two copies of a tick left with a skipped occurrence", async () => {
    const simulation = simulate(everyTen);
    const [at, later] = [START + 10 * MINUTE_MS, START + 20 * MINUTE_MS];
    await simulation.ledger.decide({ schedule: "nightly", at, decidedAt: at, decision: "skipped", source: "tick" });
    await simulation.ledger.takeSlot(
      "nightly",
      { at, jobId: "report-nightly-20260101T001000Z", takenAt: later - 1 },
      0,
    );
    simulation.clock.advanceTo(later);
    simulation.queue.put("report", tickAt("2026-01-01T00:20:00Z"));
    await simulation.settle();
    expect(entriesOf(simulation)[1]).toMatchObject({ at: later, decision: "run" });
  });

  it("all run under `allow`", async () => {
    const simulation = simulate({ ...hourly, overlap: "allow" }, () => new Promise(() => {}));
    simulation.clock.advanceTo(START + 2 * HOUR_MS);
    sendTicks(simulation, "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z");
    void simulation.consumeOne();
    void simulation.consumeOne();
    await new Promise((resolve) => setImmediate(resolve));
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["processing", "processing"]);
  });

  it("do not wait for a run that waits for a person", async () => {
    const simulation = simulate(hourly, async (job) => {
      await job.effect("mail", { onUnknown: "review", send: () => Promise.reject(new Error("lost")) });
    });
    await simulation.tick();
    await passUntil(simulation, START + 5 * HOUR_MS);
    const decisions = entriesOf(simulation).map(({ decision }) => decision);
    expect(decisions.filter((decision) => decision === "run").length).toBeGreaterThanOrEqual(3);
    expect(simulation.store.jobs().some(({ status }) => status === "needs_review")).toBe(true);
  });
});

describe("a year of a daily schedule in Berlin", () => {
  it("has exactly one run each day, and the ledger says what happened", async () => {
    const schedule = { cron: "30 2 * * *", timeZone: "Europe/Berlin", catchUpSeconds: 24 * 3600 };
    const days: string[] = [];
    const simulation = simulate(schedule, async (job) => void days.push(job.id));
    const end = START + 365 * DAY_MS;
    const outage = { from: Date.parse("2026-06-10T22:00:00Z"), until: Date.parse("2026-06-11T04:00:00Z") };
    await simulation.tick();
    const told = { lost: 0, doubled: 0, skippedBySpring: 0 };
    for (const [day, at] of occurrencesBetween(schedule, START, end, 400).entries()) {
      await passUntil(simulation, at, 15 * MINUTE_MS);
      const time = asEventBridgeFires(at);
      if (time === undefined) told.skippedBySpring += 1;
      else if (day % 50 === 17) told.lost += 1;
      else {
        simulation.queue.put("report", tickAt(time));
        if (day % 20 === 3) {
          told.doubled += 1;
          simulation.queue.put("report", tickAt(time));
        }
      }
      // Nothing consumes and nothing ticks for six hours; what the scheduler sent in them is gone too.
      if (at >= outage.from && at < outage.until) {
        simulation.queue.messages = [];
        simulation.clock.advanceTo(outage.until);
      }
    }
    await passUntil(simulation, end + DAY_MS / 2, 15 * MINUTE_MS);
    const entries = entriesOf(simulation).filter(({ at }) => at <= end);
    const localDays = entries.map(({ at }) => berlinDay(at));
    expect(new Set(localDays).size).toBe(365);
    expect(entries).toHaveLength(365);
    expect(new Set(days.slice(0, 365)).size).toBe(365);
    expect(days.length).toBe(entriesOf(simulation).length);
    expect(entries.every(({ decision }) => decision === "run")).toBe(true);
    const caughtUp = entries.filter(({ source }) => source === "catch_up");
    // Lost ones, the spring day, and the night of the outage.
    expect(caughtUp).toHaveLength(told.lost + told.skippedBySpring + 1);
    expect(told).toMatchObject({ skippedBySpring: 1 });
    expect(told.lost).toBeGreaterThan(2);
    expect(told.doubled).toBeGreaterThan(8);
  }, 60_000);
});

/** EventBridge skips a local time that does not exist, and of one that comes twice it may take the second. */
function asEventBridgeFires(at: number): string | undefined {
  const iso = new Date(at).toISOString().replace(".000", "");
  if (iso === "2026-03-29T01:00:00Z") return undefined;
  return iso === "2026-10-25T00:30:00Z" ? "2026-10-25T01:30:00Z" : iso;
}

const berlinDay = (at: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Berlin", dateStyle: "short" }).format(at);
