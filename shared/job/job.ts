import type { OnUnknown } from "./define-job.ts";
import type { JobStatus } from "./job-state.ts";

/** Milliseconds since 1970-01-01 UTC. Properties ending in `At` or `Until` hold one. */
export type EpochMs = number;

/** Why the last attempt did not end well. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly at: EpochMs;
}

/** A value as JSON text (nothing for `undefined`), or where that lies when it was too large for the row. */
export type StoredValue = { readonly json?: string } | { readonly spilledTo: string };
export type StepResult = StoredValue & { readonly at: EpochMs };

/** "I am about to send": written before an effect, so that a successor knows that it may have happened. */
export interface Intent {
  readonly token: string;
  readonly epoch: number;
  readonly at: EpochMs;
  readonly onUnknown: OnUnknown;
}

/** Proof that an effect happened: from the send itself, found afterwards, or a person's word. */
export interface Receipt {
  readonly id: string;
  readonly at: EpochMs;
  readonly source: "send" | "found" | "person";
}

/** The life of one effect: intent → (wait for its receipt) → receipt. An intent without receipt is *open*. */
export interface Effect {
  readonly intent?: Intent;
  /** Set by a successor's claim: until then nobody may conclude anything about the intent with this token. */
  readonly wait?: { readonly token: string; readonly until: EpochMs };
  readonly receipt?: Receipt;
  /** Set when a person asked for another send: receipts from before do not count for it. */
  readonly ignoreReceiptsBefore?: EpochMs;
}

/** A person's decision about an effect of unknown outcome, kept for audit. */
export interface Resolution {
  readonly effect: string;
  readonly decision: "sent" | "again";
  readonly by: string;
  readonly at: EpochMs;
}

interface JobCore {
  readonly id: string;
  readonly type: string;
  /** Counts restarts from the DLQ; a message for another run is stale. */
  readonly run: number;
  /** Counts claims: the fence of every write of a worker. */
  readonly epoch: number;
  /** Claims of this run that count towards the type's maximum. */
  readonly attempts: number;
  /** JSON value, as the type's schema parsed it. */
  readonly payload: unknown;
  readonly payloadHash: string;
  /** Names the one enqueue call that created the row, so that it knows its own write again after a lost response. */
  readonly enqueueToken: string;
  readonly tenant: string;
  readonly correlationId: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly steps: Readonly<Record<string, StepResult>>;
  readonly effects: Readonly<Record<string, Effect>>;
  /** Permits the ticker has sent since the last claim: the exponent of its backoff. */
  readonly permits: number;
  readonly resolutions: readonly Resolution[];
  readonly error?: JobError;
  readonly cancelRequestedAt?: EpochMs;
}

/** In the due index: the ticker looks at the row from `dueAt` on, and puts that off with each permit it sends. */
interface Due {
  readonly dueShard: string;
  readonly dueAt: EpochMs;
  /** Since when somebody has to act: when the job may run, its lease ends, its dead letter is owed, it waits for a person. */
  readonly runAt: EpochMs;
}

/** Removed by DynamoDB's TTL some time after this (epoch **seconds**, as TTL wants it). */
interface Expiring {
  readonly expiresAt: number;
}

export interface PendingJob extends JobCore, Due {
  readonly status: "pending";
}
export interface ProcessingJob extends JobCore, Due {
  readonly status: "processing";
  readonly claimToken: string;
  readonly claimedAt: EpochMs;
  readonly leaseUntil: EpochMs;
  /** The final failure that is held back until open intents are looked into; user code does not run any more. */
  readonly failing?: JobError;
}
export interface RetryingJob extends JobCore, Due {
  readonly status: "retrying";
  readonly failing?: JobError;
}
/** Waits for other jobs. */
export interface WaitingJob extends JobCore, Due {
  readonly status: "waiting";
}
export interface CompletedJob extends JobCore, Expiring {
  readonly status: "completed";
  readonly completedAt: EpochMs;
  readonly result?: StoredValue;
}
export interface FailedJob extends JobCore, Partial<Due>, Expiring {
  readonly status: "failed";
  readonly failedAt: EpochMs;
  readonly error: JobError;
  /** True until its dead letter is in the DLQ. */
  readonly dlqOwed?: true;
}
export interface CancelledJob extends JobCore, Expiring {
  readonly status: "cancelled";
  readonly cancelledAt: EpochMs;
}
/** Waits for a person; sits in the due index's review shard, where the ticker counts it for the alarm. */
export interface NeedsReviewJob extends JobCore, Due {
  readonly status: "needs_review";
  readonly review: { readonly effect: string; readonly at: EpochMs };
}

export type Job =
  | PendingJob
  | ProcessingJob
  | RetryingJob
  | WaitingJob
  | CompletedJob
  | FailedJob
  | CancelledJob
  | NeedsReviewJob;

/** The union and the state table name the same statuses; this line does not compile when they differ. */
export type StatusesAgree = Job["status"] extends JobStatus ? (JobStatus extends Job["status"] ? true : never) : never;

/** Names of effects that were intended and have no receipt. */
export function openEffects(job: Pick<Job, "effects">): string[] {
  return Object.entries(job.effects)
    .filter(([, effect]) => effect.intent !== undefined && effect.receipt === undefined)
    .map(([name]) => name);
}
