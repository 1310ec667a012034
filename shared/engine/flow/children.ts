import pMap from "p-map";

import { DependencyFailedError, PermanentError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { Job, PendingJob, WaitingJob } from "../../job/job.ts";
import { isTerminal, type EndStatus, type JobStatus } from "../../job/job-state.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { Log } from "../../ports/log.ts";
import { PUTS_AT_ONCE, type Enqueued } from "../enqueue.ts";
import type { JobRun } from "../job-run.ts";
import { jobIdFor, newJob, type EnqueueOptions } from "../new-job.ts";
import { sendFirstPermits } from "../permit.ts";
import { putUnlessThere, type PutPorts } from "../put-job.ts";
import { loadValue } from "../stored-value.ts";
import { rowsOf, statusesOf } from "./dependencies.ts";

/** Their ids stand on the parent's row, twice while it waits for all of them. For more, let children have children. */
export const LARGEST_FAMILY = 1_000;
/** The row has 400 KB, and a payload, steps and log lines besides. */
const MOST_ID_BYTES = 100 * 1024;

/** Whether so many ids would not fit on their parent's row. */
export const isTooLarge = (ids: readonly string[]): boolean =>
  ids.length > LARGEST_FAMILY || ids.reduce((sum, { length }) => sum + length, 0) > MOST_ID_BYTES;

/** No dash at an end and no two in a row: so an id says where the parent's ends. */
const NAME = /^[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*$/;
const LONGEST_NAME = 100;

/** What a child may be given; the rest follows from its name and its parent. */
export type SpawnOptions = Pick<EnqueueOptions, "runAt" | "delayMs" | "tenant" | "subject" | "priority" | "ttlMs">;

/** A child to be spawned. */
export interface Child {
  /**
   * Unique among the parent's children; part of the child's id. A-Z, a-z, 0-9 and _, with single dashes in between, 100
   * at most.
   */
  readonly name: string;
  /** Of a type that the parent's `needs.enqueues` names. */
  readonly definition: JobDefinition;
  readonly payload: unknown;
  /** When it runs, whose work it is; tenant and correlation id are the parent's by default. */
  readonly options?: SpawnOptions;
}

/** One child for `spawnMany`, its payload checked against its type. */
export const toChild = <Payload>(
  name: string,
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  options: SpawnOptions = {},
): Child => ({ name, definition, payload, options });

/** How a child ended. */
export interface ChildOutcome {
  readonly id: string;
  /** Empty for a child whose row has expired: nobody knows how that ended, and it counts as cancelled. */
  readonly type: string;
  readonly status: EndStatus;
  /** What its handler returned; of `completed` ones only. */
  readonly result?: unknown;
  /** Of the others, where there is one. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What `job.waitForChildren` does about children that do not complete. */
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
 * @throws PermanentError `INVALID_NAME`, `TOO_MANY_CHILDREN`; as `Enqueue` does for a payload or option.
 */
export async function spawnChildren(ports: FlowPorts, children: readonly Child[]): Promise<Enqueued[]> {
  const { run } = ports;
  run.assertRunning();
  const known = new Set(run.children);
  const named = new Set(children.map((child) => childIdOf(run.job.id, child)));
  if (isTooLarge([...new Set([...known, ...named])])) {
    throw new PermanentError(
      "TOO_MANY_CHILDREN",
      `A job may have ${LARGEST_FAMILY} children, with 100 KB of ids. Let children have children, or sweep and enqueue.`,
    );
  }
  const fresh: PendingJob[] = [];
  const spawned = await pMap(
    children,
    async (child) => {
      const ids = idsOf(run.job, child);
      const there = ids.find((id) => known.has(id));
      if (there !== undefined) return { id: there, isNew: false };
      const { id, job } = await putChild(ports, child, ids);
      if (job?.status === "pending") fresh.push(job);
      return { id, isNew: job !== undefined };
    },
    { concurrency: PUTS_AT_ONCE },
  );
  // Died here: the children run; the parent finds them again by their names.
  run.keepChildren(spawned.map(({ id }) => id));
  await sendFirstPermits(ports, fresh);
  return spawned;
}

/**
 * Puts a child under the first of its ids that is not another life's. One that is there already counts as it is: a payload
 * may hold what differs from attempt to attempt.
 */
async function putChild(
  ports: FlowPorts,
  child: Child,
  [id, ...otherIds]: readonly string[],
): Promise<{ readonly id: string; readonly job?: PendingJob | WaitingJob }> {
  if (id === undefined) {
    throw new PermanentError("CHILD_ID_TAKEN", "Other jobs have the child's ids. Give the child another name.");
  }
  const { id: parentId, type, run, tenant, correlationId, createdAt } = ports.run.job;
  const parent = { id: parentId, type, run, tenant, createdAt };
  const options = { tenant, correlationId, ...child.options, parent, id };
  const put = await putUnlessThere(ports, newJob(ports, child.definition, child.payload, options));
  if ("job" in put) return { id, job: put.job };
  const isMine = put.existing.parent?.id === parentId && put.existing.parent.createdAt === createdAt;
  return isMine ? { id } : putChild(ports, child, otherIds);
}

/**
 * A child's id, and the one that it gets where a child of an earlier life of the parent's id still has that: rows of failed
 * children outlive those of completed parents.
 */
const idsOf = ({ id, createdAt }: Pick<Job, "id" | "createdAt">, child: Child): readonly [string, string] => [
  childIdOf(id, child),
  childIdOf(`${id}--${createdAt.toString(36)}`, child),
];

/**
 * The id of a child, which follows from its parent's and its name.
 *
 * @throws PermanentError `INVALID_NAME`
 */
export function childIdOf(parentId: string, { name, definition }: Pick<Child, "name" | "definition">): string {
  if (NAME.test(name) && name.length <= LONGEST_NAME) return jobIdFor(definition.type, `${parentId}--${name}`);
  throw new PermanentError(
    "INVALID_NAME",
    "A child's name may hold A-Z, a-z, 0-9 and _, with single dashes in between, 100 at most.",
  );
}

/**
 * Waits until every child that the handler has spawned so far has ended, and says how; of a batch's completion, also every
 * job of the batch. While one has not, the job leaves its function (no attempt is used, and
 * nothing is billed) and its handler begins again from the top when they have: put what must not happen twice into steps.
 *
 * @returns the outcomes, the batch's jobs first, then the children in the order in which they were spawned.
 * @throws DependencyFailedError (permanent) at the first child that did not complete, unless `onFailed` is `return`.
 */
export async function waitForChildren(
  { run, store, values }: FlowPorts,
  { onFailed = "fail" }: WaitOptions = {},
): Promise<ChildOutcome[]> {
  run.assertRunning();
  const ids = run.awaited;
  const statuses = await statusesOf(store, ids);
  const isEager = onFailed === "fail";
  for (const id of isEager ? ids : []) {
    const status = statuses.get(id);
    const ending = status === undefined ? "was forgotten" : endingOf(status);
    if (ending !== undefined) throw new DependencyFailedError(id, ending);
  }
  const stop = (waitingFor: readonly string[]) => run.stop({ why: "waiting", waitingFor, isEager });
  const waitingFor = ids.filter((id) => isOpen(statuses.get(id)));
  if (waitingFor.length > 0) throw stop(waitingFor);
  const rows = await rowsOf(store, ids);
  const reopened = ids.filter((id) => isOpen(rows.get(id)?.status)); // replayed in that very moment
  if (reopened.length > 0) throw stop(reopened);
  return pMap(ids, (id) => outcomeOf(values, id, rows.get(id)), { concurrency: PUTS_AT_ONCE });
}

/** How a job ended that did not complete; nothing for one that did, or has not ended. */
export function endingOf(status: JobStatus): string | undefined {
  if (status === "failed") return "failed";
  return status === "cancelled" ? "was cancelled" : undefined;
}

const isOpen = (status: JobStatus | undefined): boolean => status !== undefined && !isTerminal(status);

async function outcomeOf(values: PutPorts["values"], id: string, job: Job | undefined): Promise<ChildOutcome> {
  // Forgotten means that its row has expired: it ended long ago, and nobody knows how.
  if (job === undefined || !isTerminal(job.status)) return { id, type: "", status: "cancelled" };
  const { type, status, error } = job;
  if (job.status === "completed") {
    return { id, type, status, ...(job.result && { result: await loadValue(values, job.result) }) };
  }
  return { id, type, status, ...(error && { error: { code: error.code, message: error.message } }) };
}
