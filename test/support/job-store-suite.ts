import { describe, expect, it } from "@jest/globals";

import type { PendingJob } from "../../shared/job/job.ts";
import { claim } from "../../shared/job/transitions/claim.ts";
import { requestCancel } from "../../shared/job/transitions/control.ts";
import { permitSent } from "../../shared/job/transitions/upkeep.ts";
import { complete, intend, record } from "../../shared/job/transitions/worker-writes.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
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
    dueShard: `due-of-${lastId}`,
    dueAt: START,
    steps: {},
    effects: {},
    permits: 0,
    resolutions: [],
    ...overrides,
  };
}

const claimAt = (now: number, token = "claim-1") => claim({ type: "greeting", run: 1, now, token, leaseMs: 1000 });
const nothing = { set: [], add: [], remove: [] };

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
      const stale = { epoch: 1, now: START, progress: nothing };
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
      const write = { epoch: 1, now: START + 2, progress: nothing };
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
      const write = { epoch: 1, now: START, progress: nothing };
      await store.apply(job.id, complete(write, undefined));
      for (const late of [record(write), intend(write), complete(write, undefined)]) {
        await expect(store.apply(job.id, late)).resolves.toMatchObject({
          isApplied: false,
          job: { status: "completed" },
        });
      }
    });

    it("writes nested progress together with the transition, and takes a completed row out of the due index", async () => {
      const store = openStore();
      const job = aJob();
      await store.create(job);
      await store.apply(job.id, claimAt(START));
      const step = { at: START, json: '{"key":"a.pdf"}' };
      const effect = { receipt: { id: "ses-1", at: START, source: "send" } };
      const progress = {
        ...nothing,
        set: [
          { path: ["steps", "pdf"] as const, value: step },
          { path: ["effects", "mail"] as const, value: effect },
        ],
      };
      await store.apply(job.id, complete({ epoch: 1, now: START + 5, progress }, { json: "[1]" }));
      const completed = await store.get(job.id);
      expect(completed).toMatchObject({
        status: "completed",
        steps: { pdf: step },
        effects: { mail: effect },
        result: { json: "[1]" },
      });
      expect(completed).not.toHaveProperty("dueShard");
      await expect(store.countShard(job.dueShard)).resolves.toBe(0);
    });

    it("lists due rows of a shard, oldest first, and none that is due later", async () => {
      const store = openStore();
      const shard = `shard-${(lastId += 1)}`;
      const [late, early, future] = [20, 10, 31].map((ms) => aJob({ dueShard: shard, dueAt: START + ms }));
      for (const job of [late, early, future]) if (job !== undefined) await store.create(job);
      const found = [];
      for await (const page of store.due(shard, START + 30)) found.push(...page);
      expect(found).toMatchObject([
        { id: early?.id, type: "greeting", run: 1, tenant: "default", permits: 0, runAt: START, dueAt: START + 10 },
        { id: late?.id },
      ]);
      await expect(store.countShard(shard)).resolves.toBe(3);
    });

    it("reads a shard of more than one page whole", async () => {
      const store = openStore();
      const shard = `shard-${(lastId += 1)}`;
      await Promise.all(
        Array.from({ length: 130 }, (_, index) => store.create(aJob({ dueShard: shard, dueAt: START + index }))),
      );
      let count = 0;
      for await (const page of store.due(shard, START + 1000)) count += page.length;
      expect(count).toBe(130);
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
