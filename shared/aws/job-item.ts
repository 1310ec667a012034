import * as z from "zod";

import type { Job } from "../job/job.ts";

// The jobs table's rows, parsed where they enter: inside, a job is what its type says.

const epochMs = z.number();
const jobError = z.object({ code: z.string(), message: z.string(), at: epochMs });
const storedValue = z.union([z.object({ spilledTo: z.string() }), z.object({ json: z.string().optional() })]);
const stepResult = storedValue.and(z.object({ at: epochMs }));
const effect = z.object({
  intent: z
    .object({ token: z.string(), epoch: z.number(), at: epochMs, onUnknown: z.enum(["resend", "review"]) })
    .optional(),
  wait: z.object({ token: z.string(), until: epochMs }).optional(),
  receipt: z.object({ id: z.string(), at: epochMs, source: z.enum(["send", "found", "person"]) }).optional(),
  ignoreReceiptsBefore: epochMs.optional(),
});
const resolution = z.object({ effect: z.string(), decision: z.enum(["sent", "again"]), by: z.string(), at: epochMs });

const core = z.object({
  id: z.string(),
  type: z.string(),
  run: z.number(),
  epoch: z.number(),
  attempts: z.number(),
  payload: z.unknown(),
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
  error: jobError.optional(),
  cancelRequestedAt: epochMs.optional(),
});
const due = { dueShard: z.string(), dueAt: epochMs, runAt: epochMs };
const expiring = { expiresAt: z.number() };
const failing = { failing: jobError.optional() };

const jobItem = z.discriminatedUnion("status", [
  core.extend({ ...due, status: z.literal("pending") }),
  core.extend({
    ...due,
    ...failing,
    status: z.literal("processing"),
    claimToken: z.string(),
    claimedAt: epochMs,
    leaseUntil: epochMs,
  }),
  core.extend({ ...due, ...failing, status: z.literal("retrying") }),
  core.extend({ ...due, status: z.literal("waiting") }),
  core.extend({ ...expiring, status: z.literal("completed"), completedAt: epochMs, result: storedValue.optional() }),
  core.extend({
    ...expiring,
    status: z.literal("failed"),
    failedAt: epochMs,
    error: jobError,
    dlqOwed: z.literal(true).optional(),
    dueShard: z.string().optional(),
    dueAt: epochMs.optional(),
    runAt: epochMs.optional(),
  }),
  core.extend({ ...expiring, status: z.literal("cancelled"), cancelledAt: epochMs }),
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
