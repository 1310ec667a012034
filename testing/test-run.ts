import { cancelJob, resolveJob, type Decision } from "../shared/engine/control.ts";
import type { EpochMs, Job, Progress, SweepState } from "../shared/job/job.ts";
import type { JobStatus } from "../shared/job/job-state.ts";
import type { PageRequest } from "../shared/ports/page-fetcher.ts";
import type { ReceivedMail } from "./fake-mailer.ts";
import type { SentMessage } from "../test/support/memory-messenger.ts";
import type { StoredFile, StoredRecord } from "./fakes.ts";
import { effectsOf, errorOf, othersOf, resultOf, stepsOf } from "./job-seen.ts";
import type { EffectSeen, OtherJob, StepSeen } from "./job-seen.ts";
import { TestKitError } from "./kit-error.ts";
import type { LoggedLine } from "./observation.ts";
import { settle } from "./settle.ts";
import { inTimeOf } from "./faked-date.ts";
import type { World } from "./world.ts";

/** What a run came to, when nothing was left to do. It does not change any more; what goes on gives a new one. */
export interface TestRun {
  readonly id: string;
  /** `completed`, `failed`, `cancelled` or `needs_review`; something else only where `limitMs` stopped the run. */
  readonly status: JobStatus;
  /** What the handler returned, as JSON brings it back. */
  readonly result: unknown;
  /** As the job's row has it: without mail addresses, 500 characters at most. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** What the handler threw, attempt by attempt, with its stack; a `Snooze` or `Continue` is none. */
  readonly thrown: readonly unknown[];
  /** How often the handler began, for whatever reason. */
  readonly attempts: number;
  /** How each of its attempts ended, the last twenty: `retry`, `snooze`, `continue`, `wait`, `complete` … */
  readonly endings: readonly string[];
  /** From its enqueue to its end, or to where it stands: virtual milliseconds. */
  readonly durationMs: number;
  /** When it was that this was read; virtual. */
  readonly at: EpochMs;
  /** What the handler logged. */
  readonly logs: readonly LoggedLine[];
  /** Mails that went out, of all jobs in this world, parsed. */
  readonly mails: readonly ReceivedMail[];
  /** WhatsApp and SMS messages that went out, of all jobs in this world. */
  readonly messages: readonly SentMessage[];
  /** Pages that were fetched, in order. */
  readonly fetches: readonly PageRequest[];
  /** Files that were stored by jobs; those given before are not among them. */
  readonly files: readonly StoredFile[];
  /** All business records as they are now, those given before included; the example seller's only when a job changed them. */
  readonly records: readonly StoredRecord[];
  /** The job's effects, by name. */
  readonly effects: Readonly<Record<string, EffectSeen>>;
  /** The job's steps, by name. */
  readonly steps: Readonly<Record<string, StepSeen>>;
  /** The job's sweeps, by name. */
  readonly sweeps: Readonly<Record<string, SweepState>>;
  readonly progress: Progress | undefined;
  /** Jobs that were enqueued, children and all. */
  readonly enqueued: readonly OtherJob[];
  /** Those of them that this job spawned, in order. */
  readonly children: readonly OtherJob[];
  /** How many messages are in the dead-letter queues. */
  readonly deadLetters: number;
  /** Every call that workers made to the world, in order: what a fault can name. */
  readonly calls: readonly string[];
  /**
   * A person's word on the effect of a job that `needs_review`; the job then goes on.
   *
   * @throws IllegalMoveError when the job waits for no word on this effect.
   */
  resolve(effect: string, decision: Decision): Promise<TestRun>;
  /**
   * A person cancels the job.
   *
   * @throws IllegalMoveError when it has ended.
   */
  cancel(): Promise<TestRun>;
  /** A person redrives the dead letter of a failed job. */
  replay(): Promise<TestRun>;
  /** Lets more time pass: for a run that `limitMs` has stopped. Without `limitMs` until nothing is left to do. */
  goOn(limitMs?: number): Promise<TestRun>;
}

/** Lets a world go on until nothing is left to do, and reads what became of a job. */
export async function runOn(world: World, jobId: string, limitMs?: number): Promise<TestRun> {
  await inTimeOf(world.clock, () => settle(world, limitMs));
  world.assertSound();
  return read(world, jobId);
}

async function read(world: World, jobId: string): Promise<TestRun> {
  const job = await world.store.get(jobId);
  if (job === undefined) throw new TestKitError(`There is no job ${jobId}.`);
  const seen = world.seen(jobId);
  const enqueued = await othersOf(world, jobId);
  const byId = new Map(enqueued.map((each) => [each.id, each]));
  return {
    id: job.id,
    status: job.status,
    result: await resultOf(world, job),
    error: errorOf(job),
    thrown: [...seen.thrown],
    attempts: seen.begun,
    endings: job.history.map(({ ending }) => ending),
    durationMs: endOf(world, job) - job.createdAt,
    at: world.clock.now(),
    logs: [...seen.lines],
    mails: await world.mailer.received(),
    messages: [...world.messenger.messages],
    fetches: [...world.pages.requests],
    files: [...world.files.stored],
    records: world.records.given(),
    effects: effectsOf(world, job, seen),
    steps: await stepsOf(world, job, seen),
    sweeps: { ...job.sweeps },
    progress: job.progress,
    enqueued,
    children: (job.children ?? []).flatMap((id) => byId.get(id) ?? []),
    deadLetters: world.queue.deadLetters.length,
    calls: [...world.calls],
    resolve: async (effect, decision) => {
      await resolveJob(world.ports, jobId, effect, decision, "tester");
      return runOn(world, jobId);
    },
    cancel: async () => {
      await cancelJob(world.ports, jobId);
      return runOn(world, jobId);
    },
    replay: () => {
      redrive(world, job);
      return runOn(world, jobId);
    },
    goOn: (limitMs) => runOn(world, jobId, limitMs),
  };
}

const endOf = ({ clock }: World, job: Job): EpochMs => ("endedAt" in job ? job.endedAt : clock.now());

function redrive({ queue }: World, { id, type, status }: Job): void {
  const index = queue.deadLetters.findIndex(({ body }) => body.includes(JSON.stringify(id)));
  const [letter] = index < 0 ? [] : queue.deadLetters.splice(index, 1);
  if (letter === undefined) throw new TestKitError(`Job ${id} is ${status}: it has no dead letter to replay.`);
  queue.put(type, letter.body);
}
