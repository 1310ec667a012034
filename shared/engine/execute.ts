import { BacklineError } from "../errors/backline-error.ts";
import { describeError } from "../errors/describe-error.ts";
import { EffectRefusedError, InvalidPayloadError, PermanentError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { EpochMs, Receipt } from "../job/job.ts";
import type { JobTimes } from "../job/job-times.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { ScheduleLedger } from "../ports/schedule-ledger.ts";
import type { ValueStore } from "../ports/value-store.ts";
import type { Enqueue } from "./enqueue.ts";
import { runEffect, type EffectOptions } from "./effects.ts";
import type { Halt, JobRun } from "./job-run.ts";
import { keepingLines, noteProgress, type ProgressUpdate } from "./notes.ts";
import { parsePayload } from "./payload.ts";
import { runStep } from "./steps.ts";

/** What a handler gets of its job. */
export interface JobContext<Payload> {
  readonly id: string;
  readonly type: string;
  readonly payload: Payload;
  /** 1 for the first attempt of a run. */
  readonly attempt: number;
  readonly tenant: string;
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
  /** See `noteProgress`. */
  progress(update: ProgressUpdate): Promise<void>;
  /** See `runStep`. */
  step<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result>;
  /** See `runEffect`. */
  effect(name: string, options: EffectOptions): Promise<Receipt>;
  /** Enqueues another job; tenant and correlation id are handed on. */
  readonly enqueue: Enqueue;
}

export type JobHandler<Payload> = (job: JobContext<Payload>) => Promise<unknown>;

export interface WorkerPorts<Payload> {
  readonly definition: JobDefinition<Payload>;
  readonly handler: JobHandler<Payload>;
  readonly times: JobTimes;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly receipts: ReceiptStore;
  readonly values: ValueStore;
  readonly ledger: ScheduleLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly enqueue: Enqueue;
}

/** How a handler's run ended, before anything is written about it. */
export type Ending =
  | { readonly kind: "returned"; readonly result: unknown }
  | { readonly kind: "threw"; readonly code: string; readonly message: string; readonly isPermanent: boolean }
  | { readonly kind: "halted"; readonly halt: Halt };

export interface Execution {
  readonly ending: Ending;
  /** False while user code is still running although its time is over. */
  readonly hasEnded: () => boolean;
}

/** Runs the handler until it ends or its deadline passes, whichever is first. Never throws. */
export async function execute<Payload>(
  ports: WorkerPorts<Payload>,
  run: JobRun,
  log: Log,
  deadlineAt: EpochMs,
): Promise<Execution> {
  const abort = new AbortController();
  let hasEnded = false;
  const work = runHandler(ports, run, log, abort.signal).finally(() => (hasEnded = true));
  const deadline = new Promise<Ending>((resolve) => {
    const cancel = ports.clock.after(Math.max(deadlineAt - ports.clock.now(), 0), () => {
      const { halt } = run.stop({ why: "deadline" });
      abort.abort(new Error("The job's deadline has passed."));
      resolve({ kind: "halted", halt });
    });
    void work.then(cancel, cancel);
  });
  return { ending: await Promise.race([work, deadline]), hasEnded: () => hasEnded };
}

async function runHandler<Payload>(
  ports: WorkerPorts<Payload>,
  run: JobRun,
  log: Log,
  signal: AbortSignal,
): Promise<Ending> {
  try {
    const payload = parsePayload(ports.definition, run.job.payload);
    const result = await ports.handler(contextOf(ports, run, payload, log, signal));
    return endingOfReturn(run, result);
  } catch (thrown) {
    if (run.halt !== undefined) return { kind: "halted", halt: run.halt };
    run.stop({ why: "ended" });
    log.error("Attempt failed.", thrown, { errorCode: describeError(thrown).code });
    return { kind: "threw", ...describeError(thrown), isPermanent: isPermanent(thrown) };
  }
}

function endingOfReturn(run: JobRun, result: unknown): Ending {
  // A handler may have caught what was thrown into it: the latched halt stands all the same.
  if (run.halt !== undefined) return { kind: "halted", halt: run.halt };
  const [open] = run.openEffects();
  if (open === undefined) {
    run.stop({ why: "ended" });
    return { kind: "returned", result };
  }
  throw new BacklineError(
    "EFFECT_OUTCOME_UNKNOWN",
    `The handler returned although the outcome of its effect "${open}" is unknown. Let the effect's error pass.`,
  );
}

function isPermanent(thrown: unknown): boolean {
  if (thrown instanceof EffectRefusedError) return thrown.isPermanent;
  return thrown instanceof PermanentError || thrown instanceof InvalidPayloadError;
}

function contextOf<Payload>(
  ports: WorkerPorts<Payload>,
  run: JobRun,
  payload: Payload,
  log: Log,
  signal: AbortSignal,
): JobContext<Payload> {
  const { id, type, attempts, tenant, correlationId, schedule } = run.job;
  const effectPorts = { ...ports, run, receiptWaitMs: ports.times.receiptWaitMs };
  return {
    id,
    type,
    payload,
    attempt: attempts,
    tenant,
    correlationId,
    ...(schedule !== undefined && { occurrence: { schedule: schedule.name, at: schedule.at } }),
    signal,
    log: keepingLines(log, run, ports.clock),
    progress: (update) => noteProgress(run, ports.clock, update),
    step: (name, work) => runStep({ ...ports, run }, name, work),
    effect: (name, options) => runEffect(effectPorts, name, options),
    enqueue: (definition, childPayload, options) =>
      ports.enqueue(definition, childPayload, { tenant, correlationId, ...options }),
  };
}
