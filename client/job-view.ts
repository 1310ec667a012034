import { loadPayload } from "../shared/engine/payload.ts";
import { loadValue } from "../shared/engine/stored-value.ts";
import type { EpochMs, Job, Progress } from "../shared/job/job.ts";
import { isTerminal } from "../shared/job/job-state.ts";
import type { ValueStore } from "../shared/ports/value-store.ts";

/** Why an attempt did not end well. */
export interface ErrorView {
  /** Stable: `INVALID_PAYLOAD`, `TIMEOUT`, or the name of what the handler threw. */
  readonly code: string;
  /** 500 characters at most, without mail addresses. */
  readonly message: string;
  readonly at: EpochMs;
}

/** What every job shows. Times are Unix milliseconds. */
interface JobViewCore {
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly correlationId: string;
  /** 1, and one more with each replay. */
  readonly run: number;
  /** Attempts of this run that have begun. */
  readonly attempts: number;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  /** How far its handler says that it has come. */
  readonly progress?: Progress;
  /** Of its last attempt that failed, or why it was given up. */
  readonly error?: ErrorView;
  readonly cancelRequestedAt?: EpochMs;
  /** The occurrence that it is the run of. */
  readonly schedule?: { readonly name: string; readonly at: EpochMs };
  /** The job that has spawned it, or the completion of its batch. */
  readonly parentId?: string;
  /** Ids of the jobs that it has spawned, or is the completion of; in order. */
  readonly children?: readonly string[];
}

/** Accepted; runs at `runAt`, or as soon as a worker is free. */
export interface ReadyJobView extends JobViewCore {
  readonly status: "pending" | "retrying";
  readonly runAt: EpochMs;
}
/** A worker has it, under a lease. */
export interface ProcessingJobView extends JobViewCore {
  readonly status: "processing";
  readonly claimedAt: EpochMs;
  /** If its worker dies, another one takes it from then on. */
  readonly leaseUntil: EpochMs;
}
/** It waits for other jobs to end. */
export interface WaitingJobView extends JobViewCore {
  readonly status: "waiting";
  /** Ids of jobs that had not ended when it was last looked at. */
  readonly waitingFor: readonly string[];
}
/** Nobody can know whether an effect happened: somebody has to `resolve` it. */
export interface NeedsReviewJobView extends JobViewCore {
  readonly status: "needs_review";
  readonly review: { readonly effect: string; readonly at: EpochMs };
}
/** Its handler has returned. */
export interface CompletedJobView extends JobViewCore {
  readonly status: "completed";
  readonly endedAt: EpochMs;
  /** What its handler returned, from wherever it lies; `undefined` when that was nothing. */
  readonly result: unknown;
}
/** No attempt is left, or none can help. `replay` begins its next run, `dismiss` gives it up. */
export interface FailedJobView extends JobViewCore {
  readonly status: "failed";
  readonly endedAt: EpochMs;
  readonly error: ErrorView;
}
/**
 * Somebody cancelled it, its time to live ended before it began, or what it waited for did not complete (`error` says
 * which of the last two).
 */
export interface CancelledJobView extends JobViewCore {
  readonly status: "cancelled";
  readonly endedAt: EpochMs;
}

/** What became of a job that goes no further by itself. */
export type SettledJobView = CompletedJobView | FailedJobView | CancelledJobView | NeedsReviewJobView;

/** A job as the client shows it: plain data, without its payload and the engine's own fields. */
export type JobView = ReadyJobView | ProcessingJobView | WaitingJobView | SettledJobView;

/** Whether a job goes no further by itself: it has ended, or waits for a person's word (`needs_review`). */
export function isSettled(job: JobView): job is SettledJobView {
  return isTerminal(job.status) || job.status === "needs_review";
}

/** With its payload, as its type's schema parsed it. It may hold personal data: do not log it. */
export type WithPayload<View> = View & { readonly payload: unknown };

/** @throws what keeps a result from being read that is too large for its row. */
export async function viewOf(values: ValueStore, job: Job): Promise<JobView> {
  const core = coreOf(job);
  switch (job.status) {
    case "pending":
    case "retrying":
      return { ...core, status: job.status, runAt: job.runAt };
    case "processing":
      return { ...core, status: job.status, claimedAt: job.claimedAt, leaseUntil: job.leaseUntil };
    case "waiting":
      return { ...core, status: job.status, waitingFor: job.waitingFor };
    case "needs_review":
      return { ...core, status: job.status, review: job.review };
    case "completed":
      return { ...core, status: job.status, endedAt: job.endedAt, result: await resultOf(values, job) };
    case "failed":
      return { ...core, status: job.status, endedAt: job.endedAt, error: errorOf(job.error) };
    case "cancelled":
      return { ...core, status: job.status, endedAt: job.endedAt };
    default:
      return job satisfies never;
  }
}

/** @throws what keeps a result or payload from being read that is too large for its row. */
export async function viewWithPayload(values: ValueStore, job: Job): Promise<WithPayload<JobView>> {
  const [view, payload] = await Promise.all([viewOf(values, job), loadPayload(values, job)]);
  return { ...view, payload };
}

function coreOf(job: Job): JobViewCore {
  const { id, type, tenant, correlationId, run, attempts, createdAt, updatedAt } = job;
  const { progress, error, cancelRequestedAt, schedule, parent, children } = job;
  return {
    id,
    type,
    tenant,
    correlationId,
    run,
    attempts,
    createdAt,
    updatedAt,
    ...(progress && { progress }),
    ...(error && { error: errorOf(error) }),
    ...(cancelRequestedAt !== undefined && { cancelRequestedAt }),
    ...(schedule && { schedule }),
    ...(parent && { parentId: parent.id }),
    ...(children && { children }),
  };
}

const errorOf = ({ code, message, at }: ErrorView): ErrorView => ({ code, message, at });

async function resultOf(
  values: ValueStore,
  { result }: Extract<Job, { readonly status: "completed" }>,
): Promise<unknown> {
  return result === undefined ? undefined : loadValue(values, result);
}
