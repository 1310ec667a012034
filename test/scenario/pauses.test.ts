import { beforeEach, describe, expect, it } from "@jest/globals";

import { listPauses, pause, PauseBoard, resume, type PauseTarget } from "../../shared/engine/pauses.ts";
import { tick, type TickReport } from "../../shared/engine/ticker.ts";
import type { Job } from "../../shared/job/job.ts";
import type { DueEntry } from "../../shared/ports/job-store.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { aRow, type RowOptions } from "../support/job-rows.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryScheduleLedger } from "../support/memory-schedule-ledger.ts";
import { MemoryLog } from "../support/simulation.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const KEY = { kind: "pause", id: "all" };
const parcel = { type: "parcel", group: "post" };
const letter = { type: "letter", group: "post" };
const invoice = { type: "invoice" };

/** Counts its reads, and may refuse them. */
class WatchedRecords extends MemoryRecordStore {
  reads = 0;
  isBroken = false;
  /** Happens between somebody's read and write. */
  afterRead: () => Promise<unknown> = async () => undefined;

  override async get(...args: Parameters<RecordStore["get"]>): ReturnType<RecordStore["get"]> {
    this.reads += 1;
    if (this.isBroken) throw new Error("throttled");
    const record = await super.get(...args);
    await this.afterRead();
    return record;
  }
}

let clock: VirtualClock;
let records: WatchedRecords;
let ports: { readonly clock: VirtualClock; readonly records: WatchedRecords };
let board: PauseBoard;

beforeEach(() => {
  clock = new VirtualClock();
  records = new WatchedRecords();
  ports = { clock, records };
  board = new PauseBoard(ports);
});

const pausedTargets = async (): Promise<PauseTarget[]> => (await listPauses(ports)).map(({ target }) => target);

describe("the board of pauses", () => {
  it("knows a type's own pause, and no other type's", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada", reason: "stock-taking" });
    const found = { target: { type: "parcel" }, by: "ada", at: START, reason: "stock-taking" };
    await expect(board.pauseOf(parcel)).resolves.toEqual(found);
    await expect(board.pauseOf(letter)).resolves.toBeUndefined();
    await expect(board.pauseOf({ type: "post" })).resolves.toBeUndefined();
  });

  it("holds every type of a group that is paused, and none without a group", async () => {
    await pause(ports, { group: "post" }, { by: "ada" });
    await expect(board.pauseOf(parcel)).resolves.toMatchObject({ target: { group: "post" } });
    await expect(board.pauseOf(letter)).resolves.toMatchObject({ target: { group: "post" } });
    await expect(board.pauseOf(invoice)).resolves.toBeUndefined();
    await expect(board.pauseOf({ type: "post" })).resolves.toBeUndefined();
  });

  it.each([
    ["the group's, where that has no end", { untilOfType: START + 1_000, untilOfGroup: undefined, by: "grace" }],
    ["the type's, where that ends later", { untilOfType: START + 2_000, untilOfGroup: START + 1_000, by: "ada" }],
  ])("tells the longer of two pauses: %s", async (_, { untilOfType, untilOfGroup, by }) => {
    await pause(ports, { type: "parcel" }, { by: "ada", until: untilOfType });
    const until = untilOfGroup === undefined ? {} : { until: untilOfGroup };
    await pause(ports, { group: "post" }, { by: "grace", ...until });
    await expect(board.pauseOf(parcel)).resolves.toMatchObject({ by });
  });

  it("forgets a pause the moment its time is over, without another read", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada", until: START + 5_000 });
    await expect(board.pauseOf(parcel)).resolves.toMatchObject({ until: START + 5_000 });
    const before = records.reads;
    clock.advance(4_999);
    await expect(board.pauseOf(parcel)).resolves.toBeDefined();
    clock.advance(1);
    await expect(board.pauseOf(parcel)).resolves.toBeUndefined();
    expect(records.reads).toBe(before);
  });

  it("reads once in ten seconds, and sees pause and resume after so long", async () => {
    await expect(board.pauseOf(parcel)).resolves.toBeUndefined();
    await pause(ports, { type: "parcel" }, { by: "ada" });
    records.reads = 0;
    clock.advance(9_999);
    await expect(board.pauseOf(parcel)).resolves.toBeUndefined();
    expect(records.reads).toBe(0);
    clock.advance(1);
    await expect(board.pauseOf(parcel)).resolves.toBeDefined();
    expect(records.reads).toBe(1);
    await resume(ports, { type: "parcel" }, "ada");
    clock.advance(10_000);
    await expect(board.pauseOf(parcel)).resolves.toBeUndefined();
  });

  it("has everybody who asks at once wait for the same read", async () => {
    await Promise.all([parcel, letter, invoice, parcel].map((each) => board.pauseOf(each)));
    expect(records.reads).toBe(1);
  });

  it("throws where it cannot read, to everybody who waits, and reads again for the next", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada" });
    records.reads = 0;
    records.isBroken = true;
    const answers = await Promise.allSettled([board.pauseOf(parcel), board.pauseOf(letter)]);
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(records.reads).toBe(1);
    records.isBroken = false;
    await expect(board.pauseOf(parcel)).resolves.toBeDefined();
    expect(records.reads).toBe(2);
  });

  it("reads again when the clock was set back: an old answer must not last", async () => {
    let now = START;
    const set = new PauseBoard({ records, clock: { now: () => now, after: () => () => {} } });
    await expect(set.pauseOf(parcel)).resolves.toBeUndefined();
    await pause(ports, { type: "parcel" }, { by: "ada" });
    now -= 60 * MINUTE_MS;
    await expect(set.pauseOf(parcel)).resolves.toBeDefined();
  });

  it("refuses a record that it does not understand, rather than beginning jobs", async () => {
    await records.create(KEY, { pauses: "all" });
    await expect(board.pauseOf(parcel)).rejects.toThrow("pauses");
  });
});

describe("pausing and resuming", () => {
  it("puts a pause in place of the one before, and says which that was", async () => {
    const first = await pause(ports, { type: "parcel" }, { by: "ada", reason: "stock-taking" });
    expect(first.replaced).toBeUndefined();
    clock.advance(1_000);
    const second = await pause(ports, { type: "parcel" }, { by: "grace" });
    expect(second).toEqual({
      pause: { target: { type: "parcel" }, by: "grace", at: START + 1_000 },
      replaced: first.pause,
    });
    await expect(listPauses(ports)).resolves.toEqual([second.pause]);
  });

  it("resumes what is named only: a type or a group", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada" });
    await pause(ports, { group: "post" }, { by: "ada" });
    await pause(ports, { group: "parcel" }, { by: "ada" });
    await expect(resume(ports, { type: "parcel" }, "grace")).resolves.toMatchObject({ by: "ada" });
    await expect(pausedTargets()).resolves.toEqual([{ group: "post" }, { group: "parcel" }]);
  });

  it("has nothing to resume where nothing is paused, or not any more", async () => {
    const unpaused = { code: "NOT_PAUSED", message: expect.stringMatching(/^The type parcel is not paused/) };
    await expect(resume(ports, { type: "parcel" }, "ada")).rejects.toMatchObject(unpaused);
    await pause(ports, { group: "post" }, { by: "ada" });
    await pause(ports, { type: "parcel" }, { by: "ada", until: START + 1_000 });
    clock.advance(1_000);
    await expect(resume(ports, { type: "parcel" }, "ada")).rejects.toMatchObject(unpaused);
    await expect(pausedTargets()).resolves.toEqual([{ group: "post" }]);
  });

  it("lists oldest first and drops what has expired at the next write", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada", until: START + 1_000 });
    await pause(ports, { type: "letter" }, { by: "ada" });
    clock.advance(1_000);
    await expect(pausedTargets()).resolves.toEqual([{ type: "letter" }]);
    await pause(ports, { type: "invoice" }, { by: "ada" });
    await expect(pausedTargets()).resolves.toEqual([{ type: "letter" }, { type: "invoice" }]);
    await expect(records.get(KEY)).resolves.toMatchObject({ body: { pauses: [{ by: "ada" }, { by: "ada" }] } });
  });

  it("keeps on the record who made the last change, after a resume too", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada" });
    await expect(records.get(KEY)).resolves.toMatchObject({
      body: { last: { change: "pause", target: { type: "parcel" }, by: "ada", at: START } },
    });
    clock.advance(1_000);
    await resume(ports, { type: "parcel" }, "grace");
    await expect(records.get(KEY)).resolves.toMatchObject({
      body: { pauses: [], last: { change: "resume", target: { type: "parcel" }, by: "grace", at: START + 1_000 } },
    });
  });

  it.each(["none", "one"])(
    "loses nothing to another writer at the same time, with %s paused before",
    async (before) => {
      if (before === "one") await pause(ports, { type: "invoice" }, { by: "ada" });
      await Promise.all([
        pause(ports, { type: "parcel" }, { by: "ada" }),
        pause(ports, { type: "letter" }, { by: "grace" }),
      ]);
      const expected = ["letter", "parcel", ...(before === "one" ? ["invoice"] : [])];
      const targets = await pausedTargets();
      expect(targets).toHaveLength(expected.length);
      expect(targets).toEqual(expect.arrayContaining(expected.map((type) => ({ type }))));
    },
  );

  it("lets one of two that resume the same have done it", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada" });
    const answers = await Promise.allSettled([
      resume(ports, { type: "parcel" }, "ada"),
      resume(ports, { type: "parcel" }, "grace"),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(answers).toContainEqual({ status: "rejected", reason: expect.objectContaining({ code: "NOT_PAUSED" }) });
  });

  it("gives up after five tries against somebody who writes all the time", async () => {
    await pause(ports, { type: "invoice" }, { by: "ada" });
    records.reads = 0;
    let version = 0;
    records.afterRead = async () => {
      version += 1;
      await records.replace(KEY, version, { pauses: [] });
    };
    const pausing = pause(ports, { type: "parcel" }, { by: "ada" });
    await expect(pausing).rejects.toMatchObject({ code: "PAUSES_CONTENDED" });
    expect(records.reads).toBe(5);
    await expect(pausedTargets()).resolves.toEqual([]);
  });

  it("trims the words and keeps 200 characters of them", async () => {
    const reason = "x".repeat(200);
    await expect(pause(ports, { type: "parcel" }, { by: " ada ", reason })).resolves.toMatchObject({
      pause: { by: "ada", reason },
    });
  });

  it.each([
    ["an empty name", { by: " " }, /`by`/],
    ["a name of two lines", { by: "ada\nlovelace" }, /`by`: must be one line/],
    ["a reason of 201 characters", { by: "ada", reason: "x".repeat(201) }, /`reason`/],
    ["a reason that clears the terminal", { by: "ada", reason: "\u001B[2Jx" }, /`reason`: must be one line/],
    ["an end that is now", { by: "ada", until: START }, /`until`: must be in the future/],
    ["an end in the year 9999", { by: "ada", until: Date.UTC(9999, 0) }, /`until`: must be in the future/],
    ["an end between two milliseconds", { by: "ada", until: START + 1.5 }, /`until`/],
    ["an end that is no time", { by: "ada", until: Number.NaN }, /`until`/],
    ["several of these", { by: "", reason: "\n", until: 1 }, /`by`.*; `reason`.*; `until`/],
  ])("refuses %s, and writes nothing", async (_, options, words) => {
    const pausing = pause(ports, { type: "parcel" }, options);
    await expect(pausing).rejects.toMatchObject({ code: "INVALID_PAUSE", message: expect.stringMatching(words) });
    expect(records.namesOf("pause")).toEqual([]);
  });

  it("takes the last moment before the year 9999", async () => {
    const until = Date.UTC(9999, 0) - 1;
    await expect(pause(ports, { type: "parcel" }, { by: "ada", until })).resolves.toMatchObject({ pause: { until } });
  });

  it("refuses to resume for nobody", async () => {
    await pause(ports, { type: "parcel" }, { by: "ada" });
    await expect(resume(ports, { type: "parcel" }, "\n")).rejects.toMatchObject({ code: "INVALID_PAUSE" });
    await expect(pausedTargets()).resolves.toHaveLength(1);
  });
});

describe("the ticker", () => {
  let store: MemoryJobStore;
  let queue: MemoryJobQueue;
  let log: MemoryLog;

  beforeEach(() => {
    store = new MemoryJobStore();
    queue = new MemoryJobQueue(clock);
    log = new MemoryLog();
  });

  const run = (): Promise<TickReport> => {
    const ledger = new MemoryScheduleLedger();
    const types = [parcel, letter, invoice];
    const engine = {
      store,
      queue,
      clock,
      log,
      ledger,
      records,
      pauses: board,
      types,
      schedules: [],
      permitGraceMs: MINUTE_MS,
    };
    return tick(engine, Number.POSITIVE_INFINITY);
  };
  const put = async (...rows: RowOptions[]): Promise<void> => {
    for (const row of rows) await store.create(aRow(row));
  };
  /** A failed job whose dead letter is not in the DLQ yet. */
  const owing = async (id: string): Promise<void> => {
    const row = { ...aRow({ id, type: "parcel", status: "failed" }), dlqOwed: true, dueList: "parcel", dueAt: START };
    await store.create({ ...row, runAt: START } as Job);
  };
  const permits = (): string[] => queue.messages.map(({ body }) => (JSON.parse(body) as { id: string }).id).toSorted();

  it("sends no permits for jobs that a pause keeps from beginning, and does not call them late", async () => {
    await put(
      { id: "pending", type: "parcel" },
      { id: "retrying", type: "parcel", status: "retrying" },
      { id: "expired-lease", type: "parcel", status: "processing" },
      { id: "other", type: "invoice", at: START + MINUTE_MS },
    );
    await pause(ports, { type: "parcel" }, { by: "ada" });
    clock.advance(2 * MINUTE_MS);
    await expect(run()).resolves.toMatchObject({ permitsSent: 2, oldestDueAgeMs: 2 * MINUTE_MS });
    expect(permits()).toEqual(["expired-lease", "other"]);
  });

  it("does so for every type of a group", async () => {
    await put({ id: "a", type: "parcel" }, { id: "b", type: "letter" }, { id: "c", type: "invoice" });
    await pause(ports, { group: "post" }, { by: "ada" });
    await run();
    expect(permits()).toEqual(["c"]);
  });

  it("goes on with what a paused type owes: dead letters, and waiting jobs to look at", async () => {
    await put({ id: "pending", type: "parcel" }, { id: "waiting", type: "parcel", status: "waiting" });
    await owing("failed");
    await pause(ports, { type: "parcel" }, { by: "ada" });
    clock.advance(MINUTE_MS);
    await expect(run()).resolves.toMatchObject({ permitsSent: 2, oldestDueAgeMs: MINUTE_MS });
    expect(permits()).toEqual(["failed", "waiting"]);
  });

  it("sends the permits at the first tick after a resume", async () => {
    await put({ id: "held", type: "parcel" });
    await pause(ports, { type: "parcel" }, { by: "ada" });
    for (let minute = 0; minute < 90; minute += 1) {
      await run();
      clock.advance(MINUTE_MS);
    }
    expect(permits()).toEqual([]);
    await resume(ports, { type: "parcel" }, "ada");
    await expect(run()).resolves.toMatchObject({ permitsSent: 1, oldestDueAgeMs: 90 * MINUTE_MS });
  });

  it("sends the permits at the first tick after a pause that ends by itself", async () => {
    await put({ id: "held", type: "parcel" });
    await pause(ports, { type: "parcel" }, { by: "ada", until: START + MINUTE_MS });
    await run();
    expect(permits()).toEqual([]);
    clock.advance(MINUTE_MS);
    await run();
    expect(permits()).toEqual(["held"]);
  });

  it("reads ten pages of a paused type a tick, and all of another", async () => {
    const pages = { parcel: 0, invoice: 0 };
    store.due = async function* (list: string): AsyncGenerator<readonly DueEntry[]> {
      if (list === "letter") return;
      for (let page = 0; page < 12; page += 1) {
        pages[list as keyof typeof pages] += 1;
        yield [
          {
            id: `${list}-${page}`,
            type: list,
            run: 1,
            tenant: "t",
            dueAt: START,
            runAt: START,
            permits: 0,
            status: "pending",
          },
        ];
      }
    };
    await pause(ports, { type: "parcel" }, { by: "ada" });
    await expect(run()).resolves.toMatchObject({ permitsSent: 12 });
    expect(pages).toEqual({ parcel: 10, invoice: 12 });
  });

  it("holds nothing back when it cannot read the pauses, and says so", async () => {
    await put({ id: "pending", type: "parcel" });
    await pause(ports, { type: "parcel" }, { by: "ada" });
    records.isBroken = true;
    await expect(run()).resolves.toMatchObject({ permitsSent: 1 });
    expect(permits()).toEqual(["pending"]);
    const said = log.lines.map(({ level, message }) => [level, message]);
    expect(said).toEqual([["error", "Pauses not read; nothing counts as paused."]]);
  });

  it("does not call a waiting job late", async () => {
    await put({ id: "waiting", type: "parcel", status: "waiting" });
    clock.advance(60 * MINUTE_MS);
    await expect(run()).resolves.toMatchObject({ permitsSent: 1, oldestDueAgeMs: 0 });
  });

  it("has a waiting job looked at every half hour at least, and any other every hour", async () => {
    await put({ id: "waiting", type: "parcel", status: "waiting" }, { id: "pending", type: "letter" });
    const sent: Record<string, number[]> = { waiting: [], pending: [] };
    for (let minute = 0; minute <= 150; minute += 1) {
      queue.messages = [];
      await run();
      for (const id of permits()) sent[id]?.push(minute);
      clock.advance(MINUTE_MS);
    }
    expect(sent["waiting"]?.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 31]);
    expect(sent["pending"]).toEqual([0, 1, 3, 7, 15, 31, 63, 123]);
  });
});
