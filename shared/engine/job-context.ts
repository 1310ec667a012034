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
  /** See `noteProgress`. */
  progress(update: ProgressUpdate): Promise<void>;
  /** See `runStep`. */
  step<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result>;
  /** See `runEffect`. */
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
  /** See `waitForChildren`. */
  waitForChildren(options?: WaitOptions): Promise<ChildOutcome[]>;
  /** See `runSweep`. */
  sweep<Item, Cursor>(name: string, sweep: Sweep<Item, Cursor>): Promise<SweepTotals>;
}
