import type { Decision } from "../shared/engine/control.ts";
import type { Enqueued, ToEnqueue } from "../shared/engine/enqueue.ts";
import type { Batch, EnqueuedBatch } from "../shared/engine/flow/batch.ts";
import type { JobQuery } from "../shared/engine/insight/job-query.ts";
import type { JobSummary } from "../shared/engine/insight/list-jobs.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import type { Pause, PauseOptions, PauseTarget } from "../shared/engine/pauses.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { JobStatus } from "../shared/job/job-state.ts";
import type { JobView, SettledJobView, WithPayload } from "./job-view.ts";

/** Which jobs to list; all that is given must hold. Times are Unix milliseconds. */
export interface ListQuery extends Omit<JobQuery, "after"> {
  /** What the page before gave as `cursor`; with the same query. */
  readonly cursor?: string;
}

/** One page of a list. */
export interface JobPage {
  /** What the index shows of each, its row read anew; no payloads. */
  readonly jobs: readonly JobSummary[];
  /** Where the next page begins; absent on the last one. */
  readonly cursor?: string;
}

/** How long to wait for a job, and for what. */
export interface WaitOptions {
  /** Milliseconds; 60,000 by default, `Infinity` for as long as it takes. 0 looks once. */
  readonly timeoutMs?: number;
  /** Ends the wait, not the job: `wait` throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Further statuses to return at, `processing` say. */
  readonly until?: readonly JobStatus[];
}

/**
 * A Backline stack, seen from a program outside. Every call may also throw OutOfReachError (AWS does not answer, or
 * throttles: try again), StackAccessError (somebody must mend permissions or settings), and InvalidCallError for arguments
 * that cannot be; then nothing is done. Errors of Backline have a stable `code`. An id may be any text: there is no job of
 * one that cannot be.
 */
export interface BacklineClient {
  /**
   * Hands a job over. When it returns, the job will run. When it throws OutOfReachError or StackAccessError, the job may or
   * may not be there: call again with the same `idempotencyKey`, which never makes a second one. Its payload must follow
   * from what the key stands for alone: with a clock in it, the same call is a conflict tomorrow.
   *
   * @param definition from the catalog; the payload is checked by its schema.
   * @returns `isNew` is false when the idempotency key was used before (the payload being the same).
   * @throws InvalidPayloadError, PayloadTooLargeError (over 5 MB), InvalidTenantError, InvalidRunAtError,
   *   InvalidOptionError; IdempotencyConflictError when the key was used with another payload. Nothing is enqueued then.
   */
  enqueue<Payload>(
    definition: JobDefinition<Payload>,
    payload: NoInfer<Payload>,
    options?: EnqueueOptions,
  ): Promise<Enqueued>;

  /**
   * Hands several jobs over, twenty at a time; `toEnqueue` makes one, its payload checked by the compiler too. They stand
   * by themselves: some may have begun before the last is put.
   *
   * @returns one answer for each, in order.
   * @throws as `enqueue` does for the first wrong payload or option, with nothing enqueued; AggregateError with the errors
   *   of those that could not be put (a conflict, say), when all others are.
   */
  enqueueMany(jobs: readonly ToEnqueue[]): Promise<Enqueued[]>;

  /**
   * Hands over jobs that run side by side, 1,000 at most, and one that runs when all of them have ended; it gets their
   * outcomes by `job.waitForChildren({ onFailed: "return" })`. `toChild` makes a job with its name. Give a `key`: after an
   * error, the same call again puts what is missing.
   *
   * @returns the completion's id (to `wait` for), and one answer for each job, in order. `isNew` is false when the batch was
   *   there already.
   * @throws as `enqueue` does, with nothing enqueued, for anything wrong in any of them, and InvalidOptionError when the
   *   completion's type does not name theirs in `needs.after`; BatchConflictError for the key of a batch of other jobs.
   */
  enqueueBatch<Payload>(batch: Batch<Payload>): Promise<EnqueuedBatch>;

  /**
   * A job as it is now (a strongly consistent read), or nothing if there is none, or if its row has expired: 30 days after
   * its end, 90 when it failed, unless its type says otherwise.
   *
   * @throws MissingSettingsError when its result, or payload, lies in S3 and no `jobDataBucket` is known.
   */
  get(id: string): Promise<JobView | undefined>;
  get(id: string, options: { readonly payload: true }): Promise<WithPayload<JobView> | undefined>;
  get(id: string, options?: { readonly payload?: boolean }): Promise<JobView | undefined>;

  /**
   * One page of jobs, newest first, those that have not ended before those that have. A page may be short, even empty, and
   * have a `cursor` all the same. Lists follow the jobs with a delay of about a second.
   *
   * @param query by default all jobs of the catalog's types, 50 a page; 100 at most.
   * @throws BacklineError `INVALID_QUERY` for a type that is not in the catalog, say; InvalidCursorError.
   */
  list(query?: ListQuery): Promise<JobPage>;

  /**
   * Waits until a job has ended, or needs a person (`needs_review`). It reads the row every 200 ms at first, every 5 s
   * later. A failed job is an answer, not an error: look at `status`.
   *
   * @throws WaitTimeoutError, with the job as it then is; UnknownJobError; the signal's reason when it aborts.
   */
  wait(id: string, options: WaitOptions & { readonly until: readonly JobStatus[] }): Promise<JobView>;
  wait(id: string, options?: Omit<WaitOptions, "until">): Promise<SettledJobView>;

  /**
   * Cancels a job: at once (`cancelled`), or, while a worker has it, before its next step or effect (`requested`). No new
   * effect begins after that; what has begun is not called back. A job that is cancelled already stays so.
   *
   * @throws IllegalMoveError when the job has ended otherwise; UnknownJobError.
   */
  cancel(id: string): Promise<"cancelled" | "requested">;

  /**
   * Gives a failed job up: it counts as cancelled, and no replay begins it again.
   *
   * @throws IllegalMoveError when the job has not failed; UnknownJobError.
   */
  dismiss(id: string): Promise<void>;

  /**
   * Runs a failed job again (`restarted`: all attempts anew; steps and effects that are done are kept, not repeated), or lets
   * one that waits for its time or its next attempt run now (`hastened`).
   *
   * @throws IllegalMoveError when the job is in any other state; UnknownJobError.
   */
  replay(id: string): Promise<"restarted" | "hastened">;

  /**
   * A person's word on an effect of unknown outcome: it happened, with the other side's id of it, or it is to be done again.
   * The job then goes on. Kept on its row, with who said so.
   *
   * @param effect the name in the job's `review.effect`.
   * @throws IllegalMoveError when the job does not wait for a word on this effect; UnknownJobError.
   */
  resolve(id: string, effect: string, decision: Decision, options: { readonly by: string }): Promise<void>;

  /**
   * One sentence: why a job waits, what it does just now, or how it ended. It holds no payload.
   *
   * @throws UnknownJobError
   */
  why(id: string): Promise<string>;

  /**
   * Keeps the jobs of a type, or of a group of types, from beginning: they are accepted and wait. Those that run go on.
   * Every worker knows within ten seconds. A pause of the same target is replaced.
   *
   * @param options `until` is Unix milliseconds; without it, the pause lasts until `resume`.
   * @throws InvalidCallError for a type or group that is not in the catalog; InvalidPauseError, PausesContendedError.
   */
  pause(target: PauseTarget, options: PauseOptions): Promise<Pause>;

  /**
   * Ends a pause; the ticker lets the jobs begin within a minute.
   *
   * @returns the pause that has ended.
   * @throws NotPausedError, PausesContendedError
   */
  resume(target: PauseTarget, options: { readonly by: string }): Promise<Pause>;

  /** The pauses that are in force, oldest first. */
  pauses(): Promise<readonly Pause[]>;

  /** Closes the connections. Call it when the program is done; the client is of no use afterwards. */
  close(): void;
  /** As `close`: for `using backline = createClient()`. */
  [Symbol.dispose](): void;
}
