import { describe, expect, it } from "@jest/globals";

import type { PendingJob } from "../../shared/job/job.ts";
import { claim } from "../../shared/job/transitions/claim.ts";
import { requestCancel } from "../../shared/job/transitions/control.ts";
import { permitSent } from "../../shared/job/transitions/upkeep.ts";
import { complete, intend, record, review, type WorkerWrite } from "../../shared/job/transitions/worker-writes.ts";
import type { DueEntry, JobList, JobStore } from "../../shared/ports/job-store.ts";
import { START } from "./virtual-clock.ts";

let lastId = 0;

/** A pending job of its own, due at START. */
export function aJob(overrides: Partial<PendingJob> = {}): PendingJob {
  lastId += 1;
  return {
    id: `greeting-${lastId}`,
    type: "greeting",
    status: "pending",
    run: 1,
    epoch: 0,
    attempts: 0,
    payload: { to: "Ada", empty: "", list: [1, { two: null }] },
    payloadHash: "hash",
    enqueueToken: "token",
    tenant: "default",
    correlationId: "correlation",
    createdAt: START,
    updatedAt: START,
    runAt: START,
    dueList: `due-of-${lastId}`,
    dueAt: START,
    steps: {},
    effects: {},
    dependants: {},
    permits: 0,
    resolutions: [],
    history: [],
    ...overrides,
  };
}

/** A worker's write of the first claim at START. */
export function aWrite(overrides: Partial<WorkerWrite> = {}): WorkerWrite {
  return {
    epoch: 1,
    now: START,
    unwritten: { set: [], add: [], remove: [] },
    claim: { type: "greeting", history: [], attempt: { run: 1, epoch: 1, attempt: 1, from: START }, attempts: 1 },
    ...overrides,
  };
}

const claimAt = (now: number, token = "claim-1") => claim({ type: "greeting", run: 1, now, token, leaseMs: 1000 });
const nothing = { set: [], add: [], remove: [] };

const aType = (): string => `type_${(lastId += 1)}`;

/** A job that has completed at that time. */
async function endedJob(store: JobStore, type: string, now: number): Promise<string> {
  const job = aJob({ type });
  await store.create(job);
  await store.apply(job.id, claim({ type, run: 1, now, token: "claim-1", leaseMs: 1000 }));
  const write = aWrite({ now });
  await store.apply(job.id, complete({ ...write, claim: { ...write.claim, type } }, undefined));
  return job.id;
}

async function dueIn(store: JobStore, list: string, now = Number.MAX_SAFE_INTEGER): Promise<DueEntry[]> {
  const found = [];
  for await (const page of store.due(list, now)) found.push(...page);
  return found;
}

/** What the engine relies on in any store of jobs: run by each store's own test file. */
export function describeJobStore(name: string, openStore: () => JobStore): void {
  describe(`${name} as a job store`, () => {
    it("creates a row once, and gives the row that was there", async () => {
      const store = openStore();
      const job = aJob();
      await expect(store.create(job)).resolves.toEqual({ isCreated: true });
      const second = await store.create({ ...job, enqueueToken: "other", payload: "other" });
      expect(second).toEqual({ isCreated: false, existing: job });
      await expect(store.get(job.id)).resolves.toEqual(job);
    });

    it("gives nothing for a row that does not exist, also when a write is refused for it", async () => {
      const store = openStore();
      await expect(store.get("nobody")).resolves.toBeUndefined();
      await expect(store.apply("nobody", claimAt(START))).resolves.toEqual({ isApplied: false, job: undefined });
    });

    it("claims a due row and gives the row as it is then", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      const applied = await store.apply(job.id, claimAt(START));
      expect(applied).toMatchObject({
        isApplied: true,
        job: {
          status: "processing",
          epoch: 1,
          attempts: 1,
          claimToken: "claim-1",
          leaseUntil: START + 1000,
          dueAt: START + 1000,
        },
      });
      expect(applied.job).toMatchObject({ runAt: START + 1000 });
      expect(applied.job?.payload).toEqual(job.payload);
    });

    it("refuses to claim a row that is not due, and gives the row as it stands", async () => {
      const store = openStore();
      const job = aJob({ runAt: START + 1 });
      await store.create(job);
      await expect(store.apply(job.id, claimAt(START))).resolves.toEqual({ isApplied: false, job });
    });

    it("lets one of two claims at once through", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      const claims = await Promise.all(["one", "two"].map((token) => store.apply(job.id, claimAt(START, token))));
      expect(claims.filter(({ isApplied }) => isApplied)).toHaveLength(1);
    });

    it("lets a claim through when the lease has ended, not before", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      await expect(store.apply(job.id, claimAt(START + 999, "claim-2"))).resolves.toMatchObject({ isApplied: false });
      const second = await store.apply(job.id, claimAt(START + 1000, "claim-2"));
      expect(second).toMatchObject({ isApplied: true, job: { epoch: 2, attempts: 2 } });
    });

    it("refuses every write of an old epoch", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      await store.apply(job.id, claimAt(START + 1000, "claim-2"));
      const stale = aWrite();
      for (const write of [record(stale), intend(stale), complete(stale, undefined)]) {
        await expect(store.apply(job.id, write)).resolves.toMatchObject({ isApplied: false, job: { epoch: 2 } });
      }
    });

    it("refuses an intent once a cancel was asked for, and no other write", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      await store.apply(job.id, requestCancel(START + 1));
      const write = aWrite({ now: START + 2 });
      await expect(store.apply(job.id, intend(write))).resolves.toMatchObject({
        isApplied: false,
        job: { cancelRequestedAt: START + 1 },
      });
      await expect(store.apply(job.id, record(write))).resolves.toMatchObject({ isApplied: true });
    });

    it("refuses every further write of a worker that has settled", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      const write = aWrite();
      await store.apply(job.id, complete(write, undefined));
      for (const late of [record(write), intend(write), complete(write, undefined)]) {
        await expect(store.apply(job.id, late)).resolves.toMatchObject({
          isApplied: false,
          job: { status: "completed" },
        });
      }
    });

    it("writes nested unwritten together with the transition, and takes a completed row out of the due index", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      const step = { at: START, json: '{"key":"a.pdf"}' };
      const effect = { receipt: { id: "ses-1", at: START, source: "send" } };
      const unwritten = {
        ...nothing,
        set: [
          { path: ["steps", "pdf"] as const, value: step },
          { path: ["effects", "mail"] as const, value: effect },
        ],
      };
      await store.apply(job.id, complete(aWrite({ now: START + 5, unwritten }), { json: "[1]" }));
      const completed = await store.get(job.id);
      expect(completed).toMatchObject({
        status: "completed",
        steps: { pdf: step },
        effects: { mail: effect },
        result: { json: "[1]" },
      });
      expect(completed).not.toHaveProperty("dueList");
      expect(await dueIn(store, job.dueList)).toEqual([]);
    });

    it("lists due rows of a shard, oldest first, and none that is due later", async () => {
      const store = openStore();
      const shard = `shard-${(lastId += 1)}`;
      const [late, early, future] = [20, 10, 31].map((ms) => aJob({ dueList: shard, dueAt: START + ms }));
      for (const job of [late, early, future]) if (job !== undefined) await store.create(job);
      const found = await dueIn(store, shard, START + 30);
      expect(found).toMatchObject([
        { id: early?.id, type: "greeting", run: 1, tenant: "default", permits: 0, runAt: START, dueAt: START + 10 },
        { id: late?.id },
      ]);
      expect(await dueIn(store, shard, START + 31)).toHaveLength(3);
    });

    it("reads a shard of more than one page whole", async () => {
      const store = openStore();
      const shard = `shard-${(lastId += 1)}`;
      await Promise.all(
        Array.from({ length: 130 }, (_, index) => store.create(aJob({ dueList: shard, dueAt: START + index }))),
      );
      let count = 0;
      for await (const page of store.due(shard, START + 1000)) count += page.length;
      expect(count).toBe(130);
    });

    it("gives the rows of many ids, of those that there are", async () => {
      const store = openStore();
      const jobs = [aJob(), aJob()];
      for (const job of jobs) await store.create(job);
      const found = await store.getMany([...jobs.map(({ id }) => id), "nobody", jobs[0]?.id ?? ""]);
      expect(found.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(jobs);
      await expect(store.getMany([])).resolves.toEqual([]);
    });

    it("lists what has ended by type and status, page by page, either way round", async () => {
      const store = openStore();
      const type = aType();
      const ids: string[] = [];
      for (const ms of [1, 2, 3, 4, 5]) ids.push(await endedJob(store, type, START + ms));
      const list = { by: "ended", type, status: "completed" } as const;
      const first = await store.list(list, { limit: 2, isNewestFirst: true }, START);
      expect(first.entries).toMatchObject([
        { id: ids[4], at: START + 5, type, status: "completed", run: 1, tenant: "default" },
        { id: ids[3], at: START + 4 },
      ]);
      const rest = await store.list(list, { limit: 5, isNewestFirst: true, after: first.next ?? "" }, START);
      expect(rest.entries.map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]]);
      expect(rest.next).toBeUndefined();
      const range = await store.list(list, { limit: 9, from: START + 2, until: START + 4 }, START);
      expect(range.entries.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[3]]);
      await expect(store.list({ ...list, status: "failed" }, { limit: 9 }, START)).resolves.toEqual({ entries: [] });
    });

    it("leaves out what has expired, which DynamoDB deletes days later", async () => {
      const store = openStore();
      const type = aType();
      await endedJob(store, type, START);
      const list = { by: "ended", type, status: "completed" } as const;
      const after30Days = START + 30 * 24 * 60 * 60 * 1000;
      expect((await store.list(list, { limit: 9 }, after30Days - 1000)).entries).toHaveLength(1);
      expect((await store.list(list, { limit: 9 }, after30Days + 1000)).entries).toHaveLength(0);
    });

    it("lists jobs by tenant, by subject, by type while they have not ended, and those that wait for a person", async () => {
      const store = openStore();
      const type = aType();
      const [tenantList, subjectList] = [`tenant of ${type}`, `subject of ${type}`];
      const job = aJob({ type, dueList: type, tenantList, subjectList });
      await store.create(job);
      const idsOf = async (list: JobList) => (await store.list(list, { limit: 9 }, START)).entries.map(({ id }) => id);
      expect(await idsOf({ by: "tenant", tenant: tenantList })).toEqual([job.id]);
      expect(await idsOf({ by: "subject", subjectList })).toEqual([job.id]);
      expect(await idsOf({ by: "due", type })).toEqual([job.id]);
      await store.apply(job.id, claim({ type, run: 1, now: START, token: "claim-1", leaseMs: 1000 }));
      await store.apply(job.id, review(aWrite(), "mail", undefined));
      expect(await idsOf({ by: "due", type })).toEqual([]);
      expect(await idsOf({ by: "review" })).toContain(job.id);
    });

    it.each(["", "x", "W10", "eyJhIjoxfQ", "WyJpZCIsInRleHQiXQ"])("refuses the page token %j", async (after) => {
      const list = { by: "ended", type: "greeting", status: "failed" } as const;
      await expect(openStore().list(list, { limit: 9, after }, START)).rejects.toMatchObject({
        code: "INVALID_CURSOR",
      });
    });

    it("refuses a page token that leads out of the range that is asked for", async () => {
      const store = openStore();
      const type = aType();
      for (const ms of [1, 2]) await endedJob(store, type, START + ms);
      const list = { by: "ended", type, status: "completed" } as const;
      const { next = "" } = await store.list(list, { limit: 1 }, START);
      const beyond = store.list(list, { limit: 1, from: START + 2, after: next }, START);
      await expect(beyond).rejects.toMatchObject({ code: "INVALID_CURSOR" });
    });

    it("gives an id again once the row that has it has expired", async () => {
      const store = openStore();
      const id = await endedJob(store, aType(), START);
      const later = (days: number) =>
        aJob({ id, createdAt: START + days * 24 * 60 * 60 * 1000, enqueueToken: "later" });
      await expect(store.create(later(29))).resolves.toMatchObject({ isCreated: false });
      await expect(store.create(later(31))).resolves.toEqual({ isCreated: true });
      await expect(store.get(id)).resolves.toMatchObject({ status: "pending", enqueueToken: "later" });
    });

    it("notes a sent permit only while the row is due as it was seen", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await expect(store.apply(job.id, permitSent(START, START + 60))).resolves.toMatchObject({
        isApplied: true,
        job: { permits: 1, dueAt: START + 60 },
      });
      await expect(store.apply(job.id, permitSent(START, START + 90))).resolves.toMatchObject({ isApplied: false });
    });
  });
}
