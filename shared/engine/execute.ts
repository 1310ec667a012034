import { BacklineError } from "../errors/backline-error.ts";
import { describeError } from "../errors/describe-error.ts";
import { EffectRefusedError, InvalidPayloadError, PermanentError } from "../errors/job-errors.ts";
import { Continue, Snooze, type SnoozeUntil } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Log } from "../ports/log.ts";
import { contextOf } from "./create-context.ts";
import type { Halt, JobRun } from "./job-run.ts";
import { loadPayload, parsePayload } from "./payload.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How a handler's run ended, before anything is written about it. */
export type Ending =
  | { readonly kind: "returned"; readonly result: unknown }
  | { readonly kind: "threw"; readonly code: string; readonly message: string; readonly isPermanent: boolean }
  | { readonly kind: "halted"; readonly halt: Halt }
  | { readonly kind: "snoozed"; readonly when: SnoozeUntil }
  | { readonly kind: "continued" };

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
  const work = runHandler(ports, run, { log, signal: abort.signal, deadlineAt }).finally(() => (hasEnded = true));
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
  circumstances: { readonly log: Log; readonly signal: AbortSignal; readonly deadlineAt: EpochMs },
): Promise<Ending> {
  try {
    const payload = parsePayload(ports.definition, await loadPayload(ports.values, run.job));
    const result = await ports.handler(contextOf(ports, run, { payload, ...circumstances }));
    return endingOfReturn(run, result);
  } catch (thrown) {
    if (run.halt !== undefined) return { kind: "halted", halt: run.halt };
    run.stop({ why: "ended" });
    if (thrown instanceof Snooze) return { kind: "snoozed", when: thrown.when };
    if (thrown instanceof Continue) return { kind: "continued" };
    circumstances.log.error("Attempt failed.", thrown, { errorCode: describeError(thrown).code });
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
