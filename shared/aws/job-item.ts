import * as z from "zod";

import type { Job } from "../job/job.ts";
import { JOB_STATUSES, type JobStatus } from "../job/job-state.ts";
import type { DueEntry, ListEntry, ReadyEntry } from "../ports/job-store.ts";

// The jobs table's rows, parsed where they enter: inside, a job is what its type says.

const epochMs = z.number();
const jobError = z.object({
  code: z.string(),
  message: z.string(),
  at: epochMs,
  fingerprint: z.string().optional(),
});
const storedValue = z.union([z.object({ spilledTo: z.string() }), z.object({ json: z.string().optional() })]);
const stepResult = storedValue.and(z.object({ at: epochMs }));
const effect = z.object({
  intent: z
    .object({
      token: z.string(),
      epoch: z.number(),
      at: epochMs,
      onUnknown: z.enum(["resend", "review"]),
      what: z.string().optional(),
      to: z.string().optional(),
    })
    .optional(),
  wait: z.object({ token: z.string(), until: epochMs }).optional(),
  receipt: z.object({ id: z.string(), at: epochMs, source: z.enum(["send", "found", "person"]) }).optional(),
  earlier: z.array(z.object({ at: epochMs, epoch: z.number() })).optional(),
  ignoreReceiptsBefore: epochMs.optional(),
});
const resolution = z.object({ effect: z.string(), decision: z.enum(["sent", "again"]), by: z.string(), at: epochMs });

const attempt = z.object({
  run: z.number(),
  epoch: z.number(),
  attempt: z.number(),
  from: epochMs,
  to: epochMs,
  ending: z.string(),
  code: z.string().optional(),
});
const progress = z.object({
  done: z.number(),
  total: z.number().optional(),
  note: z.string().optional(),
  at: epochMs,
});
const line = z.object({ at: epochMs, level: z.enum(["info", "warn", "error"]), message: z.string() });
const edit = z.object({ by: z.string(), at: epochMs, hashBefore: z.string(), hashAfter: z.string() });
const waiter = { type: z.string(), run: z.number(), tenant: z.string() };
const sweep = z.object({
  cursor: z.string().optional(),
  isDone: z.boolean(),
  counts: z.object({
    pages: z.number(),
    visited: z.number(),
    done: z.number(),
    skipped: z.number(),
    failed: z.number(),
  }),
  errors: z.array(z.object({ key: z.string(), code: z.string(), message: z.string() })),
});

const core = z.object({
  id: z.string(),
  type: z.string(),
  run: z.number(),
  epoch: z.number(),
  attempts: z.number(),
  payload: z.unknown(),
  payloadAt: z.string().optional(),
  payloadHash: z.string(),
  enqueueToken: z.string(),
  tenant: z.string(),
  correlationId: z.string(),
  createdAt: epochMs,
  updatedAt: epochMs,
  steps: z.record(z.string(), stepResult),
  effects: z.record(z.string(), effect),
  permits: z.number(),
  resolutions: z.array(resolution),
  history: z.array(attempt),
  progress: progress.optional(),
  lines: z.array(line).optional(),
  edits: z.array(edit).optional(),
  schedule: z.object({ name: z.string(), at: epochMs }).optional(),
  tenantList: z.string().optional(),
  subjectList: z.string().optional(),
  error: jobError.optional(),
  errorCode: z.string().optional(),
  fingerprint: z.string().optional(),
  cancelRequestedAt: epochMs.optional(),
  priority: z.number().optional(),
  readyKey: z.string().optional(),
  readyList: z.string().optional(),
  rateKey: z.string().optional(),
  rateSlotAt: epochMs.optional(),
  concurrencyKey: z.string().optional(),
  startBy: epochMs.optional(),
  parent: z.object({ ...waiter, id: z.string(), createdAt: epochMs.optional() }).optional(),
  openChildOf: z.string().optional(),
  dependants: z.record(z.string(), z.object(waiter)).default({}),
  children: z.array(z.string()).optional(),
  batch: z.array(z.string()).optional(),
  onDependencyFailed: z.enum(["cancel", "fail", "run", "wake"]).optional(),
  sweeps: z.record(z.string(), sweep).optional(),
});
const due = { dueList: z.string(), dueAt: epochMs, runAt: epochMs };
const ended = { endedList: z.string(), endedAt: epochMs, expiresAt: z.number() };
const failing = { failing: jobError.optional() };

const jobItem = z.discriminatedUnion("status", [
  core.extend({ ...due, ...failing, status: z.literal("pending") }),
  core.extend({
    ...due,
    ...failing,
    status: z.literal("processing"),
    claimToken: z.string(),
    claimedAt: epochMs,
    leaseUntil: epochMs,
  }),
  core.extend({ ...due, ...failing, status: z.literal("retrying") }),
  core.extend({ ...due, status: z.literal("waiting"), waitingFor: z.array(z.string()) }),
  core.extend({ ...ended, status: z.literal("completed"), result: storedValue.optional() }),
  core.extend({
    ...ended,
    status: z.literal("failed"),
    error: jobError,
    dlqOwed: z.literal(true).optional(),
    dueList: z.string().optional(),
    dueAt: epochMs.optional(),
    runAt: epochMs.optional(),
  }),
  core.extend({ ...ended, status: z.literal("cancelled") }),
  core.extend({ ...due, status: z.literal("needs_review"), review: z.object({ effect: z.string(), at: epochMs }) }),
]);

/**
 * Parses a row of the jobs table.
 *
 * @throws Error naming the row and each problem: such a row was not written by this version of Backline.
 */
export function parseJobItem(item: unknown): Job {
  const parsed = jobItem.safeParse(item);
  // zod's optional properties may be `undefined`, which rows read from DynamoDB never are.
  if (parsed.success) return parsed.data as Job;
  const id = z.object({ id: z.string() }).safeParse(item).data?.id ?? "without id";
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`Job row ${id} cannot be read. ${problems.join("; ")}.`);
}

const statusOf = z.object({ id: z.string(), status: z.enum(JOB_STATUSES) });

/** A row of which only id and status were read. */
export function parseStatus(item: unknown): readonly [string, JobStatus] {
  const { id, status } = statusOf.parse(item);
  return [id, status];
}

const dueEntry = z.object({
  id: z.string(),
  type: z.string(),
  run: z.number(),
  tenant: z.string(),
  dueAt: epochMs,
  runAt: epochMs,
  permits: z.number(),
  status: z.enum(JOB_STATUSES).optional(),
});

const readyEntry = z.object({
  id: z.string(),
  run: z.number(),
  readyKey: z.string(),
  concurrencyKey: z.string().optional(),
});

/** @throws ZodError for an entry that this version of Backline has not written */
// zod's optional properties may be `undefined`, which items read from DynamoDB never are.
export const parseReadyEntry = (item: unknown): ReadyEntry => readyEntry.parse(item) as ReadyEntry;

/** @throws ZodError for an entry that this version of Backline has not written */
export const parseDueEntry = (item: unknown): DueEntry => dueEntry.parse(item) as DueEntry;

const listEntry = z.object({
  id: z.string(),
  type: z.string(),
  status: z.enum(JOB_STATUSES).optional(),
  run: z.number().optional(),
  tenant: z.string().optional(),
  errorCode: z.string().optional(),
  fingerprint: z.string().optional(),
});

/** An index entry; `sortKey` names the attribute that the list is sorted by. */
export function parseListEntry(item: Readonly<Record<string, unknown>>, sortKey: string): ListEntry {
  // zod's optional properties may be `undefined`, which items read from DynamoDB never are.
  return { ...(listEntry.parse(item) as Omit<ListEntry, "at">), at: epochMs.parse(item[sortKey]) };
}
