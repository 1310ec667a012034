import { loadPayload } from "../shared/engine/payload.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import { loadValue } from "../shared/engine/stored-value.ts";
import type { Effect, EpochMs, Job, StepResult } from "../shared/job/job.ts";
import type { JobStatus } from "../shared/job/job-state.ts";
import type { Observation, SeenSend } from "./observation.ts";
import type { World } from "./world.ts";

/** A step, by what is memoised of it and how often its work was done. */
export interface StepSeen {
  /** What its work returned; nothing while no attempt has got so far. */
  readonly result: unknown;
  /** 1 unless an attempt died, or failed, in it. */
  readonly timesRun: number;
}

/** An effect, by its row and by what was sent. */
export interface EffectSeen {
  readonly name: string;
  readonly what: string | undefined;
  readonly to: string | undefined;
  /** `done`: there is a receipt. `unknown`: it may have happened. `not done`: it has certainly not. */
  readonly state: "done" | "unknown" | "not done";
  /** Whoever did it, by its own id of what was done. */
  readonly receipt: string | undefined;
  /** From where the receipt is known: the send itself, a look afterwards, or a person. */
  readonly receiptFrom: "send" | "found" | "person" | undefined;
  /** How often `send` was called. */
  readonly sends: number;
}

/** A job that the tested one has enqueued or spawned, or one of theirs. */
export interface OtherJob {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly options: EnqueueOptions;
  /** `pending` for good where its type is none of `others`. */
  readonly status: JobStatus;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly runAt: EpochMs | undefined;
  /** The job that spawned it. */
  readonly parentId: string | undefined;
}

/** What its handler returned. */
export function resultOf(world: World, job: Job): Promise<unknown> {
  const stored = job.status === "completed" ? job.result : undefined;
  return stored === undefined ? Promise.resolve(undefined) : loadValue(world.values, stored);
}

/** Why it did not complete, or its last attempt did not; a completed row has none. */
export const errorOf = ({ error }: Job): OtherJob["error"] => error && { code: error.code, message: error.message };

export async function stepsOf(world: World, job: Job, seen: Observation): Promise<Record<string, StepSeen>> {
  const names = [...new Set([...Object.keys(job.steps), ...seen.stepRuns.keys()])];
  const steps = names.map(async (name): Promise<[string, StepSeen]> => {
    const stored: StepResult | undefined = Object.hasOwn(job.steps, name) ? job.steps[name] : undefined;
    const result = stored === undefined ? undefined : await loadValue(world.values, stored);
    return [name, { result, timesRun: seen.stepRuns.get(name) ?? 0 }];
  });
  return Object.fromEntries(await Promise.all(steps));
}

export function effectsOf(world: World, job: Job, { sends }: Observation): Record<string, EffectSeen> {
  const names = [...new Set([...Object.keys(job.effects), ...sends.map(({ effect }) => effect)])];
  const effectOf = (name: string): EffectSeen => {
    const all = sends.filter(({ effect }) => effect === name);
    const onRow = Object.hasOwn(job.effects, name) ? job.effects[name] : undefined;
    const { what = onRow?.intent?.what, to = onRow?.intent?.to } = all.at(-1) ?? {};
    const ending = onRow === undefined ? endingOfSends(world, job, name, all) : endingOnRow(onRow);
    return { name, what, to, sends: all.length, ...ending };
  };
  return Object.fromEntries(names.map((name) => [name, effectOf(name)]));
}

type EffectEnding = Pick<EffectSeen, "state" | "receipt" | "receiptFrom">;

function endingOnRow({ intent, receipt }: Effect): EffectEnding {
  if (receipt !== undefined) return { state: "done", receipt: receipt.id, receiptFrom: receipt.source };
  return { state: intent === undefined ? "not done" : "unknown", receipt: undefined, receiptFrom: undefined };
}

/** A sweep's effects leave the row with their page: then the sends and their reports are all that is known. */
function endingOfSends({ receipts }: World, { id }: Job, name: string, sends: readonly SeenSend[]): EffectEnding {
  const sent = sends.findLast(({ receipt }) => receipt !== undefined)?.receipt;
  if (sent !== undefined) return { state: "done", receipt: sent, receiptFrom: "send" };
  const reported = receipts.of(id, name).at(0)?.messageId;
  if (reported !== undefined) return { state: "done", receipt: reported, receiptFrom: "found" };
  const isRefused = sends.every((send) => send.isRefused === true);
  return { state: isRefused ? "not done" : "unknown", receipt: undefined, receiptFrom: undefined };
}

export function othersOf(world: World, rootId: string): Promise<OtherJob[]> {
  const rows = world.store.jobs().filter(({ id }) => id !== rootId);
  return Promise.all(
    rows.map(async (job) => ({
      id: job.id,
      type: job.type,
      payload: await loadPayload(world.values, job),
      options: world.optionsOf.get(job.id) ?? {},
      status: job.status,
      result: await resultOf(world, job),
      error: errorOf(job),
      runAt: "runAt" in job ? job.runAt : undefined,
      parentId: job.parent?.id,
    })),
  );
}
