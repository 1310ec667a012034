import {
  openEffects,
  type Effect,
  type EpochMs,
  type Job,
  type JobError,
  type LogLine,
  type ProcessingJob,
  type Progress,
  type StepResult,
  type SweepState,
} from "../job/job.ts";
import type { Transition } from "../job/transitions/transition.ts";
import { record, type ClaimRecord, type Retention, type WorkerWrite } from "../job/transitions/worker-writes.ts";
import { fingerprintOf } from "../errors/fingerprint.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import { Unwritten } from "./unwritten.ts";

/** Why a run goes no further, whatever its handler still does. */
export type Halt =
  /** Another worker has the job, or its state was changed by someone else. */
  | { readonly why: "lease_lost" }
  | { readonly why: "cancel_requested" }
  | { readonly why: "deadline" }
  /** The handler has returned or thrown; what it left running beside it may begin nothing any more. */
  | { readonly why: "ended" }
  /** An effect's outcome is unknown: come back at `until`, when its receipt should be there. */
  | { readonly why: "receipt_awaited"; readonly until: EpochMs }
  /** The handler waits for children that have not ended; `isEager` wants to know of a failure at once. */
  | { readonly why: "waiting"; readonly waitingFor: readonly string[]; readonly isEager: boolean }
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

/** What became of a settling write: refused, it has written nothing. */
export type Settled = "settled" | "lease_lost" | "cancel_requested";

/** Claims whose endings a row remembers. A row pays a write unit per KB. */
export const LONGEST_HISTORY = 20;

/**
 * A worker's hold on one claimed job. Every write goes through it, fenced by the claim's epoch; what steps and effects
 * have learnt since the last write is kept here and goes along with the next one.
 */
export class JobRun {
  readonly epoch: number;
  #job: ProcessingJob;
  #halt: Halt | undefined;
  /** Its number in the job's run, as of the claim. */
  readonly #attempt: number;
  #settledJob: Job | undefined;
  readonly #unwritten = new Unwritten();
  #writtenAt: EpochMs;
  readonly #retentionDays: Retention | undefined;
  readonly #spawned = new Set<string>();
  /** The write under way: the next one waits for it, so that none carries what another has not finished writing. */
  #writing: Promise<unknown> = Promise.resolve();
  readonly #store: JobStore;
  readonly #clock: Clock;

  constructor(
    job: ProcessingJob,
    {
      store,
      clock,
      retentionDays,
    }: { readonly store: JobStore; readonly clock: Clock; readonly retentionDays?: Retention | undefined },
  ) {
    this.#job = job;
    this.#writtenAt = job.claimedAt;
    this.#retentionDays = retentionDays;
    this.epoch = job.epoch;
    this.#attempt = job.attempts;
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
    return this.#unwritten.steps.get(name) ?? own(this.#job.steps, name);
  }

  effect(name: string): Effect {
    return this.#unwritten.effects.get(name) ?? own(this.#job.effects, name) ?? {};
  }

  /** Names of effects that were intended and have no receipt, what is not written yet included. */
  openEffects(): string[] {
    return openEffects({ effects: { ...this.#job.effects, ...Object.fromEntries(this.#unwritten.effects) } });
  }

  keepStep(name: string, result: StepResult): void {
    this.#unwritten.steps.set(name, result);
  }

  keepEffect(name: string, effect: Effect): void {
    this.#unwritten.effects.set(name, effect);
  }

  /** Ids of the jobs that it has spawned, in order, what is not written yet included. */
  get children(): readonly string[] {
    return this.#unwritten.children ?? this.#job.children ?? [];
  }

  /** Those of them that this claim's run has come to, and the jobs of its batch. */
  get awaited(): readonly string[] {
    return [...(this.#job.batch ?? []), ...this.#spawned];
  }

  keepChildren(ids: readonly string[]): void {
    for (const id of ids) this.#spawned.add(id);
    const fresh = ids.filter((id) => !this.children.includes(id));
    if (fresh.length > 0) this.#unwritten.children = [...this.children, ...fresh];
  }

  sweep(name: string): SweepState | undefined {
    return this.#unwritten.sweeps.get(name) ?? own(this.#job.sweeps ?? {}, name);
  }

  keepSweep(name: string, state: SweepState): void {
    this.#unwritten.sweeps.set(name, state);
  }

  /** The row as the settling write has left it, once there was one. */
  get settledJob(): Job | undefined {
    return this.#settledJob;
  }

  /** Says how far the handler has come; written with the next write, or by `noteIfLater`. */
  keepProgress(progress: Progress): void {
    this.#unwritten.progress = progress;
  }

  /** Written with the next write. */
  keepLine(line: LogLine): void {
    this.#unwritten.keepLine(line);
  }

  /**
   * Writes what is not written yet if the last write is longer ago than `ms`.
   *
   * @throws as `note` does
   */
  async noteIfLater(ms: number): Promise<void> {
    if (this.#clock.now() - this.#writtenAt >= ms) await this.note(record);
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

  /** Bytes of JSON text that steps take on the row, what is not written yet included. */
  inlineBytes(): number {
    const steps = Object.values({ ...this.#job.steps, ...Object.fromEntries(this.#unwritten.steps) });
    return steps.reduce((sum, step) => sum + ("json" in step ? Buffer.byteLength(step.json ?? "") : 0), 0);
  }

  /**
   * Puts what is not written yet on the row; where there is nothing, looks whether the job is still this worker's.
   *
   * @throws RunHalted when it is not, or when a cancel was asked for.
   */
  async flushOrCheck(): Promise<void> {
    if (this.#unwritten.hasResults) return this.note(record);
    const held = this.#held(await this.#store.get(this.#job.id));
    if (held?.cancelRequestedAt !== undefined) throw this.stop({ why: "cancel_requested" });
    if (held === undefined) throw this.stop({ why: "lease_lost" });
  }

  /**
   * Writes a note while the job goes on.
   *
   * @throws RunHalted when the fence refuses it, or when a cancel was asked for.
   */
  note(build: (write: WorkerWrite) => Transition): Promise<void> {
    return this.#inTurn(() => this.#note(build));
  }

  async #note(build: (write: WorkerWrite) => Transition): Promise<void> {
    this.assertRunning(); // it may have been halted while this write waited for its turn
    const forgetWritten = this.#unwritten.remember();
    const applied = await this.#store.apply(this.#job.id, build(this.#nextWrite()));
    const held = this.#held(applied.job);
    if (held?.cancelRequestedAt !== undefined) throw this.stop({ why: "cancel_requested" });
    if (held === undefined || !applied.isApplied) throw this.stop({ why: "lease_lost" });
    this.#job = held;
    forgetWritten();
    this.#writtenAt = this.#clock.now();
  }

  /** Ends the claim. */
  settle(build: (write: WorkerWrite) => Transition): Promise<Settled> {
    return this.#inTurn(() => this.#settle(build));
  }

  async #settle(build: (write: WorkerWrite) => Transition): Promise<Settled> {
    const transition = build(this.#nextWrite());
    const { isApplied, job } = await this.#store.apply(this.#job.id, transition);
    // Refused, yet the row is where this write would have put it, under my epoch: the answer to it was lost and the
    // client asked again. Nobody else can have settled this epoch.
    if (isApplied || (job?.epoch === this.epoch && job.status === transition.to)) {
      this.#settledJob = job;
      return "settled";
    }
    return this.#held(job)?.cancelRequestedAt === undefined ? "lease_lost" : "cancel_requested";
  }

  #inTurn<Answer>(write: () => Promise<Answer>): Promise<Answer> {
    const turn = this.#writing.then(write);
    this.#writing = turn.catch(() => undefined); // its own caller is told
    return turn;
  }

  errorOf(description: { readonly code: string; readonly message: string }): JobError {
    const { code, message } = description;
    return { code, message, at: this.#clock.now(), fingerprint: fingerprintOf({ code, message }) };
  }

  #held(job: Job | undefined): ProcessingJob | undefined {
    return job?.status === "processing" && job.epoch === this.epoch ? job : undefined;
  }

  #nextWrite(): WorkerWrite {
    return {
      epoch: this.epoch,
      now: this.#clock.now(),
      unwritten: this.#unwritten.changesOf(this.#job),
      claim: this.#claim(),
    };
  }

  #claim(): ClaimRecord {
    const { type, run, epoch, claimedAt, history, attempts } = this.#job;
    return {
      type,
      retentionDays: this.#retentionDays,
      history: history.slice(1 - LONGEST_HISTORY),
      attempt: { run, epoch, attempt: this.#attempt, from: claimedAt },
      attempts,
    };
  }
}

/** A property of the row itself, not one that every object has. */
function own<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
