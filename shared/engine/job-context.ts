import type { JobDefinition } from "../job/define-job.ts";
import type { EpochMs, Receipt } from "../job/job.ts";
import type { Log } from "../ports/log.ts";
import type { EffectOptions } from "./effects.ts";
import type { Enqueue, Enqueued } from "./enqueue.ts";
import type { Child, ChildOutcome, SpawnOptions, WaitOptions } from "./flow/children.ts";
import type { ProgressUpdate } from "./notes.ts";
import type { Sweep, SweepTotals } from "./sweep.ts";

/** What a handler gets of its job. */
export interface JobContext<Payload> {
  /**
   * The type and the idempotency key (`invoice_email-ord_1`), a hash where the key is not readable. Safe in keys, file
   * names and SES tags.
   */
  readonly id: string;
  readonly type: string;
  /** As the type's schema parses it. */
  readonly payload: Payload;
  /** 1 for the first attempt of a run. */
  readonly attempt: number;
  /** Whose work it is; `default` unless the enqueue said so. */
  readonly tenant: string;
  /** In each log line of the job, and of those that it enqueues or spawns. */
  readonly correlationId: string;
  /**
   * The occurrence of a schedule that this job is the run of. A nightly report takes its day from here: caught up, it may
   * run hours later.
   */
  readonly occurrence?: { readonly schedule: string; readonly at: EpochMs };
  /** Aborts at the deadline: pass it to whatever takes long. */
  readonly signal: AbortSignal;
  /** Goes to CloudWatch, and the last lines onto the job's row. */
  readonly log: Log;
  /** Milliseconds until the deadline. Long work that nears it throws `Continue`. */
  timeLeftMs(): number;
  /**
   * Says how far the job has come. It is put on the row with the next step, effect or ending; at once if the last write is
   * five seconds ago.
   *
   * @throws PermanentError `INVALID_PROGRESS` for numbers that are none, or negative.
   */
  progress(update: ProgressUpdate): Promise<void>;
  /**
   * Does `work` once per job: its result, a JSON value, is memoised on the row, and later attempts get it from there. It is
   * written together with the next step, effect or ending; a crash before that does `work` again. Over 32 KB it lies in S3.
   *
   * @param name unique in the handler: a letter, then A-Z, a-z, 0-9, _ and -, 64 at most.
   * @throws what `work` throws; PermanentError `INVALID_NAME`, `VALUE_NOT_JSON`.
   */
  step<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result>;
  /**
   * Does something that cannot be fenced (a mail, a form of somebody else's), once: an intent is written, then `send` runs,
   * then its receipt is kept. After a crash in between, the receipt is awaited and looked for; if nobody can know, the
   * effect's `onUnknown` decides. None begins after a cancel.
   *
   * @param name unique in the handler, as a step's.
   * @returns the receipt, of this attempt's send or of an earlier one's.
   * @throws what `send` throws: let it pass; PermanentError `INVALID_NAME`.
   */
  effect(name: string, options: EffectOptions): Promise<Receipt>;
  /** Enqueues another job, which is nobody's child; tenant and correlation id are handed on. */
  readonly enqueue: Enqueue;
  /**
   * Enqueues a child, once: by its name, a later attempt finds it again. Names hold A-Z, a-z, 0-9 and _, with single
   * dashes in between, 100 characters at most.
   *
   * @returns the child's id, which follows from this job's id and the name.
   */
  spawn<Child>(
    name: string,
    definition: JobDefinition<Child>,
    payload: NoInfer<Child>,
    options?: SpawnOptions,
  ): Promise<Enqueued>;
  /** The same for many, twenty at a time; 1,000 children in all at most. `toChild` makes one. */
  spawnMany(children: readonly Child[]): Promise<Enqueued[]>;
  /**
   * Waits until every child that the handler has spawned so far has ended, and says how; of a batch's completion, also every
   * job of the batch. While one has not, the job leaves its function (no attempt is used, nothing is billed), and its handler
   * begins again from the top when they have: put what must not happen twice into steps.
   *
   * @returns the outcomes, the batch's jobs first, then the children in the order in which they were spawned.
   * @throws DependencyFailedError (permanent) at the first child that did not complete, unless `onFailed` is `return`.
   */
  waitForChildren(options?: WaitOptions): Promise<ChildOutcome[]>;
  /**
   * Visits every item of a long list, page by page, over as many claims as it takes, and comes back with the totals. Its place
   * is written after each page; after a crash the page is visited again, its effects are not repeated, and each item counts
   * once. A sweep that is done is not run again by a later attempt. Make a page so small that it takes a fraction of the
   * function's timeout.
   *
   * @param name unique in the handler: a letter, then A-Z, a-z, 0-9, _ and -, 40 at most.
   * @throws PermanentError whose code begins with `SWEEP_`, for pages and keys that cannot be; what `page` throws.
   */
  sweep<Item, Cursor>(name: string, sweep: Sweep<Item, Cursor>): Promise<SweepTotals>;
}
