import type { EffectOptions } from "../shared/engine/effects.ts";
import type { Enqueue } from "../shared/engine/enqueue.ts";
import type { JobContext } from "../shared/engine/job-context.ts";
import { RunHalted } from "../shared/engine/job-run.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import { EffectRefusedError } from "../shared/errors/job-errors.ts";
import type { Sweep } from "../shared/engine/sweep.ts";
import { Continue, Snooze } from "../shared/errors/postponements.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { JobDefinition, OnUnknown } from "../shared/job/define-job.ts";
import type { Log, LogFields } from "../shared/ports/log.ts";
import type { MakeCall } from "../test/faults/calls.ts";
import { useQueue, type Deny } from "./needs.ts";

/** A line that the handler has logged. */
export interface LoggedLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
  /** What `log.error` was given. */
  readonly thrown?: unknown;
}

/** One call of an effect's `send`. */
export interface SeenSend {
  readonly effect: string;
  /** The effect's name as the handler knows it: of a sweep's item, the sweep and the item's key. */
  readonly alias: string;
  readonly at: EpochMs;
  readonly what?: string | undefined;
  readonly to?: string | undefined;
  readonly onUnknown: OnUnknown;
  /** The id that it gave; nothing when it threw, or its process died. */
  receipt?: string;
  /** It has certainly not been done. */
  isRefused?: boolean;
}

/** What was seen of one job while it ran, over all its attempts. */
export class Observation {
  /** How often the handler began. */
  begun = 0;
  readonly thrown: unknown[] = [];
  readonly lines: LoggedLine[] = [];
  readonly stepRuns = new Map<string, number>();
  readonly sends: SeenSend[] = [];
}

/** What looks at a job on its way through a handler. */
export interface Observer {
  readonly seen: Observation;
  readonly definition: JobDefinition;
  readonly now: () => EpochMs;
  readonly call: MakeCall;
  readonly deny: Deny;
  readonly onProblem: (problem: string) => void;
  readonly onEnqueued: (id: string, options: EnqueueOptions) => void;
}

/** The same job, with an eye on what is done with it. */
export function observed(job: JobContext<unknown>, observer: Observer): JobContext<unknown> {
  const { seen, definition, deny, onEnqueued } = observer;
  const enqueue: Enqueue = async (target, payload, options = {}) => {
    useQueue(definition, target.type, deny);
    const enqueued = await job.enqueue(target, payload, options);
    onEnqueued(enqueued.id, options);
    return enqueued;
  };
  return {
    ...job,
    enqueue,
    log: keeping(job.log, seen.lines),
    step: (name, work) =>
      job.step(name, () => {
        seen.stepRuns.set(name, (seen.stepRuns.get(name) ?? 0) + 1);
        return work();
      }),
    effect: (name, options) => job.effect(name, watched(name, options, observer)),
    spawn: async (name, target, payload, options = {}) => {
      useQueue(definition, target.type, deny);
      const spawned = await job.spawn(name, target, payload, options);
      onEnqueued(spawned.id, options);
      return spawned;
    },
    spawnMany: async (children) => {
      for (const child of children) useQueue(definition, child.definition.type, deny);
      const spawned = await job.spawnMany(children);
      for (const [index, { id }] of spawned.entries()) onEnqueued(id, children[index]?.options ?? {});
      return spawned;
    },
    sweep: (name, sweep) => job.sweep(name, watchedSweep(name, sweep, observer)),
  };
}

/** Runs a handler, and keeps what it threw: the row keeps no more than a code and a message. */
export async function begin(seen: Observation, handler: () => Promise<unknown>): Promise<unknown> {
  seen.begun += 1;
  try {
    return await handler();
  } catch (thrown) {
    const isError = !(thrown instanceof RunHalted || thrown instanceof Snooze || thrown instanceof Continue);
    if (isError) seen.thrown.push(thrown);
    throw thrown;
  }
}

/** Its `send` is a call to the world, and is counted; its `findReceipt` must not deny what was done. */
function watched(alias: string, options: EffectOptions, { seen, now, call, onProblem }: Observer): EffectOptions {
  const { what, to, onUnknown, findReceipt } = options;
  return {
    ...options,
    send: async (attempt) => {
      const { effect } = attempt;
      const send: SeenSend = { effect, alias, at: now(), what, to, onUnknown };
      seen.sends.push(send);
      const perform = async () => {
        try {
          const answer = await options.send(attempt);
          send.receipt = answer.id;
          return answer;
        } catch (error) {
          send.isRefused = error instanceof EffectRefusedError;
          throw error;
        }
      };
      return (await call(`effect.send(${effect})`, perform)) as { readonly id: string }; // what `perform` gives
    },
    ...(findReceipt !== undefined && {
      findReceipt: async () => {
        const search = await findReceipt();
        const done = seen.sends.some((send) => send.alias === alias && send.receipt !== undefined);
        if (search.outcome === "notSent" && done)
          onProblem(`\`findReceipt\` of the effect "${alias}" says "notSent" of something that was sent`);
        return search;
      },
    }),
  };
}

function watchedSweep<Item, Cursor>(name: string, sweep: Sweep<Item, Cursor>, observer: Observer): Sweep<Item, Cursor> {
  const each: Sweep<Item, Cursor>["each"] = (item, context) => {
    const alias = `${name}/${sweep.key(item)}`;
    return sweep.each(item, { ...context, effect: (options) => context.effect(watched(alias, options, observer)) });
  };
  return {
    ...sweep,
    // Its methods may be those of a class.
    page: (cursor) => sweep.page(cursor),
    key: (item) => sweep.key(item),
    isDue: (item) => sweep.isDue?.(item) ?? true,
    each,
  };
}

function keeping(log: Log, lines: LoggedLine[], given: LogFields = {}): Log {
  return {
    info: (message, fields) => {
      log.info(message, fields);
      lines.push({ level: "info", message, fields: { ...given, ...fields } });
    },
    warn: (message, fields) => {
      log.warn(message, fields);
      lines.push({ level: "warn", message, fields: { ...given, ...fields } });
    },
    error: (message, thrown, fields) => {
      log.error(message, thrown, fields);
      lines.push({ level: "error", message, fields: { ...given, ...fields }, thrown });
    },
    with: (fields) => keeping(log.with(fields), lines, { ...given, ...fields }),
  };
}
