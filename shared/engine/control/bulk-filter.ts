import * as z from "zod";

import type { EpochMs, Job } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-state.ts";
import { isHeld } from "./retry-job.ts";

/** What a bulk operation does to the jobs that its filter matches, and which jobs that can be. */
export const BULK_ACTIONS = {
  /** Begins the next run of failed jobs. */
  replay: ["failed"],
  /** Lets jobs run now that wait for their time or their next attempt. */
  retry: ["pending", "retrying"],
  /** Cancels jobs that have not ended; running ones are asked to stop. */
  cancel: ["pending", "retrying", "waiting", "needs_review", "processing"],
} as const satisfies Record<string, readonly JobStatus[]>;
export type BulkAction = keyof typeof BULK_ACTIONS;

/** An operation's filter stands on its record, which DynamoDB limits to 400 KB: 1,000 ids of 200 characters are half. */
const MOST_IDS = 1_000;
const MOST_VALUES = 100;

const values = z.array(z.string().min(1).max(200)).min(1).max(MOST_VALUES).readonly();
const time = z.int().min(0);

/** Which jobs: all that is given must hold, any one value of a list suffices. */
export const bulkFilter = z
  .strictObject({
    types: values,
    errorCodes: values.optional(),
    tenants: values.optional(),
    /** Epoch milliseconds, inclusive: when a failed job failed, when any other was enqueued. */
    from: time.optional(),
    until: time.optional(),
    ids: z.array(z.string().min(1).max(200)).min(1).max(MOST_IDS).readonly().optional(),
  })
  .refine(({ from = 0, until = Infinity }) => from <= until, "`from` is after `until`");
export type BulkFilter = Readonly<z.infer<typeof bulkFilter>>;

/** A bulk operation's action and filter, as of a time. */
export interface Selection {
  readonly action: BulkAction;
  readonly filter: BulkFilter;
  /** What failed, or was enqueued, later than this is not selected, unless it is named by its id. */
  readonly asOf: EpochMs;
}

/** Whether a row is one of them. `now` is when it was read. */
export function isSelected(job: Job, { action, filter, asOf }: Selection, now: EpochMs): boolean {
  const at = job.status === "failed" ? job.endedAt : job.createdAt;
  return (
    isOneOf(job.status, BULK_ACTIONS[action]) &&
    isOneOf(job.type, filter.types) &&
    (filter.ids === undefined || filter.ids.includes(job.id)) &&
    (filter.errorCodes === undefined || isOneOf(job.error?.code, filter.errorCodes)) &&
    (filter.tenants === undefined || isOneOf(job.tenant, filter.tenants)) &&
    at >= (filter.from ?? 0) &&
    at <= Math.min(filter.until ?? Infinity, filter.ids === undefined ? asOf : Infinity) &&
    (action !== "retry" || canBeHastened(job, now))
  );
}

/** Due jobs need nothing, and what waits for receipts before it fails does not run any more. */
const canBeHastened = (job: Job, now: EpochMs): boolean => "runAt" in job && (job.runAt ?? now) > now && !isHeld(job);

const isOneOf = (value: string | undefined, allowed: readonly string[]): boolean =>
  value !== undefined && allowed.includes(value);
