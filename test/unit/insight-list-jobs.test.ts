import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { listJobs, type JobSummary } from "../../shared/engine/insight/list-jobs.ts";
import type { JobQuery } from "../../shared/engine/insight/job-query.ts";
import { endedNow } from "../../shared/job/transitions/worker-writes.ts";
import { assign } from "../../shared/job/transitions/transition.ts";
import { JOB_STATUSES, type JobStatus } from "../../shared/job/job-state.ts";
import { aRow, type RowOptions } from "../support/job-rows.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const TYPES = ["greeting", "invoice", "report"];
const DAY_MS = 24 * 60 * 60 * 1000;

/** Counts what the lists give, whatever the engine says it has read. */
class CountingStore extends MemoryJobStore {
  itemsRead = 0;

  override async list(...args: Parameters<MemoryJobStore["list"]>): ReturnType<MemoryJobStore["list"]> {
    const page = await super.list(...args);
    this.itemsRead += page.entries.length;
    return page;
  }

  override async getMany(ids: readonly string[]): ReturnType<MemoryJobStore["getMany"]> {
    if (ids.length > 100) throw new Error(`${ids.length} ids are too many for one request.`);
    const jobs = await super.getMany(ids);
    this.itemsRead += jobs.length;
    return jobs;
  }

  put(...rows: readonly RowOptions[]): Promise<unknown> {
    return Promise.all(rows.map((row) => this.create(aRow(row))));
  }

  /** Changes a row without asking. */
  change(id: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.apply(id, { name: "test", condition: { all: [] }, changes: assign(values) });
  }

  end(id: string, type: string, now: number, status: "completed" | "failed" | "cancelled" = "completed") {
    return this.change(id, {
      status,
      dueList: undefined,
      dueAt: undefined,
      runAt: undefined,
      ...(status === "failed" && { error: { code: "X", message: "x", at: now } }),
      ...endedNow({ type, status, now }),
    });
  }
}

const open = async (...rows: readonly RowOptions[]) => {
  const store = new CountingStore();
  await store.put(...rows);
  return { store, clock: new VirtualClock() };
};
type World = Awaited<ReturnType<typeof open>>;

/** All pages of a query, and what happens between them. */
async function allPages(world: World, query: JobQuery, between: () => Promise<unknown> = () => Promise.resolve()) {
  const pages: (readonly JobSummary[])[] = [];
  let after: string | undefined;
  do {
    const page = await listJobs(world, TYPES, { ...query, ...(after !== undefined && { after }) });
    pages.push(page.jobs);
    after = page.next;
    if (pages.length > 1_000) throw new Error("No end of pages.");
    await between();
  } while (after !== undefined);
  return pages;
}

const ids = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id);

describe("a list of jobs", () => {
  const rows: RowOptions[] = [
    { id: "g-pending", at: START + 30 },
    { id: "g-running", status: "processing", at: START + 40 },
    { id: "g-done", status: "completed", at: START + 5 },
    { id: "g-failed", status: "failed", at: START + 6, errorCode: "OUT_OF_INK" },
    { id: "g-review", status: "needs_review", at: START + 35 },
    { id: "i-pending", type: "invoice", at: START + 20, tenant: "acme", subject: "Zoe@Example.com", createdAt: START },
    { id: "i-done", type: "invoice", status: "completed", at: START + 7, tenant: "acme", createdAt: START + 1 },
    {
      id: "i-cancelled",
      type: "invoice",
      status: "cancelled",
      at: START + DAY_MS,
      subject: "zoe@example.com ",
      createdAt: START + 2,
    },
  ];
  const cases: [string, JobQuery, string[]][] = [
    [
      "of everything: what has not ended first, each newest first",
      {},
      ["g-running", "g-review", "g-pending", "i-pending", "i-cancelled", "i-done", "g-failed", "g-done"],
    ],
    ["by type", { type: "greeting" }, ["g-running", "g-review", "g-pending", "g-failed", "g-done"]],
    ["by type and active status", { type: "greeting", status: "pending" }, ["g-pending"]],
    ["by active status", { status: "pending" }, ["g-pending", "i-pending"]],
    ["by ended status", { status: "completed" }, ["i-done", "g-done"]],
    ["of what waits for a person", { status: "needs_review" }, ["g-review"]],
    ["of what waits for a person, of another type", { status: "needs_review", type: "invoice" }, []],
    ["by tenant, as enqueued", { tenant: "acme" }, ["i-done", "i-pending"]],
    ["by tenant and status", { tenant: "acme", status: "pending" }, ["i-pending"]],
    ["by subject, however it is written", { subject: " ZOE@example.com" }, ["i-cancelled", "i-pending"]],
    ["by subject and tenant", { subject: "zoe@example.com", tenant: "acme" }, ["i-pending"]],
    ["by subject and type", { subject: "zoe@example.com", type: "greeting" }, []],
    ["of the default tenant, by status", { tenant: "default", status: "completed" }, ["g-done"]],
    ["by error code", { errorCode: "OUT_OF_INK" }, ["g-failed"]],
    ["by day", { day: "2026-01-02" }, ["i-cancelled"]],
    ["by day and status", { day: "2026-01-01", status: "completed" }, ["i-done", "g-done"]],
    ["from and until, both included", { from: START + 6, until: START + 20 }, ["i-pending", "i-done", "g-failed"]],
  ];

  it.each(cases)("%s", async (_name, query, expected) => {
    const world = await open(...rows);
    const { jobs, next } = await listJobs(world, TYPES, query);
    expect(ids(jobs)).toEqual(expected);
    expect(next).toBeUndefined();
  });

  it.each(cases)("%s: the same in pages of one", async (_name, query, expected) => {
    const world = await open(...rows);
    const pages = await allPages(world, { ...query, limit: 1 });
    expect(ids(pages.flat()).toSorted()).toEqual(expected.toSorted());
  });

  it("shows what a job is, and nothing of its payload", async () => {
    const world = await open({ id: "g-1", status: "failed", at: START + 6, errorCode: "OUT_OF_INK" });
    const { jobs } = await listJobs(world, TYPES, { type: "greeting" });
    expect(jobs).toEqual([
      {
        id: "g-1",
        type: "greeting",
        status: "failed",
        tenant: "default",
        run: 1,
        attempts: 1,
        createdAt: START,
        at: START + 6,
        errorCode: "OUT_OF_INK",
      },
    ]);
  });

  it("leaves out what TTL has not deleted yet", async () => {
    const world = await open({ id: "g-1", status: "completed", tenant: "acme" });
    world.clock.advance(367 * DAY_MS);
    await expect(listJobs(world, TYPES, { tenant: "acme" })).resolves.toMatchObject({ jobs: [] });
    await expect(listJobs(world, TYPES, { status: "completed" })).resolves.toMatchObject({ jobs: [] });
  });

  it("takes the row's word, not the index's", async () => {
    const world = await open({ id: "g-1" }, { id: "g-2" });
    const real = world.store.list.bind(world.store);
    world.store.list = async (...args) => {
      const page = await real(...args);
      await world.store.end("g-1", "greeting", START + 1); // between the list and the rows
      return page;
    };
    const { jobs } = await listJobs(world, TYPES, { type: "greeting", status: "pending" });
    expect(ids(jobs)).toEqual(["g-2"]);
  });

  it("leaves out a row that changed within its list", async () => {
    const world = await open({ id: "g-1" }, { id: "g-2" });
    const real = world.store.list.bind(world.store);
    world.store.list = async (...args) => {
      const page = await real(...args);
      await world.store.change("g-1", { status: "retrying" });
      return page;
    };
    const { jobs } = await listJobs(world, TYPES, { type: "greeting", status: "pending" });
    expect(ids(jobs)).toEqual(["g-2"]);
  });

  it("lists a failed job whose dead letter is owed once, as failed", async () => {
    const world = await open({ id: "g-1", status: "failed", at: START });
    await world.store.change("g-1", { dueList: "greeting", dueAt: START, runAt: START, dlqOwed: true });
    await expect(listJobs(world, TYPES, { type: "greeting" })).resolves.toMatchObject({ jobs: [{ status: "failed" }] });
  });
});

describe("pages of jobs", () => {
  const someRows = (count: number, rest: (index: number) => Partial<RowOptions> = () => ({})): RowOptions[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `job-${index}`,
      type: TYPES[index % 3] ?? "",
      status: JOB_STATUSES[index % 8] ?? "pending",
      at: START + index,
      ...rest(index),
    }));

  it.each([{ status: "completed" }, { status: "pending" }, {}] as const)(
    "give each of many jobs of one and the same time once, of several lists: %j",
    async (query) => {
      const world = await open(...someRows(260, () => ({ at: START, ...query })));
      const pages = await allPages(world, { ...query, limit: 7 });
      expect(new Set(ids(pages.flat())).size).toBe(260);
      expect(pages.flat()).toHaveLength(260);
    },
  );

  it("give each job once, whatever the lists' times and the pages' sizes", async () => {
    const row = fc.record({
      type: fc.constantFrom(...TYPES),
      status: fc.constantFrom(...JOB_STATUSES),
      at: fc.integer({ min: START, max: START + 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), async (rows, limit) => {
        const world = await open(...rows.map((each, index) => ({ id: `job-${index}`, ...each })));
        const listed = (await allPages(world, { limit })).flat();
        expect(ids(listed).toSorted()).toEqual(rows.map((_, index) => `job-${index}`).toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it("give each job once by tenant and by subject, whatever happens to the jobs between pages", async () => {
    const change = fc.record({
      job: fc.nat({ max: 39 }),
      status: fc.constantFrom<"completed" | "failed" | "cancelled">("completed", "failed", "cancelled"),
    });
    const changes = fc.array(change, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("tenant", "subject"), changes, async (by, steps) => {
        const rows = someRows(40, (index) => ({ [by]: "acme", status: "pending", createdAt: START + (index % 7) }));
        const world = await open(...rows);
        const left = [...steps];
        const pages = await allPages(world, { [by]: "acme", limit: 3 }, async () => {
          for (const { job, status } of left.splice(0, 4)) {
            await world.store.end(`job-${job}`, "greeting", world.clock.now(), status);
          }
        });
        expect(ids(pages.flat()).toSorted()).toEqual(ids(rows).toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it("give each job once while jobs end between pages, before and after they were shown", async () => {
    const change = fc.record({
      job: fc.nat({ max: 59 }),
      status: fc.constantFrom<"completed" | "failed" | "cancelled">("completed", "failed", "cancelled"),
    });
    const active: JobStatus[] = ["pending", "processing", "retrying", "needs_review"];
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 30, maxLength: 60 }), async (steps) => {
        const rows = someRows(80, (index) => (index < 60 ? { status: active[index % 4] ?? "pending" } : {}));
        const world = await open(...rows);
        const left = [...steps];
        const pages = await allPages(world, { limit: 6 }, async () => {
          world.clock.advance(1000);
          for (const { job, status } of left.splice(0, 5)) {
            const known = await world.store.get(`job-${job}`);
            if (known !== undefined && "endedAt" in known) continue;
            await world.store.end(`job-${job}`, known?.type ?? "", world.clock.now(), status);
          }
        });
        expect(ids(pages.flat()).toSorted()).toEqual(ids(rows).toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it("give a job that keeps its place once, whatever others do", async () => {
    const world = await open(...someRows(60));
    const moving = (index: number) => index % 2 === 0;
    let turn = 0;
    const pages = await allPages(world, { limit: 4 }, async () => {
      turn += 1;
      const job = await world.store.get(`job-${(turn * 2) % 60}`);
      if (job !== undefined && "dueAt" in job) await world.store.change(job.id, { dueAt: START + ((turn * 37) % 90) });
      await world.store.put({ id: `new-${turn}`, at: START + 61 + turn });
    });
    const still = ids(someRows(60)).filter((_, index) => !moving(index));
    const listed = ids(pages.flat()).filter((id) => still.includes(id));
    expect(listed.toSorted()).toEqual(still.toSorted());
  });

  it("keep their order where what is asked for stands deep in one list", async () => {
    const others = (type: string, status: JobStatus) =>
      someRows(90, (index) => ({ id: `${type}-${index}`, type, status, tenant: "other", at: START + 1_000 + index }));
    const world = await open(
      ...others("greeting", "completed"),
      { id: "deep", status: "completed", at: START + 100 },
      { id: "shallow", type: "invoice", status: "completed", at: START + 50 },
      ...others("report", "pending"),
      { id: "active", type: "report", at: START + 500 },
      { id: "ended", type: "report", status: "failed", at: START + 800 },
    );
    const listed = async (query: JobQuery) =>
      ids((await allPages(world, { tenant: "default", limit: 5, ...query })).flat());
    await expect(listed({ status: "completed" })).resolves.toEqual(["deep", "shallow"]);
    await expect(listed({ type: "report" })).resolves.toEqual(["active", "ended"]);
  });

  it("read a bounded number of entries, and go on where one of them was short", async () => {
    const rows = someRows(400, (index) => ({
      status: "completed",
      type: "greeting",
      tenant: index === 0 ? "default" : `tenant-${index}`,
    }));
    const world = await open(...rows);
    const first = await listJobs(world, TYPES, { status: "completed", tenant: "default", limit: 10 });
    expect(first).toMatchObject({ jobs: [], itemsRead: 30 });
    expect(world.store.itemsRead).toBe(30);
    const pages = await allPages(world, { status: "completed", tenant: "default", limit: 10 });
    expect(ids(pages.flat())).toEqual(["job-0"]);
    expect(pages.length).toBeGreaterThan(5);
  });
});

describe("a page token", () => {
  const someJobs = () =>
    open(...Array.from({ length: 9 }, (_, index) => ({ id: `job-${index}`, at: START + index, tenant: "acme" })));
  const firstToken = async (world: World, query: JobQuery = {}) =>
    (await listJobs(world, TYPES, { limit: 2, ...query })).next ?? "";
  const retold = (token: string, change: (told: Record<string, unknown>) => unknown) =>
    Buffer.from(
      JSON.stringify(change(JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, unknown>)),
    ).toString("base64url");

  it("goes with its query, for any size of page, and with no other", async () => {
    const world = await someJobs();
    const token = await firstToken(world);
    await expect(listJobs(world, TYPES, { limit: 100, after: token })).resolves.toMatchObject({
      jobs: { length: 7 },
    });
    const others: JobQuery[] = [{ type: "greeting" }, { status: "pending" }, { day: "2026-01-01" }, { tenant: "acme" }];
    for (const other of others) {
      await expect(listJobs(world, TYPES, { ...other, after: token })).rejects.toMatchObject({
        code: "INVALID_CURSOR",
      });
    }
    await expect(listJobs(world, ["greeting"], { after: token })).rejects.toMatchObject({ code: "INVALID_CURSOR" });
  });

  it.each([
    ["no token", () => "nonsense"],
    ["empty", () => ""],
    ["no JSON", () => Buffer.from("{").toString("base64url")],
    ["JSON of something else", () => Buffer.from("[1]").toString("base64url")],
    ["without positions", (token: string) => retold(token, ({ positions: _positions, ...rest }) => rest)],
    ["with too few positions", (token: string) => retold(token, (told) => ({ ...told, positions: [] }))],
    [
      "with a position of another kind",
      (token: string) =>
        retold(token, (told) => ({ ...told, positions: ["x", ...(told["positions"] as []).slice(1)] })),
    ],
    [
      "with a time outside the list",
      (token: string) =>
        retold(token, (told) => ({
          ...told,
          positions: [{ until: -1, used: [] }, ...(told["positions"] as []).slice(1)],
        })),
    ],
    [
      "with a list's token that is none",
      (token: string) =>
        retold(token, (told) => ({
          ...told,
          positions: [{ after: "x", used: [] }, ...(told["positions"] as []).slice(1)],
        })),
    ],
    ["with strange keys", (token: string) => retold(token, (told) => ({ ...told, shown: "<script>" }))],
  ])("is refused when it is %s", async (_name, spoil) => {
    const world = await someJobs();
    const token = spoil(await firstToken(world));
    await expect(listJobs(world, TYPES, { limit: 2, after: token })).rejects.toMatchObject({ code: "INVALID_CURSOR" });
  });

  it("says nothing about the jobs", async () => {
    const world = await someJobs();
    const token = await firstToken(world);
    expect(Buffer.from(token, "base64url").toString()).not.toContain("job-");
  });
});

describe("a query", () => {
  it("that cannot be answered is refused with all that is wrong", async () => {
    const world = await open();
    await expect(
      listJobs(world, TYPES, { type: "nope", day: "2026-02-30", from: 5, limit: 101 }),
    ).rejects.toMatchObject({
      code: "INVALID_QUERY",
      message:
        'No such list: there is no job type "nope"; there are greeting, invoice, report; the day "2026-02-30" must be a ' +
        "date as 2026-11-22; give a day, or from and until, not both; a page holds 1 to 100 jobs, not 101.",
    });
  });

  it("for the default tenant needs a type or a status", async () => {
    const world = await open();
    await expect(listJobs(world, TYPES, { tenant: "default" })).rejects.toMatchObject({
      message: 'No such list: the tenant "default" has no list of its own; give a type or a status too.',
    });
  });
});
