import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { renderTransition } from "../../shared/aws/transition-expression.ts";
import { cancelJob, resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { ItemContext, Sweep, SweepTotals } from "../../shared/engine/sweep.ts";
import { EffectRefusedError, PermanentError } from "../../shared/errors/job-errors.ts";
import { Continue, Snooze } from "../../shared/errors/postponements.ts";
import { defineJob, type OnUnknown } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation, type Fault } from "../support/simulation.ts";

const definition = defineJob({
  type: "clean_up",
  summary: "Visits everything.",
  payload: z.object({}),
  retry: { maxAttempts: 2, backoff: fixed(5_000) },
  // The handler's deadline is 54 s after its claim; the simulation's process ends then.
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

type Handler = (job: JobContext<object>) => Promise<unknown>;

function simulate(handler: Handler): Simulation<object> {
  const simulation = new Simulation<object>(definition, handler);
  refuseAsDynamoDb(simulation);
  return simulation;
}

/** DynamoDB takes no write that sets and removes one path, and no expression over 4 KB. */
function refuseAsDynamoDb({ store }: Simulation<object>): void {
  const apply = store.apply.bind(store);
  store.apply = (jobId, transition) => {
    const { set, add, remove } = transition.changes;
    const paths = [...set.map(({ path }) => path), ...add.map(({ path }) => path), ...remove].map(String);
    if (new Set(paths).size < paths.length) throw new Error(`Paths overlap: ${paths.join(" ")}`);
    if (renderTransition(transition).UpdateExpression.length > 4_096) throw new Error("The expression is too long.");
    return apply(jobId, transition);
  };
}

/** `count` items named by their numbers, in pages of `size`. */
const numbers = (count: number, size: number) => ({
  page: async (cursor = 0) => ({
    items: Array.from({ length: Math.min(size, count - cursor) }, (_, index) => cursor + index),
    ...(cursor + size < count && { next: cursor + size }),
  }),
  key: (item: number) => `item-${item}`,
});

/** Runs a job of one sweep to its end. */
async function swept<Item, Cursor>(sweep: Sweep<Item, Cursor>, name = "all"): Promise<Simulation<object>> {
  const simulation = simulate((job) => job.sweep(name, sweep));
  await simulation.enqueue({});
  await simulation.settle();
  return simulation;
}

function totalsOf(simulation: Simulation<object>): SweepTotals {
  const job = simulation.job();
  if (job.status !== "completed" || job.result === undefined || !("json" in job.result)) {
    throw new Error(`The job has no totals: ${JSON.stringify(job)}`);
  }
  return JSON.parse(job.result.json ?? "") as SweepTotals;
}

const endings = (simulation: Simulation<object>) => simulation.job().history.map(({ ending }) => ending);

/** A kill at the first call that a condition holds for. */
const killOnce = (fault: Fault, condition: (name: string) => boolean) => {
  let isSpent = false;
  return (name: string): Fault => {
    if (isSpent || !condition(name)) return "none";
    isSpent = true;
    return fault;
  };
};

/** Sends mails and reports each one's receipt, as SES's events do, whatever becomes of whoever sent it. */
function mailRoom(simulation: Simulation<object>) {
  const mails: string[] = [];
  const send = (item: number) => (attempt: { readonly jobId: string; readonly effect: string }) =>
    simulation.outside("mailer.send", () => {
      mails.push(`item-${item}`);
      const messageId = `mail-${mails.length}`;
      const report = { ...attempt, messageId, eventType: "Send", at: simulation.clock.now() };
      void simulation.receipts.put(report);
      return { id: messageId };
    });
  return { mails, send };
}

interface Mailing {
  readonly count: number;
  readonly size: number;
  readonly onUnknown: OnUnknown;
  readonly concurrency?: number;
}

/** A sweep whose items are mailed. */
function mailing({ count, size, onUnknown, concurrency = 1 }: Mailing) {
  const simulation: Simulation<object> = simulate((job) =>
    job.sweep("reminders", {
      ...numbers(count, size),
      concurrency,
      each: (item, context) => context.effect({ onUnknown, send: room.send(item) }),
    }),
  );
  const room = mailRoom(simulation);
  return { simulation, mails: room.mails };
}

const keysUpTo = (count: number) => Array.from({ length: count }, (_, index) => `item-${index}`);

describe("a sweep over 100,000 items whose process is killed within a page, before a checkpoint and after one", () => {
  it("goes on in claim after claim until each item is done, and repeats no more than an unfinished page", async () => {
    const world = { done: new Map<number, number>(), puts: 0, putsOfPage: 0, page: 0, largestState: 0 };
    const source = numbers(100_000, 100);
    const simulation: Simulation<object> = simulate((job) =>
      job.sweep("all", {
        ...source,
        page: async (cursor?: number) => {
          // One page at a time: the one before is done, or its process has died.
          expect([0, 49, 100]).toContain(world.putsOfPage);
          world.putsOfPage = 0;
          world.page = (cursor ?? 0) / 100;
          simulation.clock.advance(1_000);
          const { sweeps = {}, effects } = simulation.job();
          world.largestState = Math.max(world.largestState, JSON.stringify({ sweeps, effects }).length);
          return source.page(cursor);
        },
        each: (item) =>
          simulation.outside("records.putOnce", () => {
            world.puts += 1;
            world.putsOfPage += 1;
            if (!world.done.has(item)) world.done.set(item, world.puts);
          }),
      }),
    );
    const isCheckpoint = (name: string) => name === "store.apply" && world.putsOfPage === 100;
    const kills = [
      killOnce("before", (name) => name === "records.putOnce" && world.page === 123 && world.putsOfPage === 49),
      killOnce("before", (name) => isCheckpoint(name) && world.page === 456),
      killOnce("after", (name) => isCheckpoint(name) && world.page === 789),
    ];
    simulation.inject(({ name }) => kills.map((kill) => kill(name)).find((fault) => fault !== "none") ?? "none");
    await simulation.enqueue({});
    const ended: (string | undefined)[] = [];
    while (simulation.job().status !== "completed") {
      ended.push(await simulation.consumeOne());
      expect(simulation.job()).not.toMatchObject({ status: "failed" });
      simulation.clock.advance(60_000);
      await simulation.tick();
    }
    expect(ended.filter((end) => end === "died")).toHaveLength(3);
    expect(ended.filter((end) => end === "returned" || end === "done").length).toBeGreaterThan(20);
    expect(totalsOf(simulation)).toEqual({
      pages: 1_000,
      visited: 100_000,
      done: 100_000,
      skipped: 0,
      failed: 0,
      isDryRun: false,
      errors: [],
    });
    expect(world.done.size).toBe(100_000);
    expect(world.puts).toBe(100_000 + 49 + 100);
    expect(world.largestState).toBeLessThan(2_048);
    expect(simulation.job().progress).toMatchObject({ done: 100_000 });
  });
});

describe("a sweep whose items are mailed", () => {
  it("sends each of 600 mails once, killed while it sends, while it records and while it checks in", async () => {
    const { simulation, mails } = mailing({ count: 600, size: 20, onUnknown: "resend" });
    const kills = new Map<number, Fault>([
      [100, "before"],
      [333, "after"],
      [500, "lost"],
      [777, "after"],
      [1_000, "before"],
      [1_001, "after"],
    ]);
    simulation.inject(({ number }) => kills.get(number) ?? "none");
    await simulation.enqueue({});
    await simulation.settle();
    expect(totalsOf(simulation)).toMatchObject({ pages: 30, visited: 600, done: 600, failed: 0 });
    expect(mails).toEqual(keysUpTo(600));
    expect(simulation.job().effects).toEqual({});
  });

  it.each([
    { onUnknown: "resend", concurrency: 1 },
    { onUnknown: "review", concurrency: 1 },
    { onUnknown: "resend", concurrency: 3 },
    { onUnknown: "review", concurrency: 3 },
  ] as const)("sends each mail once, whichever one call its process dies at: %j", async (how) => {
    const shape = { count: 12, size: 4, ...how };
    const undisturbed = mailing(shape);
    await undisturbed.simulation.enqueue({});
    await undisturbed.simulation.settle();
    const calls = [...undisturbed.simulation.calls];
    // Claim, intents and mails, checkpoints, completion.
    expect(calls.length).toBeGreaterThanOrEqual(1 + 12 * 2 + 3 + 1);
    for (const [index, name] of calls.entries()) {
      for (const fault of ["before", "after", "lost", "again"] as const) {
        if (fault === "again" && name === "mailer.send") continue; // its client never asks twice
        const at = `call ${index + 1}, ${fault}`;
        const { simulation, mails } = mailing(shape);
        simulation.inject(({ number }) => (number === index + 1 ? fault : "none"));
        await simulation.enqueue({});
        await simulation.settle();
        await resolveNotSent(simulation);
        expect({ at, mails: mails.toSorted() }).toEqual({ at, mails: keysUpTo(12).toSorted() });
        expect({ at, ...totalsOf(simulation) }).toMatchObject({ at, pages: 3, visited: 12, done: 12, failed: 0 });
        // Where the answer to the last checkpoint got lost, the attempt's ending writes the last receipt once more.
        const isLastCheckpoint = index === calls.lastIndexOf("store.apply") - 1;
        const left = fault === "lost" && isLastCheckpoint ? 1 : 0;
        expect({ at, left: Object.keys(simulation.job().effects).length }).toEqual({ at, left });
      }
    }
  });

  it("waits once for all receipts that a crash left open", async () => {
    const { simulation, mails } = mailing({ count: 4, size: 4, onUnknown: "review", concurrency: 4 });
    let sends = 0;
    simulation.inject(({ name }) => (name === "mailer.send" && (sends += 1) === 4 ? "after" : "none"));
    await simulation.enqueue({});
    await simulation.settle();
    expect(mails).toHaveLength(4);
    expect(endings(simulation)).toEqual(["release", "complete"]);
  });

  it("begins no further effect once a cancel was asked for", async () => {
    const simulation = simulate((job) =>
      job.sweep("reminders", {
        ...numbers(10, 5),
        each: async (item, context) => {
          await context.effect({ onUnknown: "resend", send: room.send(item) });
          if (item === 6) await cancelJob(simulation.controlPorts, job.id);
        },
      }),
    );
    const room = mailRoom(simulation);
    await simulation.enqueue({});
    await simulation.settle();
    expect(room.mails).toEqual(keysUpTo(7));
    expect(simulation.job().status).toBe("cancelled");
  });

  it("names the sweep and the item in the ledger of effects, and leaves that to a handler that says more", async () => {
    const simulation = simulate((job) =>
      job.sweep("reminders", {
        ...numbers(2, 2),
        each: async (item, context) => {
          const what = item === 1 ? { what: "Reminder", to: "1" } : {};
          await context.effect({ ...what, onUnknown: "resend", send: async () => ({ id: "1" }) });
          if (item === 1) throw new Snooze({ delayMs: 1_000 });
        },
      }),
    );
    await simulation.enqueue({});
    await simulation.consumeOne();
    expect(Object.values(simulation.job().effects)).toMatchObject([
      { intent: { what: "reminders: item-0" } },
      { intent: { what: "Reminder", to: "1" } },
    ]);
    for (const name of Object.keys(simulation.job().effects))
      expect(name).toMatch(/^sweep-reminders-[A-Za-z0-9_-]{17}$/);
  });
});

describe("an effect of unknown outcome whose item is gone when its page is visited again", () => {
  it.each([
    { onUnknown: "review", isReported: true, status: "completed" },
    { onUnknown: "review", isReported: false, status: "needs_review" },
    { onUnknown: "resend", isReported: false, status: "completed" },
  ] as const)("is not forgotten: $onUnknown, reported: $isReported, so the job is $status", async (how) => {
    let mails = 0;
    const simulation: Simulation<object> = simulate((job) =>
      job.sweep("reminders", {
        page: async () => ({ items: mails === 0 ? [1, 2] : [2] }),
        key: (item) => `item-${item}`,
        each: (item, context) =>
          item === 2
            ? Promise.resolve()
            : context.effect({
                onUnknown: how.onUnknown,
                send: async ({ jobId, effect }) => {
                  mails += 1;
                  const report = { jobId, effect, messageId: "mail-1", eventType: "Send", at: simulation.clock.now() };
                  // Within the wait for it.
                  if (how.isReported) simulation.clock.after(60_000, () => void simulation.receipts.put(report));
                  throw new Error("The connection broke.");
                },
              }),
      }),
    );
    await simulation.enqueue({});
    await simulation.settle();
    expect(mails).toBe(1);
    expect(simulation.job()).toMatchObject({ status: how.status });
    if (how.status !== "completed") return;
    expect(simulation.job().effects).toEqual({});
    expect(totalsOf(simulation)).toMatchObject({ visited: 1, done: 1 });
  });
});

describe("what an item throws", () => {
  it("is kept as its error, mail addresses hidden, and the sweep goes on", async () => {
    const simulation = await swept({
      ...numbers(10, 4),
      key: (item) => (item === 3 ? "ada@example.com" : `item-${item}`),
      isDue: (item) => {
        if (item === 9) throw new TypeError("no date");
        return item !== 0;
      },
      each: (item) => {
        if (item === 3) throw new PermanentError("NO_ORDER", `Mail ada@example.com ${"x".repeat(300)}`);
        return item === 5 ? Promise.reject(new Error("broken")) : Promise.resolve();
      },
    });
    expect(totalsOf(simulation)).toEqual({
      pages: 3,
      visited: 10,
      done: 6,
      skipped: 1,
      failed: 3,
      isDryRun: false,
      errors: [
        { key: "<email>", code: "NO_ORDER", message: expect.stringMatching(/^Mail <email> x{147}$/) },
        { key: "item-5", code: "Error", message: "broken" },
        { key: "item-9", code: "TypeError", message: "no date" },
      ],
    });
  });

  it.each([30, 250])("is counted however often, and kept a hundred times (pages of %d)", async (size) => {
    const simulation = await swept({ ...numbers(500, size), each: (item) => Promise.reject(new Error(`no ${item}`)) });
    const { failed, done, errors } = totalsOf(simulation);
    expect({ failed, done }).toEqual({ failed: 500, done: 0 });
    expect(errors.map(({ key }) => key)).toEqual(keysUpTo(100));
    expect(simulation.log.lines.filter(({ message }) => message === "Item failed.")).toHaveLength(500);
  });

  it("is counted once, however often its page is visited", async () => {
    const simulation: Simulation<object> = simulate((job) =>
      job.sweep("all", {
        ...numbers(6, 3),
        each: (item) => (item === 1 ? Promise.reject(new Error("no")) : simulation.outside("work", () => undefined)),
      }),
    );
    let works = 0;
    simulation.inject(({ name }) => (name === "work" && (works += 1) === 2 ? "before" : "none"));
    await simulation.enqueue({});
    await simulation.settle();
    expect(totalsOf(simulation)).toMatchObject({ visited: 6, done: 5, failed: 1, errors: [{ key: "item-1" }] });
  });

  it.each([
    { thrown: new Snooze({ delayMs: 1_000 }), ending: "snooze" },
    { thrown: new Continue(), ending: "continue" },
    { thrown: new EffectRefusedError("THROTTLED", "Slowly.", { isPermanent: false }), ending: "retry" },
  ])(
    "ends the attempt if it is $thrown.name; its page is visited again, and counts once",
    async ({ thrown, ending }) => {
      const visited: number[] = [];
      const simulation = simulate((job) =>
        job.sweep("all", {
          ...numbers(6, 3),
          each: async (item) => {
            visited.push(item);
            if (item === 4 && visited.length === 5) throw thrown;
          },
        }),
      );
      await simulation.enqueue({});
      await simulation.settle();
      expect(endings(simulation)).toEqual([ending, "complete"]);
      expect(visited).toEqual([0, 1, 2, 3, 4, 3, 4, 5]);
      expect(totalsOf(simulation)).toMatchObject({ pages: 2, visited: 6, done: 6, failed: 0 });
    },
  );

  it("ends the attempt when an effect was refused for now, and those before it are not done again", async () => {
    let refusals = 0;
    const simulation = simulate((job) =>
      job.sweep("reminders", {
        ...numbers(6, 6),
        each: (item, context) =>
          context.effect({
            onUnknown: "review",
            send: (attempt) => {
              if (item !== 3 || refusals > 0) return room.send(item)(attempt);
              refusals += 1;
              throw new EffectRefusedError("THROTTLED", "Slowly.", { isPermanent: false });
            },
          }),
      }),
    );
    const room = mailRoom(simulation);
    await simulation.enqueue({});
    await simulation.settle();
    expect(endings(simulation)).toEqual(["retry", "complete"]);
    expect(room.mails).toEqual(keysUpTo(6));
    expect(totalsOf(simulation)).toMatchObject({ visited: 6, done: 6, failed: 0 });
  });

  it("is its error when an effect was refused for good", async () => {
    const simulation = await swept({
      ...numbers(2, 2),
      each: (_item, context) =>
        context.effect({
          onUnknown: "review",
          send: () => Promise.reject(new EffectRefusedError("NO_MAILBOX", "No.", { isPermanent: true })),
        }),
    });
    expect(totalsOf(simulation)).toMatchObject({ failed: 2, errors: [{ code: "NO_MAILBOX" }, { code: "NO_MAILBOX" }] });
    expect(simulation.job().effects).toEqual({});
  });

  const eachs: [string, (effect: () => Promise<unknown>) => Promise<unknown>][] = [
    ["passes", (effect) => effect()],
    ["hides", (effect) => effect().catch(() => "never mind")],
    ["wraps", (effect) => effect().catch((cause: unknown) => Promise.reject(new Error("no", { cause })))],
    ["does not wait for", (effect) => Promise.resolve(void effect())],
  ];
  it.each(eachs)(
    "ends the attempt when it %s an effect's unknown outcome: the receipt is looked for",
    async (_how, each) => {
      let sends = 0;
      const simulation: Simulation<object> = simulate((job) =>
        job.sweep("reminders", {
          ...numbers(3, 3),
          each: (item, context) =>
            each(() =>
              context.effect({
                onUnknown: "review",
                send: async (attempt) => {
                  const sent = await room.send(item)(attempt);
                  sends += 1;
                  if (sends === 2) throw new Error("The connection broke.");
                  return sent;
                },
              }),
            ),
        }),
      );
      const room = mailRoom(simulation);
      await simulation.enqueue({});
      await simulation.settle();
      expect(endings(simulation)).toEqual(["retry", "release", "complete"]);
      expect(room.mails).toEqual(keysUpTo(3));
      expect(totalsOf(simulation)).toMatchObject({ visited: 3, done: 3, failed: 0 });
    },
  );

  it.each([
    ["hides", (halt: Error) => Promise.resolve(halt.name)],
    ["wraps", (halt: Error) => Promise.reject(new Error("no", { cause: halt }))],
  ])("does not count when it %s a halt of the job: the item is visited again", async (_how, afterHalt) => {
    let mails = 0;
    const simulation: Simulation<object> = simulate((job) =>
      job.sweep("all", {
        ...numbers(1, 1),
        each: () =>
          job
            .effect("report", {
              onUnknown: "review",
              findReceipt: async () => ({ outcome: "found", id: "mail-1" }),
              send: () => simulation.outside("mailer.send", () => ({ id: `mail-${(mails += 1)}` })),
            })
            .catch(afterHalt),
      }),
    );
    simulation.inject(({ name }) => (name === "mailer.send" ? "after" : "none"));
    await simulation.enqueue({});
    await simulation.settle();
    expect(endings(simulation)).toEqual(["release", "complete"]);
    expect(mails).toBe(1);
    expect(totalsOf(simulation)).toMatchObject({ visited: 1, done: 1, failed: 0 });
  });

  it("fails the job when it does so in every attempt", async () => {
    const simulation = await swept({
      ...numbers(3, 3),
      each: () => Promise.reject(new EffectRefusedError("THROTTLED", "Slowly.", { isPermanent: false })),
    });
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 2, error: { code: "THROTTLED" } });
  });
});

describe("a dry run", () => {
  it("counts what would be done, and does none of it", async () => {
    let works = 0;
    const simulation = await swept({
      ...numbers(1_000, 100),
      isDryRun: true,
      isDue: (item) => item % 4 === 0,
      each: async () => (works += 1),
    });
    expect(works).toBe(0);
    expect(totalsOf(simulation)).toEqual({
      pages: 10,
      visited: 1_000,
      done: 250,
      skipped: 750,
      failed: 0,
      isDryRun: true,
      errors: [],
    });
  });

  it("keeps its place as any other does", async () => {
    const pages: unknown[] = [];
    const source = numbers(6, 2);
    const simulation: Simulation<object> = simulate((job) =>
      job.sweep("all", {
        ...source,
        isDryRun: true,
        page: async (cursor?: number) => {
          pages.push(cursor);
          return simulation.outside("read", () => source.page(cursor));
        },
        each: () => Promise.resolve(),
      }),
    );
    simulation.inject(({ number, name }) => (name === "read" && pages.length === 3 && number < 12 ? "before" : "none"));
    await simulation.enqueue({});
    await simulation.settle();
    expect(pages).toEqual([undefined, 2, 4, 4]);
    expect(totalsOf(simulation)).toMatchObject({ pages: 3, visited: 6, done: 6 });
  });
});

describe("a sweep near its deadline", () => {
  /** Says which pages each claim read. */
  async function pagesPerClaim(count: number, pageMs: (page: number) => number): Promise<number[]> {
    const perClaim: number[] = [];
    const source = numbers(count, 1);
    const simulation: Simulation<object> = simulate((job) => {
      perClaim.push(0);
      return job.sweep("all", {
        ...source,
        page: (cursor?: number) => {
          perClaim.push((perClaim.pop() ?? 0) + 1);
          return source.page(cursor);
        },
        each: async (item) => simulation.clock.advance(pageMs(item)),
      });
    });
    await simulation.enqueue({});
    await simulation.settle();
    expect(endings(simulation)).toEqual([...perClaim.slice(1).map(() => "continue"), "complete"]);
    expect(totalsOf(simulation)).toMatchObject({ pages: count, done: count });
    return perClaim;
  }

  it("goes on in another claim when less than a fifth of its time is left", async () => {
    // Of 54 s, 10.8 are a fifth: after 44 pages of a second, 10 are left.
    await expect(pagesPerClaim(100, () => 1_000)).resolves.toEqual([44, 44, 12]);
  });

  it("goes on in another claim when its longest page may not fit in twice", async () => {
    await expect(pagesPerClaim(5, () => 15_000)).resolves.toEqual([2, 2, 1]);
    // 16 s, then 1 s each: from 32 s left on, after page 7.
    await expect(pagesPerClaim(10, (page) => (page === 0 ? 16_000 : 1_000))).resolves.toEqual([8, 2]);
  });

  it("ends where its last page ends, however late that is", async () => {
    await expect(pagesPerClaim(2, (page) => (page === 0 ? 17_000 : 36_000))).resolves.toEqual([2]);
    await expect(pagesPerClaim(1, () => 53_000)).resolves.toEqual([1]);
  });

  it("fails its job, after its attempts, when a page alone takes longer than the function", async () => {
    const simulation = simulate((job) =>
      job.sweep("all", { ...numbers(4, 2), each: async (item) => simulation.clock.advance(item === 2 ? 60_000 : 0) }),
    );
    await simulation.enqueue({});
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
    expect(simulation.job().sweeps?.["all"]).toMatchObject({ cursor: "2", counts: { visited: 2, done: 2 } });
  });
});

describe("a step before a sweep", () => {
  it("is on the row before the first page is read", async () => {
    let steps = 0;
    const simulation: Simulation<object> = simulate(async (job) => {
      await job.step("before", () => (steps += 1));
      await job.sweep("all", { ...numbers(2, 1), each: () => simulation.outside("work", () => undefined) });
    });
    let works = 0;
    simulation.inject(({ name }) => (name === "work" && (works += 1) === 1 ? "before" : "none"));
    await simulation.enqueue({});
    await simulation.settle();
    expect({ steps, works }).toEqual({ steps: 1, works: 3 });
  });
});

describe("a sweep that is done", () => {
  it("is not run again when its job fails after it, and gives the same totals", async () => {
    const seen: unknown[] = [];
    let pages = 0;
    const source = numbers(4, 2);
    const simulation = simulate(async (job) => {
      await job.step("before", () => "kept");
      const first = await job.sweep("first", {
        ...source,
        page: (cursor?: number) => {
          pages += 1;
          return source.page(cursor);
        },
        each: () => Promise.resolve(),
      });
      const second = await job.sweep("second", { ...numbers(1, 1), isDryRun: true, each: () => Promise.resolve() });
      seen.push({ first, second });
      if (seen.length === 1) throw new Error("later");
    });
    await simulation.enqueue({});
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    expect(pages).toBe(2);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({ first: { done: 4, isDryRun: false }, second: { done: 1, isDryRun: true } });
  });

  it("gives each attempt that begins after a checkpoint its retries anew", async () => {
    let failures = 0;
    const simulation = simulate((job) =>
      job.sweep("all", {
        ...numbers(5, 1),
        each: async () => {
          failures += 1;
          if (failures % 2 === 1) throw new EffectRefusedError("THROTTLED", "Slowly.", { isPermanent: false });
        },
      }),
    );
    await simulation.enqueue({});
    await simulation.settle();
    expect(totalsOf(simulation)).toMatchObject({ done: 5, failed: 0 });
    expect(endings(simulation).filter((ending) => ending === "retry")).toHaveLength(5);
  });
});

describe("a sweep's cursor and pages", () => {
  it("reach `page` as JSON brings them back, in the first claim too, and an empty page or a null cursor is fine", async () => {
    const cursors: unknown[] = [];
    const simulation = await swept({
      page: async (cursor?: { readonly at: Date | string }) => {
        cursors.push(cursor);
        if (cursor === undefined) return { items: [], next: { at: new Date(0) } };
        return { items: ["a"], next: null };
      },
      key: (item) => item,
      each: () => Promise.resolve(),
    });
    expect(cursors).toEqual([undefined, { at: "1970-01-01T00:00:00.000Z" }]);
    expect(totalsOf(simulation)).toMatchObject({ pages: 2, visited: 1, done: 1 });
  });

  it("fail the attempt when they cannot be read, and are read again", async () => {
    let reads = 0;
    const simulation = await swept({
      page: async () => {
        reads += 1;
        if (reads === 1) throw new Error("no database");
        return { items: ["a"] };
      },
      key: (item) => item,
      each: () => Promise.resolve(),
    });
    expect(endings(simulation)).toEqual(["retry", "complete"]);
    expect(totalsOf(simulation)).toMatchObject({ visited: 1 });
  });
});

describe("a sweep's items at a time", () => {
  it("are one by default, and as many as its concurrency says", async () => {
    const most = { 1: 0, 7: 0 };
    for (const concurrency of [1, 7] as const) {
      let running = 0;
      await swept({
        ...numbers(50, 25),
        ...(concurrency > 1 && { concurrency }),
        each: async () => {
          running += 1;
          most[concurrency] = Math.max(most[concurrency], running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        },
      });
    }
    expect(most).toEqual({ 1: 1, 7: 7 });
  });

  it("all end before the attempt does that one of them ends, and no further one begins", async () => {
    const ended: number[] = [];
    const begun: number[] = [];
    const simulation: Simulation<object> = simulate((job) =>
      job
        .sweep("all", {
          ...numbers(20, 10),
          concurrency: 3,
          each: async (item) => {
            begun.push(item);
            if (item === 1) throw new Snooze({ delayMs: 60_000 });
            await new Promise((resolve) => setImmediate(resolve));
            ended.push(item);
          },
        })
        .finally(() => ended.push(-1)),
    );
    await simulation.enqueue({});
    await simulation.consumeOne();
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2, -1]);
  });
});

describe("a sweep is refused, and nothing is done for its items,", () => {
  const worked: string[] = [];
  const items = (...keys: string[]) => ({
    page: async () => ({ items: keys }),
    key: (item: string) => item,
    each: async (item: string) => void worked.push(item),
  });
  const pages = (next: unknown) => ({ ...items("a"), page: async () => ({ items: ["a"], next }) });
  /** A page and a second one. */
  const onceMore = (next: string) => ({
    page: async (cursor: unknown) => (cursor === undefined ? { items: ["a"], next } : { items: ["b"] }),
  });
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  const refused: Record<string, { code: string; sweep: Sweep<string, unknown>; name?: string }> = {
    "a name of 41 characters": { code: "INVALID_NAME", sweep: items("a"), name: "a".repeat(41) },
    "a name that begins with a digit": { code: "INVALID_NAME", sweep: items("a"), name: "1st" },
    "an empty name": { code: "INVALID_NAME", sweep: items("a"), name: "" },
    "a concurrency of 0": { code: "SWEEP_CONCURRENCY", sweep: { ...items("a"), concurrency: 0 } },
    "a concurrency of 51": { code: "SWEEP_CONCURRENCY", sweep: { ...items("a"), concurrency: 51 } },
    "a concurrency of 1.5": { code: "SWEEP_CONCURRENCY", sweep: { ...items("a"), concurrency: 1.5 } },
    "a key that comes twice in a page": { code: "SWEEP_KEY_TWICE", sweep: items("a", "b", "a") },
    "an empty key": { code: "SWEEP_KEY_INVALID", sweep: items("a", "") },
    "a key of 129 characters": { code: "SWEEP_KEY_INVALID", sweep: items("k".repeat(129)) },
    "a key that is no text": {
      code: "SWEEP_KEY_INVALID",
      sweep: { ...items("a"), key: () => 1 as unknown as string }, // as JavaScript may
    },
    "a cursor over 4 KB": { code: "SWEEP_CURSOR_TOO_LARGE", sweep: pages("é".repeat(2_048)) },
    "a cursor with a cycle": { code: "SWEEP_CURSOR_NOT_JSON", sweep: pages(cycle) },
    "a cursor that is a function": { code: "SWEEP_CURSOR_NOT_JSON", sweep: pages(() => 1) },
  };

  it.each(Object.keys(refused))("for %s", async (what) => {
    worked.length = 0;
    const { code, sweep, name } = refused[what] ?? { code: "", sweep: items() };
    const simulation = await swept(sweep, name);
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, error: { code } });
    expect(worked).toEqual([]);
  });

  it("for nothing that is just allowed", async () => {
    const simulation = await swept(
      { ...items(), ...onceMore("é".repeat(2_047)), key: (item) => item.repeat(128), concurrency: 50 },
      "a".repeat(40),
    );
    expect(totalsOf(simulation)).toMatchObject({ pages: 2, done: 2 });
  });

  it("when a page leads to itself: SWEEP_STUCK", async () => {
    const visited: string[] = [];
    const simulation = await swept({
      page: async (cursor?: { readonly after: string }) => ({ items: [cursor?.after ?? "a"], next: { after: "b" } }),
      key: (item) => item,
      each: async (item) => visited.push(item),
    });
    expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "SWEEP_STUCK" } });
    expect(visited).toEqual(["a"]);
  });

  it("at an item's second effect, and at one begun after its item's end: SWEEP_EFFECT_TWICE", async () => {
    let sends = 0;
    const send = { onUnknown: "resend", send: async () => ({ id: String((sends += 1)) }) } as const;
    const twice = await swept({
      ...numbers(2, 2),
      each: async (_item, context) => {
        await context.effect(send);
        await context.effect(send).catch(() => "hidden");
      },
    });
    expect(twice.job()).toMatchObject({ status: "failed", error: { code: "SWEEP_EFFECT_TWICE" } });
    expect(sends).toBe(1);
    let late: ItemContext | undefined;
    const refusals: unknown[] = [];
    const after = await swept({
      ...numbers(2, 1),
      each: async (_item, context) => {
        refusals.push(await late?.effect(send).catch((error: Error) => error.name));
        late = context;
      },
    });
    expect(totalsOf(after)).toMatchObject({ done: 2 });
    expect(refusals).toEqual([undefined, "SWEEP_EFFECT_TWICE"]);
    expect(sends).toBe(1);
  });

  it("at a page's 101st effect: SWEEP_TOO_MANY_EFFECTS", async () => {
    const mail = async (count: number) => {
      let sends = 0;
      const each = (_item: number, { effect }: ItemContext) =>
        effect({ onUnknown: "resend", send: async () => ({ id: String((sends += 1)) }) });
      const simulation = await swept({ ...numbers(count, count), each }, "a".repeat(40));
      return { sends, job: simulation.job() };
    };
    await expect(mail(100)).resolves.toMatchObject({ sends: 100, job: { status: "completed", effects: {} } });
    await expect(mail(101)).resolves.toMatchObject({
      sends: 100,
      job: { status: "failed", error: { code: "SWEEP_TOO_MANY_EFFECTS" } },
    });
  });
});

/** What a person does who sees that the mail was not sent. */
async function resolveNotSent(simulation: Simulation<object>): Promise<void> {
  for (let job = simulation.job(); job.status === "needs_review"; job = simulation.job()) {
    await resolveJob(simulation.controlPorts, job.id, job.review.effect, { again: true }, "ada");
    await simulation.settle();
  }
}
