import { countJobs } from "../../shared/engine/insight/count-jobs.ts";
import { groupErrors } from "../../shared/engine/insight/error-groups.ts";
import { checkQuery, type JobQuery } from "../../shared/engine/insight/job-query.ts";
import { sourcesOf } from "../../shared/engine/insight/job-sources.ts";
import { READS_PER_LIST } from "../../shared/engine/insight/list-cursor.ts";
import { listJobs, type JobPage } from "../../shared/engine/insight/list-jobs.ts";
import { JOB_STATUSES } from "../../shared/job/job-state.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { aRow, type RowOptions } from "./job-rows.ts";
import { START, VirtualClock } from "./virtual-clock.ts";

export const MANY_TYPES = ["invoice_email", "reminder", "report", "stock_sync", "press_release"] as const;
const MINUTE_MS = 60_000;
const PAGES = 3;
const PAGE = 50;
const CAP = 1_000;

/** Row number `index` of many: five types, all statuses (most completed), 200 tenants, 2,000 subjects, 90 days. */
export function oneOfMany(index: number): RowOptions {
  // Of twenty, one in each status, and the rest completed.
  const status = JOB_STATUSES[pick(index, 1, 20)] ?? "completed";
  const at = START - pick(index, 2, 90 * 24 * 60) * MINUTE_MS;
  const isDefault = pick(index, 3, 3) === 0;
  return {
    id: `job-${index}`,
    type: MANY_TYPES[pick(index, 4, MANY_TYPES.length)] ?? "report",
    status,
    at,
    createdAt: at - MINUTE_MS,
    tenant: isDefault ? "default" : `tenant-${pick(index, 5, 200)}`,
    subject: `customer-${pick(index, 6, 2_000)}@example.com`,
    ...(status === "failed" && {
      errorCode: `ERROR_${pick(index, 7, 12)}`,
      fingerprint: `print-${pick(index, 7, 36)}`,
    }),
  };
}

/** One of `many`, by chance as it seems, and always the same for an index and a purpose. */
function pick(index: number, purpose: number, many: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % many;
}

export async function fill(store: JobStore, count: number, atOnce = 50): Promise<void> {
  for (let from = 0; from < count; from += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index);
    await Promise.all(indexes.map((index) => store.create(aRow(oneOfMany(index)))));
  }
}

/** What reads of a store have brought, by the store's own answers. */
export interface Meter {
  entries: number;
  rows: number;
}

/** A store that counts what it gives. */
export function metered(store: JobStore, meter: Meter): JobStore {
  return {
    create: (job) => store.create(job),
    apply: (jobId, transition) => store.apply(jobId, transition),
    get: (jobId) => store.get(jobId),
    due: (list, now) => store.due(list, now),
    statuses: (ids) => store.statuses(ids),
    ready: (type, limit, prefix) => store.ready(type, limit, prefix),
    openChildren: (parentId, limit) => store.openChildren(parentId, limit),
    getMany: async (ids) => {
      const rows = await store.getMany(ids);
      meter.rows += rows.length;
      return rows;
    },
    list: async (list, options, now) => {
      const page = await store.list(list, options, now);
      meter.entries += page.entries.length;
      return page;
    },
  };
}

export interface Reading {
  readonly what: string;
  readonly found: string;
  /** Index entries and rows of the dearest page. */
  readonly itemsRead: number;
  /** What the docstrings promise at most. */
  readonly bound: number;
  readonly ms: number;
}

const QUERIES: readonly [what: string, query: JobQuery][] = [
  ["list: everything", {}],
  ["list: a type", { type: "reminder" }],
  ["list: a type, completed", { type: "reminder", status: "completed" }],
  ["list: pending", { status: "pending" }],
  ["list: needs review", { status: "needs_review" }],
  ["list: a tenant", { tenant: "tenant-7" }],
  ["list: a tenant, failed", { tenant: "tenant-7", status: "failed" }],
  ["list: the default tenant, completed", { tenant: "default", status: "completed" }],
  ["list: a subject", { subject: "customer-42@example.com" }],
  ["list: a day", { day: "2025-12-24" }],
  ["list: a type's day, failed", { type: "report", status: "failed", day: "2025-12-24" }],
  ["list: an error code", { type: "report", status: "failed", errorCode: "ERROR_7" }],
  ["list: an error code that nobody has", { status: "failed", errorCode: "NONE" }],
];

/** Asks everything that can be asked of many jobs, and measures what that reads. */
export async function readings(store: JobStore): Promise<readonly Reading[]> {
  const measured: Reading[] = [];
  for (const [what, query] of QUERIES) measured.push(await readList(store, what, query));
  const meter: Meter = { entries: 0, rows: 0 };
  const world = { store: metered(store, meter), clock: new VirtualClock() };
  const counted = await timed(() => countJobs(world, MANY_TYPES));
  const total = counted.answer.types.flatMap(({ counts }) => Object.values(counts));
  measured.push({
    what: "counts by type and status",
    found: `${total.reduce((sum, { count }) => sum + count, 0)} counted`,
    itemsRead: meter.entries + meter.rows,
    bound: CAP * (4 * MANY_TYPES.length + 1),
    ms: counted.ms,
  });
  [meter.entries, meter.rows] = [0, 0];
  const grouped = await timed(() => groupErrors(world, "report"));
  measured.push({
    what: "errors of a type",
    found: `${grouped.answer.groups.length} groups`,
    itemsRead: meter.entries + meter.rows,
    bound: CAP + 100,
    ms: grouped.ms,
  });
  return measured;
}

/** The first pages of a list. */
async function readList(store: JobStore, what: string, query: JobQuery): Promise<Reading> {
  const lists = sourcesOf(checkQuery(MANY_TYPES, query), MANY_TYPES).flat().length;
  let [after, jobs, itemsRead, ms]: [string | undefined, number, number, number] = [undefined, 0, 0, 0];
  for (let page = 0; page < PAGES; page += 1) {
    const meter: Meter = { entries: 0, rows: 0 };
    const world = { store: metered(store, meter), clock: new VirtualClock() };
    const asked: JobQuery = { ...query, limit: PAGE, ...(after !== undefined && { after }) };
    const read: Timed<JobPage> = await timed(() => listJobs(world, MANY_TYPES, asked));
    if (read.answer.itemsRead !== meter.entries + meter.rows) throw new Error(`${what}: the page miscounts its reads.`);
    jobs += read.answer.jobs.length;
    itemsRead = Math.max(itemsRead, read.answer.itemsRead);
    ms = Math.max(ms, read.ms);
    after = read.answer.next;
    if (after === undefined) break;
  }
  const found = `${jobs} jobs${after === undefined ? "" : " and more"}`;
  return { what, found, itemsRead, bound: READS_PER_LIST * PAGE * lists + PAGE, ms };
}

interface Timed<Answer> {
  readonly answer: Answer;
  readonly ms: number;
}

async function timed<Answer>(ask: () => Promise<Answer>): Promise<Timed<Answer>> {
  const from = performance.now();
  const answer = await ask();
  return { answer, ms: performance.now() - from };
}
