import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { DynamoReceiptStore } from "../../shared/aws/dynamo-receipt-store.ts";
import type { JobQuery } from "../../shared/engine/insight/job-query.ts";
import { listJobs } from "../../shared/engine/insight/list-jobs.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { aRow } from "../support/job-rows.ts";
import { fill, MANY_TYPES } from "../support/many-jobs.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryReceiptStore } from "../support/memory-receipt-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const JOBS = 400;
const tables = await openDynaliteTables();
afterAll(tables.close);

const stores = { DynamoDB: new DynamoJobStore(tables.documents, "jobs"), memory: new MemoryJobStore() };

async function allIds(name: keyof typeof stores, query: JobQuery): Promise<string[]> {
  const world = { store: stores[name], clock: new VirtualClock() };
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await listJobs(world, MANY_TYPES, { ...query, ...(after !== undefined && { after }) });
    ids.push(...page.jobs.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

describe.each(["DynamoDB", "memory"] as const)("lists of many jobs in %s", (name) => {
  beforeAll(async () => {
    await fill(stores[name], JOBS);
    // Of one time, more than a page holds.
    for (let index = 0; index < 30; index += 1) {
      await stores[name].create(aRow({ id: `same-${index}`, type: "report", status: "cancelled", tenant: "same" }));
    }
  }, 30_000);

  it("give each job once, page by page", async () => {
    const ids = await allIds(name, { limit: 23 });
    expect(new Set(ids).size).toBe(JOBS + 30);
    expect(ids).toHaveLength(JOBS + 30);
  });

  it.each<JobQuery>([{ tenant: "same" }, { type: "report", status: "cancelled", from: START, until: START }])(
    "give each job of one time once: %j",
    async (query) => {
      const ids = await allIds(name, { ...query, limit: 4 });
      expect(ids.filter((id) => id.startsWith("same-"))).toHaveLength(30);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

const report = { jobId: "job-1", effect: "mail", messageId: "ses-1", eventType: "Send", at: 2_000 };

describe.each([
  ["DynamoDB", () => new DynamoReceiptStore(tables.documents, "records")],
  ["memory", () => new MemoryReceiptStore()],
] as const)("reports of a job's effects in %s", (_name, openStore) => {
  it("are listed oldest first, each once, and none of another job", async () => {
    const receipts = openStore();
    const others = [
      { ...report, eventType: "Bounce", at: 3_000 },
      { ...report, effect: "copy", messageId: "ses#2", at: 1_000 },
    ];
    for (const each of [report, report, ...others, { ...report, jobId: "job-2" }]) await receipts.put(each);
    await expect(receipts.list("job-1")).resolves.toEqual([others[1], report, others[0]]);
    await expect(receipts.list("job-3")).resolves.toEqual([]);
  });
});
