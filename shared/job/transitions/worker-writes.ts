import type { Attempt, EpochMs, JobError, StoredValue } from "../job.ts";
import { endedListOf, REVIEW_LIST } from "../job-lists.ts";
import type { EndStatus, MoveName } from "../job-state.ts";
import { RETENTION_DAYS } from "../job-times.ts";
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
  type Path,
  type Transition,
} from "./transition.ts";

/** What every write of a worker needs: its epoch is the fence. */
export interface WorkerWrite {
  readonly epoch: number;
  readonly now: EpochMs;
  /** Step results, intents, waits and receipts that have not been written yet; they go along with this write. */
  readonly unwritten: Changes;
  /** The claim that writes: where its job belongs, and what is kept of it. */
  readonly claim: ClaimRecord;
}

/** What a settling write says of its claim besides the new status. */
export interface ClaimRecord {
  readonly type: string;
  readonly retentionDays?: Retention | undefined;
  /** Earlier claims, as many as are kept beside this one. */
  readonly history: readonly Attempt[];
  readonly attempt: Omit<Attempt, "to" | "ending" | "code">;
  /** The row's attempts now: a checkpoint may have set them back since the claim. */
  readonly attempts: number;
}

/** Days for which ended rows are kept, by how they ended; `RETENTION_DAYS` for what is left out. */
export type Retention = Readonly<Partial<Record<EndStatus, number>>>;

// The fence: while the epoch is mine and the status is processing, no other worker has been let in.
const fence = (epoch: number): Clause[] => [equal("epoch", epoch)];

const LEFT_PROCESSING = { claimToken: undefined, claimedAt: undefined, leaseUntil: undefined };
const LEFT_DUE_INDEX = { dueList: undefined, dueAt: undefined, runAt: undefined };

function settle(
  name: MoveName,
  write: WorkerWrite,
  { changes, error, condition = [] }: { changes: Changes; error?: JobError; condition?: readonly Clause[] },
): Transition {
  const { claim, now, epoch, unwritten } = write;
  const ending: Attempt = { ...claim.attempt, to: now, ending: name, ...(error && { code: error.code }) };
  const left = assign({ ...LEFT_PROCESSING, history: [...claim.history, ending], updatedAt: now });
  return move(name, {
    condition: [...fence(epoch), ...condition],
    changes: mergeChanges(unwritten, left, noteError(error), changes),
  });
}

/** The error itself, and what the lists show of it. */
const noteError = (error: JobError | undefined): Changes =>
  error === undefined
    ? NO_CHANGES
    : assign({ error, errorCode: error.code, ...(error.fingerprint && { fingerprint: error.fingerprint }) });

/** A worker's note on the row while it goes on working: stays `processing`. */
function note(name: string, write: WorkerWrite, condition: readonly Clause[] = []): Transition {
  return {
    name,
    condition: { all: [equal("status", "processing"), ...fence(write.epoch), ...condition] },
    changes: mergeChanges(write.unwritten, assign({ updatedAt: write.now })),
  };
}

/** Writes what is not written yet, and nothing else. */
export const record = (write: WorkerWrite): Transition => note("record", write);

/**
 * Writes a new intent, which is part of `write.unwritten`; refused once a cancel was asked for, so that no new effect follows a cancel.
 * If the process dies on the next line, the intent tells the successor that the effect may have happened.
 */
export const intend = (write: WorkerWrite): Transition => note("intend", write, [absent("cancelRequestedAt")]);

export const complete = (write: WorkerWrite, result: StoredValue | undefined): Transition =>
  settle("complete", write, {
    changes: assign({
      ...LEFT_DUE_INDEX,
      result,
      error: undefined,
      errorCode: undefined,
      fingerprint: undefined,
      ...ended(write, "completed"),
    }),
  });

/**
 * Another attempt at `runAt`; refused once a cancel was asked for, which need not wait for it. `dueAt` is when the ticker may send a permit of its own: about `runAt` when no message is left
 * to bring the job back, later when one is hidden until then.
 */
export const retry = (
  write: WorkerWrite,
  { error, ...next }: { readonly runAt: EpochMs; readonly dueAt: EpochMs; readonly error: JobError },
): Transition => settle("retry", write, { error, changes: assign(next), condition: [absent("cancelRequestedAt")] });

/**
 * Gives the claim back until the receipts of open effects had time to come in; refused once a cancel was asked for. The waits themselves are part of
 * `write.unwritten`.
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
): Transition =>
  settle("release", write, {
    changes: mergeChanges(assign(next), countBack(write, isAttemptUsed)),
    condition: [absent("cancelRequestedAt")],
  });

/** Gives the claim back until the time that the handler asked for; refused once a cancel was asked for. */
export const snooze = (write: WorkerWrite, next: { readonly runAt: EpochMs; readonly dueAt: EpochMs }): Transition =>
  settle("snooze", write, {
    changes: mergeChanges(assign(next), countBack(write, false)),
    condition: [absent("cancelRequestedAt")],
  });

/** The next claim goes on with long work, its attempts counted anew; refused once a cancel was asked for. */
export const goOn = (write: WorkerWrite, next: { readonly runAt: EpochMs; readonly dueAt: EpochMs }): Transition =>
  settle("continue", write, {
    changes: assign({ ...next, attempts: 0 }),
    condition: [absent("cancelRequestedAt")],
  });

/**
 * Waits for other jobs to end; refused once a cancel was asked for. A job that ends between the last look at it and this
 * write tells nobody: the row is due, and its own message or the ticker has somebody look again.
 */
export const wait = (
  write: WorkerWrite,
  waiting: {
    readonly waitingFor: readonly string[];
    readonly onDependencyFailed: "run" | "wake";
    readonly dueAt: EpochMs;
  },
): Transition =>
  settle("wait", write, {
    changes: mergeChanges(assign({ ...waiting, runAt: write.now }), countBack(write, false)),
    condition: [absent("cancelRequestedAt")],
  });

/** Its time to live has passed before any user code of it ran. */
export const expire = (write: WorkerWrite, error: JobError): Transition =>
  settle("expire", write, {
    error,
    changes: assign({ ...LEFT_DUE_INDEX, ...ended(write, "cancelled") }),
  });

/**
 * Writes how far a sweep has come, which is part of `write.unwritten`. Attempts count anew from here, and what was kept of
 * the items' effects goes: their page is done.
 */
export const checkpoint = (write: WorkerWrite, itemEffects: readonly string[]): Transition => {
  const { changes, ...noted } = note("checkpoint", write);
  // DynamoDB takes no write that sets a path and removes it.
  const isBehind = ([root, name = ""]: Path) => root === "effects" && itemEffects.includes(name);
  const kept = { ...changes, set: changes.set.filter(({ path }) => !isBehind(path)) };
  const forgotten = { set: [], add: [], remove: itemEffects.map((name) => ["effects", name] as const) };
  return { ...noted, changes: mergeChanges(kept, assign({ attempts: 0 }), forgotten) };
};

/**
 * The final failure. The dead letter is owed, and due at once, until `payDeadLetter` says that it is in the DLQ. Refused
 * once a cancel was asked for: a job that could be replayed is not what whoever cancelled it was promised.
 */
export const fail = (
  write: WorkerWrite,
  { error, isAttemptUsed }: { readonly error: JobError; readonly isAttemptUsed: boolean },
): Transition =>
  settle("fail", write, {
    error,
    changes: mergeChanges(
      assign({
        failing: undefined,
        dlqOwed: true,
        dueAt: write.now,
        runAt: write.now,
        ...ended(write, "failed"),
      }),
      countBack(write, isAttemptUsed),
    ),
    condition: [absent("cancelRequestedAt")],
  });

// A claim counts an attempt before it is known whether user code will run.
const countBack = ({ claim }: WorkerWrite, isAttemptUsed: boolean): Changes =>
  // A checkpoint in this claim has counted them anew.
  isAttemptUsed || claim.attempts === 0 ? NO_CHANGES : increment("attempts", -1);

/** Stops for a person, who says by `resolve` whether the effect happened. */
export const review = (write: WorkerWrite, effect: string, error: JobError | undefined): Transition =>
  settle("review", write, {
    ...(error && { error }),
    changes: assign({
      review: { effect, at: write.now },
      failing: undefined,
      dueList: REVIEW_LIST,
      dueAt: write.now,
      runAt: write.now,
    }),
  });

/** Ends a job whose cancel was asked for while it was processing. */
export const stop = (write: WorkerWrite): Transition =>
  settle("stop", write, {
    changes: assign({ ...LEFT_DUE_INDEX, failing: undefined, ...ended(write, "cancelled") }),
  });

const ended = ({ claim: { type, retentionDays }, now }: WorkerWrite, status: EndStatus) =>
  endedNow({ type, status, now, days: retentionDays?.[status] });

/**
 * What a row that ends gets: its place in the list of what has ended, and when it may be forgotten. Rows outlive every
 * message that may still name them.
 */
export function endedNow({
  type,
  status,
  now,
  days = RETENTION_DAYS[status],
}: {
  readonly type: string;
  readonly status: EndStatus;
  readonly now: EpochMs;
  readonly days?: number | undefined;
}) {
  const expiresAt = Math.ceil(now / 1000) + days * 24 * 60 * 60;
  return {
    endedList: endedListOf(type, status),
    endedAt: now,
    expiresAt,
    // What is open or ready only.
    openChildOf: undefined,
    readyList: undefined,
    waitingFor: undefined,
  };
}
