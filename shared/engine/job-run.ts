import {
  openEffects,
  type Effect,
  type EpochMs,
  type Job,
  type JobError,
  type ProcessingJob,
  type StepResult,
} from "../job/job.ts";
import type { Changes, Transition } from "../job/transitions/transition.ts";
import { record, type WorkerWrite } from "../job/transitions/worker-writes.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";

/** Why a run goes no further, whatever its handler still does. */
export type Halt =
  /** Another worker has the job, or its state was changed by someone else. */
  | { readonly why: "lease_lost" }
  | { readonly why: "cancel_requested" }
  | { readonly why: "deadline" }
  /** An effect's outcome is unknown: come back at `until`, when its receipt should be there. */
  | { readonly why: "receipt_awaited"; readonly until: EpochMs }
  /** An effect's outcome stays unknown, and a person has to say. */
  | { readonly why: "review"; readonly effect: string };

/** Thrown into user code to unwind it. Whether it is caught there does not matter: the halt is latched on the run. */
export class RunHalted extends Error {
  readonly halt: Halt;

  constructor(halt: Halt) {
    super(`The run was halted (${halt.why}). This is the engine's way to stop a handler; let it pass.`);
    this.name = "RunHalted";
    this.halt = halt;
  }
}

/**
 * A worker's hold on one claimed job. Every write goes through it, fenced by the claim's epoch; what steps and effects
 * have learnt since the last write is kept here and goes along with the next one.
 */
export class JobRun {
  readonly epoch: number;
  #job: ProcessingJob;
  #halt: Halt | undefined;
  readonly #unwrittenSteps = new Map<string, StepResult>();
  readonly #unwrittenEffects = new Map<string, Effect>();
  readonly #store: JobStore;
  readonly #clock: Clock;

  constructor(job: ProcessingJob, store: JobStore, clock: Clock) {
    this.#job = job;
    this.epoch = job.epoch;
    this.#store = store;
    this.#clock = clock;
  }

  /** The row as of the last write. */
  get job(): ProcessingJob {
    return this.#job;
  }

  get halt(): Halt | undefined {
    return this.#halt;
  }

  step(name: string): StepResult | undefined {
    return this.#unwrittenSteps.get(name) ?? this.#job.steps[name];
  }

  effect(name: string): Effect {
    return this.#unwrittenEffects.get(name) ?? this.#job.effects[name] ?? {};
  }

  /** Names of effects that were intended and have no receipt, what is not written yet included. */
  openEffects(): string[] {
    return openEffects({ effects: { ...this.#job.effects, ...Object.fromEntries(this.#unwrittenEffects) } });
  }

  keepStep(name: string, result: StepResult): void {
    this.#unwrittenSteps.set(name, result);
  }

  keepEffect(name: string, effect: Effect): void {
    this.#unwrittenEffects.set(name, effect);
  }

  /** Stops the run; the first halt stands. */
  stop(halt: Halt): RunHalted {
    this.#halt ??= halt;
    return new RunHalted(this.#halt);
  }

  /** @throws RunHalted when the run may do nothing any more. */
  assertRunning(): void {
    if (this.#halt !== undefined) throw new RunHalted(this.#halt);
  }

  /** Puts what is not written yet on the row. */
  async flush(): Promise<void> {
    if (this.#unwrittenSteps.size + this.#unwrittenEffects.size === 0) return;
    await this.note(record);
  }

  /**
   * Writes a note while the job goes on.
   *
   * @throws RunHalted when the fence refuses it, or when a cancel was asked for.
   */
  async note(build: (write: WorkerWrite) => Transition): Promise<void> {
    const applied = await this.#store.apply(this.#job.id, build(this.#nextWrite()));
    const held = this.#held(applied.job);
    if (held?.cancelRequestedAt !== undefined) throw this.stop({ why: "cancel_requested" });
    if (held === undefined || !applied.isApplied) throw this.stop({ why: "lease_lost" });
    this.#keepWritten(held);
  }

  /** Ends the claim. False when the fence refused it: someone else has the job, and nothing was written. */
  async settle(build: (write: WorkerWrite) => Transition): Promise<boolean> {
    const transition = build(this.#nextWrite());
    const { isApplied, job } = await this.#store.apply(this.#job.id, transition);
    // Refused, yet the row is where this write would have put it, under my epoch: the answer to it was lost and the
    // client asked again. Nobody else can have settled this epoch.
    return isApplied || (job?.epoch === this.epoch && job.status === transition.to);
  }

  errorOf(description: { readonly code: string; readonly message: string }): JobError {
    return { code: description.code, message: description.message, at: this.#clock.now() };
  }

  #held(job: Job | undefined): ProcessingJob | undefined {
    return job?.status === "processing" && job.epoch === this.epoch ? job : undefined;
  }

  #keepWritten(job: ProcessingJob): void {
    this.#job = job;
    this.#unwrittenSteps.clear();
    this.#unwrittenEffects.clear();
  }

  #nextWrite(): WorkerWrite {
    return { epoch: this.epoch, now: this.#clock.now(), progress: this.#progress() };
  }

  #progress(): Changes {
    const steps = [...this.#unwrittenSteps].map(([name, value]) => ({ path: ["steps", name] as const, value }));
    const effects = [...this.#unwrittenEffects].map(([name, value]) => ({ path: ["effects", name] as const, value }));
    return { set: [...steps, ...effects], add: [], remove: [] };
  }
}
