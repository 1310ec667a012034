import type { EpochMs, JobError, StoredValue } from "../job.ts";
import { REVIEW_SHARD } from "../due-shard.ts";
import { JOB_RETENTION_DAYS } from "../job-times.ts";
import type { MoveName } from "../job-state.ts";
import {
  absent,
  assign,
  equal,
  increment,
  mergeChanges,
  move,
  NO_CHANGES,
  type Changes,
  type Clause,
  type Transition,
} from "./transition.ts";

/** What every write of a worker needs: its epoch is the fence, `progress` what has not been written yet. */
export interface WorkerWrite {
  readonly epoch: number;
  readonly now: EpochMs;
  /** Step results, intents, waits and receipts that have not been written yet; they go along with this write. */
  readonly progress: Changes;
}

// The fence: while the epoch is mine and the status is processing, no other worker has been let in.
const fence = (epoch: number): Clause[] => [equal("epoch", epoch)];

const LEFT_PROCESSING = { claimToken: undefined, claimedAt: undefined, leaseUntil: undefined };
const LEFT_DUE_INDEX = { dueShard: undefined, dueAt: undefined, runAt: undefined };

function settle(name: MoveName, write: WorkerWrite, changes: Changes, condition: readonly Clause[] = []): Transition {
  return move(name, {
    condition: [...fence(write.epoch), ...condition],
    changes: mergeChanges(write.progress, assign({ ...LEFT_PROCESSING, updatedAt: write.now }), changes),
  });
}

/** A worker's note on the row while it goes on working: stays `processing`. */
function note(name: string, write: WorkerWrite, condition: readonly Clause[] = []): Transition {
  return {
    name,
    condition: { all: [equal("status", "processing"), ...fence(write.epoch), ...condition] },
    changes: mergeChanges(write.progress, assign({ updatedAt: write.now })),
  };
}

/** Writes progress and nothing else. */
export const record = (write: WorkerWrite): Transition => note("record", write);

/**
 * Writes progress that holds a new intent; refused once a cancel was asked for, so that no new effect follows a cancel.
 * If the process dies on the next line, the intent tells the successor that the effect may have happened.
 */
export const intend = (write: WorkerWrite): Transition => note("intend", write, [absent("cancelRequestedAt")]);

export const complete = (write: WorkerWrite, result: StoredValue | undefined): Transition =>
  settle(
    "complete",
    write,
    assign({ ...LEFT_DUE_INDEX, completedAt: write.now, result, error: undefined, ...expiry(write.now) }),
  );

/**
 * Another attempt at `runAt`. `dueAt` is when the ticker may send a permit of its own: `runAt` when no message is left to
 * bring the job back, later when one is hidden until then.
 */
export const retry = (
  write: WorkerWrite,
  next: { readonly runAt: EpochMs; readonly dueAt: EpochMs; readonly error: JobError },
): Transition => settle("retry", write, assign(next));

/**
 * Gives the claim back until the receipts of open effects had time to come in. The waits themselves are part of
 * `write.progress`.
 *
 * @param next.isAttemptUsed false when this claim ran no user code, or only up to the effect: it does not count then.
 * @param next.failing the final failure that follows once the open effects are looked into.
 */
export const release = (
  write: WorkerWrite,
  {
    isAttemptUsed,
    ...next
  }: {
    readonly runAt: EpochMs;
    readonly dueAt: EpochMs;
    readonly isAttemptUsed: boolean;
    readonly failing?: JobError;
  },
): Transition => settle("release", write, mergeChanges(assign(next), countBack(isAttemptUsed)));

/**
 * The final failure. The dead letter is owed, and due at once, until `payDeadLetter` says that it is in the DLQ. Refused
 * once a cancel was asked for: a job that could be replayed is not what whoever cancelled it was promised.
 */
export const fail = (
  write: WorkerWrite,
  { error, isAttemptUsed }: { readonly error: JobError; readonly isAttemptUsed: boolean },
): Transition =>
  settle(
    "fail",
    write,
    mergeChanges(
      assign({
        error,
        failing: undefined,
        failedAt: write.now,
        dlqOwed: true,
        dueAt: write.now,
        runAt: write.now,
        ...expiry(write.now),
      }),
      countBack(isAttemptUsed),
    ),
    [absent("cancelRequestedAt")],
  );

// A claim counts an attempt before it is known whether user code will run.
const countBack = (isAttemptUsed: boolean): Changes => (isAttemptUsed ? NO_CHANGES : increment("attempts", -1));

/** Stops for a person, who says by `resolve` whether the effect happened. */
export const review = (write: WorkerWrite, effect: string, error: JobError | undefined): Transition =>
  settle(
    "review",
    write,
    assign({
      review: { effect, at: write.now },
      failing: undefined,
      dueShard: REVIEW_SHARD,
      dueAt: write.now,
      runAt: write.now,
      ...(error === undefined ? {} : { error }),
    }),
  );

/** Ends a job whose cancel was asked for while it was processing. */
export const stop = (write: WorkerWrite): Transition =>
  settle(
    "stop",
    write,
    assign({ ...LEFT_DUE_INDEX, failing: undefined, cancelledAt: write.now, ...expiry(write.now) }),
  );

/** Rows outlive every message that may still name them. */
export function expiry(now: EpochMs): { readonly expiresAt: number } {
  return { expiresAt: Math.ceil(now / 1000) + JOB_RETENTION_DAYS * 24 * 60 * 60 };
}
