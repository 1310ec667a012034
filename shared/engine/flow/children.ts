import pMap from "p-map";

import { DependencyFailedError, IdempotencyConflictError, PermanentError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { Job } from "../../job/job.ts";
import { isTerminal, type EndStatus } from "../../job/job-state.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { Log } from "../../ports/log.ts";
import { PUTS_AT_ONCE, type Enqueued } from "../enqueue.ts";
import type { JobRun } from "../job-run.ts";
import { isSoon, jobIdFor, type EnqueueOptions } from "../new-job.ts";
import { sendPermits } from "../permit.ts";
import { putJob, type PutPorts } from "../put-job.ts";
import { loadValue } from "../stored-value.ts";
import { rowsOf } from "./dependencies.ts";

/** Their ids stand on the parent's row, twice while it waits for all of them. For more, let children have children. */
export const LARGEST_FAMILY = 1_000;
const NAME = /^[A-Za-z0-9_-]{1,100}$/;

/** A child to be spawned. */
export interface Child {
  readonly name: string;
  readonly definition: JobDefinition;
  readonly payload: unknown;
  readonly options?: EnqueueOptions;
}

/** One child for `spawnMany`, its payload checked against its type. */
export const toChild = <Payload>(
  name: string,
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  options: EnqueueOptions = {},
): Child => ({ name, definition, payload, options });

/** How a child ended. */
export interface ChildOutcome {
  readonly id: string;
  readonly type: string;
  readonly status: EndStatus;
  /** What its handler returned; of `completed` ones only. */
  readonly result?: unknown;
  /** Of the others, where there is one. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface WaitOptions {
  /** What a child that fails, or is cancelled, does: `fail` (the default) fails this job at once, `return` is told as an outcome. */
  readonly onFailed?: "fail" | "return";
}

interface FlowPorts extends PutPorts {
  readonly run: JobRun;
  readonly queue: JobQueue;
  readonly log: Log;
}

/**
 * Puts children that are not there yet. Their ids follow from the parent's and their names: whatever dies in here, the next
 * attempt spawns those that are missing.
 *
 * @throws PermanentError `INVALID_NAME`, `TOO_MANY_CHILDREN`; as `createEnqueue`'s function does for a payload or option.
 */
export async function spawnChildren(ports: FlowPorts, children: readonly Child[]): Promise<Enqueued[]> {
  const { run } = ports;
  run.assertRunning();
  const known = new Set(run.children);
  const named = children.map((child) => ({ child, id: childIdOf(run.job, child) }));
  if (new Set([...known, ...named.map(({ id }) => id)]).size > LARGEST_FAMILY) {
    throw new PermanentError(
      "TOO_MANY_CHILDREN",
      `A job may have ${LARGEST_FAMILY} children. Let children have children, or sweep and enqueue.`,
    );
  }
  const fresh: Job[] = [];
  const spawned = await pMap(
    named,
    async ({ child, id }) => {
      if (known.has(id)) return { id, isNew: false };
      const { job, isNew } = await putChild(ports, child, id);
      if (isNew && job !== undefined) fresh.push(job);
      return { id, isNew };
    },
    { concurrency: PUTS_AT_ONCE },
  );
  // Died here: the children run; the parent finds them again by their names.
  run.keepChildren(spawned.map(({ id }) => id));
  const soon = fresh.flatMap((job) =>
    "runAt" in job && job.runAt !== undefined && isSoon(job.runAt, job.createdAt) ? [{ ...job, runAt: job.runAt }] : [],
  );
  await sendPermits(ports, soon);
  return spawned;
}

async function putChild(
  ports: FlowPorts,
  { definition, payload, options = {} }: Child,
  id: string,
): Promise<{ readonly job?: Job; readonly isNew: boolean }> {
  const { id: parentId, type, run, tenant, correlationId } = ports.run.job;
  const parent = { id: parentId, type, run, tenant };
  try {
    return await putJob(ports, definition, payload, { tenant, correlationId, ...options, parent, id });
  } catch (error) {
    // The first one counts: a payload may hold what differs from attempt to attempt.
    if (error instanceof IdempotencyConflictError) return { isNew: false };
    throw error;
  }
}

/**
 * A child's id follows from its parent's, its type and its name: whoever puts it again puts the same row.
 *
 * @throws PermanentError `INVALID_NAME`
 */
export function childIdOf({ id }: Pick<Job, "id">, { name, definition }: Child): string {
  if (NAME.test(name)) return jobIdFor(definition.type, `${id}-${name}`);
  throw new PermanentError("INVALID_NAME", "A child's name may hold A-Z, a-z, 0-9, _ and -, 100 at most.");
}

/**
 * Waits until every child has ended, and says how. While one has not, the job leaves its function (no attempt is used, and
 * nothing is billed) and its handler begins again from the top when they have: put what must not happen twice into steps.
 *
 * @returns the outcomes, in the order in which the children were spawned.
 * @throws DependencyFailedError (permanent) at the first child that did not complete, unless `onFailed` is `return`.
 */
export async function waitForChildren(
  { run, store, values }: FlowPorts,
  { onFailed = "fail" }: WaitOptions = {},
): Promise<ChildOutcome[]> {
  run.assertRunning();
  const rows = await rowsOf(store, run.children);
  const children = run.children.map((id) => ({ id, job: rows.get(id) }));
  const isEager = onFailed === "fail";
  for (const { id, job } of children) {
    const ending = job === undefined ? "was forgotten" : endingOf(job);
    if (isEager && ending !== undefined) throw new DependencyFailedError(id, ending);
  }
  const open = children.filter(({ job }) => job !== undefined && !isTerminal(job.status));
  if (open.length > 0) throw run.stop({ why: "waiting", waitingFor: open.map(({ id }) => id), isEager });
  return pMap(children, ({ id, job }) => outcomeOf(values, id, job), { concurrency: PUTS_AT_ONCE });
}

/** How a job ended that did not complete; nothing for one that did, or has not ended. */
export function endingOf({ status }: Job): string | undefined {
  if (status === "failed") return "failed";
  return status === "cancelled" ? "was cancelled" : undefined;
}

async function outcomeOf(values: PutPorts["values"], id: string, job: Job | undefined): Promise<ChildOutcome> {
  // Forgotten means that its row has expired: it ended long ago, and nobody knows how.
  if (job === undefined || !isTerminal(job.status)) return { id, type: "", status: "cancelled" };
  const { type, status, error } = job;
  if (job.status === "completed") {
    return { id, type, status, ...(job.result && { result: await loadValue(values, job.result) }) };
  }
  return { id, type, status, ...(error && { error: { code: error.code, message: error.message } }) };
}
