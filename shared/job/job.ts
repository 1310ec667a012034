import type { OnUnknown } from "./define-job.ts";
import type { JobStatus } from "./job-state.ts";

/** Milliseconds since 1970-01-01 UTC. Properties ending in `At` or `Until` hold one. */
export type EpochMs = number;

/** Why the last attempt did not end well. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly at: EpochMs;
  /** The same for errors of one cause; see `fingerprintOf`. */
  readonly fingerprint?: string;
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
  /** For whoever looks into the effect ledger: what is sent, and to whom. */
  readonly what?: string;
  readonly to?: string;
}

/** Proof that an effect happened: from the send itself, found afterwards, or a person's word. */
export interface Receipt {
  /** The other side's own id of what was done. */
  readonly id: string;
  readonly at: EpochMs;
  /** The send's answer, a report or search afterwards, or a person's word. */
  readonly source: "send" | "found" | "person";
}

/** The life of one effect: intent → (wait for its receipt) → receipt. An intent without receipt is *open*. */
export interface Effect {
  readonly intent?: Intent;
  /** Set by a successor's claim: until then nobody may conclude anything about the intent with this token. */
  readonly wait?: { readonly token: string; readonly until: EpochMs };
  readonly receipt?: Receipt;
  /** Earlier sends whose outcome stayed unknown, oldest first, ten at most. */
  readonly earlier?: readonly { readonly at: EpochMs; readonly epoch: number }[];
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

/** How one claim ended; a claim without one ended without a word. */
export interface Attempt {
  readonly run: number;
  readonly epoch: number;
  /** The attempt's number in its run. */
  readonly attempt: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** The settling move: `complete`, `retry`, `release`, `fail`, `review` or `stop`. */
  readonly ending: string;
  readonly code?: string;
}

/** How far a handler says that it has come. */
export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly note?: string;
  readonly at: EpochMs;
}

/** A line that the handler logged. */
export interface LogLine {
  readonly at: EpochMs;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** A person's change of a failed job's payload, kept for audit; hashes only, for a payload may hold personal data. */
export interface PayloadEdit {
  readonly by: string;
  readonly at: EpochMs;
  readonly hashBefore: string;
  readonly hashAfter: string;
}

/** What a job does when one that it waits for does not complete: end as cancelled, fail, or run all the same. */
export type OnDependencyFailed = "cancel" | "fail" | "run";

/** A job that waits for another one, as the other's row names it. */
export interface Waiter {
  readonly type: string;
  readonly run: number;
  readonly tenant: string;
}

/** How far a sweep has come; written page by page. */
export interface SweepState {
  /** Where the next page begins, as JSON text; absent before the first and after the last. */
  readonly cursor?: string;
  readonly isDone: boolean;
  readonly counts: SweepCounts;
  /** The first errors, by item; more are only counted. */
  readonly errors: readonly SweepError[];
}

/** What a sweep came to, in items and pages. */
export interface SweepCounts {
  readonly pages: number;
  /** Items that the pages held. */
  readonly visited: number;
  readonly done: number;
  /** Those that `isDue` said no to. */
  readonly skipped: number;
  /** Those whose work threw; the first hundred errors are kept. */
  readonly failed: number;
}

/** Why an item's work failed. */
export interface SweepError {
  /** The item's, as the sweep's `key` names it. */
  readonly key: string;
  readonly code: string;
  readonly message: string;
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
  /** JSON value, as the type's schema parsed it; null where it lies in S3. */
  readonly payload: unknown;
  /** Where the payload lies that is too large for the row. */
  readonly payloadAt?: string;
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
  /** How its claims ended, oldest first; the last `LONGEST_HISTORY`. */
  readonly history: readonly Attempt[];
  readonly progress?: Progress;
  /** What the handler logged last; the last `MOST_LOG_LINES`. */
  readonly lines?: readonly LogLine[];
  readonly edits?: readonly PayloadEdit[];
  /** The occurrence that it is the run of. */
  readonly schedule?: { readonly name: string; readonly at: EpochMs };
  /** In the tenant's list: the tenant, unless it is the default one. */
  readonly tenantList?: string;
  /** In the subject's list: a hash of whom the job is about. */
  readonly subjectList?: string;
  readonly error?: JobError;
  /** `error`'s code and fingerprint once more, for the lists. */
  readonly errorCode?: string;
  readonly fingerprint?: string;
  readonly cancelRequestedAt?: EpochMs;
  /** 1 to 9, higher first. Of `prioritised` types only, as are the next two. */
  readonly priority?: number;
  /** Its place among the ready jobs of its type: by priority, tenants in turn, then age. */
  readonly readyKey?: string;
  /** In the list of ready jobs: the type, while it may be claimed. */
  readonly readyList?: string;
  /** The rate limit that each of its attempts takes a slot of. */
  readonly rateKey?: string;
  /** The slot of the rate limit that its next attempt has: it may begin then. */
  readonly rateSlotAt?: EpochMs;
  /** Jobs with the same key run so many at a time as their type says. */
  readonly concurrencyKey?: string;
  /** Its time to live: a job that has not begun by then is cancelled. */
  readonly startBy?: EpochMs;
  /** Who spawned it, and is told of its end. */
  readonly parent?: Waiter & {
    readonly id: string;
    /** Of a parent that spawned it: an id may be used again once its row has expired. */
    readonly createdAt?: EpochMs;
  };
  /** In the list of the parent's open children: the parent's id, until it has ended. */
  readonly openChildOf?: string;
  /** Jobs that wait for this one, and are told of its end, by id. */
  readonly dependants: Readonly<Record<string, Waiter>>;
  /** Jobs that it has spawned, in order. */
  readonly children?: readonly string[];
  /** The jobs of the batch that it completes. */
  readonly batch?: readonly string[];
  /** `wake`: its handler waits for its children, and wants to know of a failure at once. */
  readonly onDependencyFailed?: OnDependencyFailed | "wake";
  /** By name. */
  readonly sweeps?: Readonly<Record<string, SweepState>>;
}

/** In the due index: the ticker looks at the row from `dueAt` on, and puts that off with each permit it sends. */
interface Due {
  readonly dueList: string;
  readonly dueAt: EpochMs;
  /** Since when somebody has to act: when the job may run, its lease ends, its dead letter is owed, it waits for a person. */
  readonly runAt: EpochMs;
}

/** In the list of what has ended. */
interface Ended {
  readonly endedList: string;
  readonly endedAt: EpochMs;
  /** Removed by DynamoDB's TTL some time after this (epoch **seconds**, as TTL wants it). */
  readonly expiresAt: number;
}

export interface PendingJob extends JobCore, Due {
  readonly status: "pending";
  /** A job that it waited for did not complete, and it fails for that: user code does not run. */
  readonly failing?: JobError;
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
/** Waits for other jobs: looked at again when one of them ends, and by the ticker. */
export interface WaitingJob extends JobCore, Due {
  readonly status: "waiting";
  /** Those that had not ended when it was last looked at; never a counter. */
  readonly waitingFor: readonly string[];
}
export interface CompletedJob extends JobCore, Ended {
  readonly status: "completed";
  readonly result?: StoredValue;
}
export interface FailedJob extends JobCore, Partial<Due>, Ended {
  readonly status: "failed";
  readonly error: JobError;
  /** True until its dead letter is in the DLQ. */
  readonly dlqOwed?: true;
}
export interface CancelledJob extends JobCore, Ended {
  readonly status: "cancelled";
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

const MOST_EARLIER_SENDS = 10;

/** Earlier sends of unknown outcome, and this one. */
export function withSend(
  earlier: NonNullable<Effect["earlier"]> = [],
  { at, epoch }: Intent,
): NonNullable<Effect["earlier"]> {
  return [...earlier, { at, epoch }].slice(-MOST_EARLIER_SENDS);
}
