import type { EpochMs } from "../job/job.ts";
import type { Log } from "../ports/log.ts";
import { runEffect } from "./effects.ts";
import { spawnChildren, waitForChildren, type Child } from "./flow/children.ts";
import type { JobContext } from "./job-context.ts";
import type { JobRun } from "./job-run.ts";
import { keepingLines, noteProgress } from "./notes.ts";
import { runStep } from "./steps.ts";
import { runSweep } from "./sweep.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** The context of one claim's run. */
export function contextOf<Payload>(
  ports: WorkerPorts<Payload>,
  run: JobRun,
  { payload, log, signal, deadlineAt }: Circumstances<Payload>,
): JobContext<Payload> {
  const { id, type, attempts, tenant, correlationId, schedule } = run.job;
  const { clock, times } = ports;
  const effectPorts = { ...ports, run, receiptWaitMs: times.receiptWaitMs };
  const flowPorts = { ...ports, run, permitGraceMs: times.permitGraceMs };
  const keptLog = keepingLines(log, run, clock);
  return {
    id,
    type,
    payload,
    attempt: attempts,
    tenant,
    correlationId,
    ...(schedule !== undefined && { occurrence: { schedule: schedule.name, at: schedule.at } }),
    signal,
    log: keptLog,
    timeLeftMs: () => Math.max(0, deadlineAt - clock.now()),
    progress: (update) => noteProgress(run, clock, update),
    step: (name, work) => runStep({ ...ports, run }, name, work),
    effect: (name, options) => runEffect(effectPorts, name, options),
    enqueue: (definition, childPayload, options) =>
      ports.enqueue(definition, childPayload, { tenant, correlationId, ...options }),
    spawn: async (name, definition, childPayload, options = {}) => {
      const child: Child = { name, definition, payload: childPayload, options };
      const [spawned] = await spawnChildren(flowPorts, [child]);
      if (spawned === undefined) throw new Error("A child was spawned, and is not there.");
      return spawned;
    },
    spawnMany: (children) => spawnChildren(flowPorts, children),
    waitForChildren: (options) => waitForChildren(flowPorts, options),
    sweep: (name, sweep) => runSweep({ ...effectPorts, log: keptLog, deadlineAt }, name, sweep),
  };
}

interface Circumstances<Payload> {
  readonly payload: Payload;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly deadlineAt: EpochMs;
}
