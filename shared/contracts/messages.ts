import * as z from "zod";

import { identifier } from "./fields.ts";

// The bodies that a job queue takes. None carries a job's payload, save what EventBridge delivers itself (`event`),
// whose paths are chosen in the definition and never lead to personal data.

const jobType = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);

/** Job ids keep to the alphabet of SES tags and S3 keys. */
export const jobId = z.string().regex(/^[A-Za-z0-9_-]{1,200}$/);

/** Leave to run a job once: the row decides. A dead letter is the same with `run` one higher, and says why it is one. */
const permit = z.object({
  v: z.literal(1),
  type: jobType,
  id: jobId,
  run: z.int().min(1),
  /** Only in dead letters: the error's code, for whoever looks at the queue in the console. */
  error: z.string().max(100).optional(),
});

/** An EventBridge event that a definition's `trigger` asked for; the consumer puts the row, then runs it. */
const event = z.object({
  v: z.literal(1),
  type: jobType,
  event: z.object({ id: identifier, data: z.record(z.string(), z.unknown()) }),
});

/** An occurrence of a schedule; the consumer puts the row, then runs it. */
const tick = z.object({
  v: z.literal(1),
  type: jobType,
  tick: z.object({
    schedule: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
    /** The scheduler's own scheduled time. */
    at: z.iso.datetime(),
    /** Sent by the ticker, because the scheduler's tick for it has left no trace. */
    isCatchUp: z.literal(true).optional(),
  }),
});

export const queueMessage = z.union([permit, event, tick]);
export type QueueMessage = z.infer<typeof queueMessage>;
export type Permit = z.infer<typeof permit>;
export type EventMessage = z.infer<typeof event>;
export type TickMessage = z.infer<typeof tick>;
