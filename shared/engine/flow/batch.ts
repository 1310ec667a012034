import pMap from "p-map";

import { BacklineError } from "../../errors/backline-error.ts";
import { IdempotencyConflictError, InvalidOptionError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import { SHORTEST_RETENTION_DAYS } from "../../job/job-times.ts";
import type { EpochMs, Job, PendingJob } from "../../job/job.ts";
import { DEFAULT_TENANT } from "../../job/tenant.ts";
import { PUTS_AT_ONCE, type Enqueued, type EnqueuePorts } from "../enqueue.ts";
import { jobIdFor, newJob, type EngineOptions, type EnqueueOptions } from "../new-job.ts";
import { sendFirstPermits } from "../permit.ts";
import { putJob } from "../put-job.ts";
import { childIdOf, LARGEST_FAMILY, type Child } from "./children.ts";
import { assertMayWake, rowsOf } from "./dependencies.ts";

/** The job that runs when all others of a batch have ended. */
export interface Completion<Payload> {
  /** Names the types of the batch's jobs in its `needs.after`. */
  readonly definition: JobDefinition<Payload>;
  readonly payload: Payload;
  readonly options?: CompletionOptions;
}

/** `onDependencyFailed` is `run` by default: the handler learns how each job ended. */
export type CompletionOptions = Pick<
  EnqueueOptions,
  "tenant" | "correlationId" | "subject" | "priority" | "ttlMs" | "onDependencyFailed"
>;

/** Jobs that run side by side, and one that runs when all of them have ended. */
export interface Batch<Payload> {
  /**
   * The same key always means the same batch. Without one, a batch that was put in part cannot be finished: it stays
   * unfinished for a day, then its completion runs without what is missing.
   */
  readonly key?: string;
  /**
   * 1,000 at most, their names different. Their tenant is the completion's unless they say another; their correlation id is
   * the completion's. With none, the completion runs at once.
   */
  readonly jobs: readonly Child[];
  /** The job that runs when all others have ended; it is their parent. */
  readonly completion: Completion<Payload>;
}

/** What `enqueueBatch` came to. */
export interface EnqueuedBatch {
  /** The completion's. */
  readonly id: string;
  /** False when the completion was there already. */
  readonly isNew: boolean;
  /** One for each of `jobs`, in order; `isNew` says whether this very call has put it. */
  readonly jobs: readonly Enqueued[];
}

/** The key belongs to a batch of other jobs, or to one that has gone on without some of them. */
export class BatchConflictError extends BacklineError {
  constructor(problem: string) {
    super("BATCH_CONFLICT", problem);
  }
}

/** A child and its row, as they would be put. */
interface PlannedJob {
  readonly child: Child;
  readonly options: EnqueueOptions & EngineOptions;
  readonly id: string;
  readonly payloadHash: string;
}

interface Plan<Payload> {
  readonly id: string;
  readonly payloadHash: string;
  readonly completion: Completion<Payload>;
  readonly options: EnqueueOptions & EngineOptions;
  readonly jobs: readonly PlannedJob[];
}

/** What of a batch is there already. */
interface Known {
  readonly hasCompletion: boolean;
  /** Ids of its jobs that are to be put. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Enqueues a batch. All of it is checked before anything is put. Its completion is put first, waiting for the ids of all
 * the others, which follow from its own id and their names:
 *
 * ```
 * completion (waiting) ──► jobs, twenty at a time ──► their permits
 * died:                └─ the same call with the same key puts what is missing
 *                                                 └─ all rows are due: the ticker sends the permits
 * ```
 *
 * A completion that misses jobs waits for them for a day (`lookAtDependencies`); what its caller has not put by then counts
 * as cancelled.
 *
 * @throws InvalidOptionError, and what else `Enqueue` throws, with nothing enqueued;
 *   IdempotencyConflictError for a key (or name) of another payload; BatchConflictError.
 */
export async function enqueueBatch<Payload>(ports: EnqueuePorts, batch: Batch<Payload>): Promise<EnqueuedBatch> {
  const plan = planOf(ports, batch);
  const allIds = new Set(plan.jobs.map(({ id }) => id));
  // Nobody else can know a new random id: there is nothing to look for.
  let known: Known = batch.key === undefined ? { hasCompletion: false, missing: allIds } : await look(ports, plan);
  const fresh: PendingJob[] = [];
  let isNew = false;
  if (!known.hasCompletion) {
    const { definition, payload } = plan.completion;
    const put = await putJob(ports, definition, payload, plan.options);
    isNew = put.isNew;
    // Of an empty batch: it waits for nothing.
    if (isNew && put.job.status === "pending") fresh.push(put.job);
    if (!isNew) known = await look(ports, plan); // another call with this key was faster in that very moment
  }
  // Died here, or at any put: the completion waits, and the next call with this key puts what is missing.
  const jobs = await pMap(
    plan.jobs,
    async (planned) => {
      const { id } = planned;
      if (!known.missing.has(id)) return { id, isNew: false };
      const put = await putJob(ports, planned.child.definition, planned.child.payload, planned.options);
      if (!put.isNew) assertIsOf(plan.id, put.job, planned.payloadHash);
      if (put.isNew && put.job.status === "pending") fresh.push(put.job);
      return { id, isNew: put.isNew };
    },
    { concurrency: PUTS_AT_ONCE },
  );
  // Died here: the rows are due after the grace.
  await sendFirstPermits(ports, fresh);
  return { id: plan.id, isNew, jobs };
}

/** All rows of a batch, checked as if they were put. */
function planOf<Payload>(ports: EnqueuePorts, { key, jobs, completion }: Batch<Payload>): Plan<Payload> {
  const { definition, payload, options: given = {} } = completion;
  const id = jobIdFor(definition.type, key ?? ports.ids.newId());
  const problems = problemsOf(key, jobs);
  if (problems.length > 0) throw new InvalidOptionError(problems.join("; "));
  for (const child of jobs) assertMayWake(child.definition.type, definition);
  const tenant = given.tenant ?? DEFAULT_TENANT;
  // The same in each call with the key, so that jobs put later bear it too.
  const correlationId = given.correlationId ?? id;
  const parent = { id, type: definition.type, run: 1, tenant };
  const planned = jobs.map((child) => {
    const options = { tenant, correlationId, ...child.options, parent, id: childIdOf(id, child) };
    const { job } = newJob(ports, child.definition, child.payload, options);
    return { child, options, id: job.id, payloadHash: job.payloadHash };
  });
  const ids = planned.map((each) => each.id);
  const options = { onDependencyFailed: "run" as const, ...given, tenant, correlationId, id, batch: ids };
  const { job } = newJob(ports, definition, payload, options);
  return { id, payloadHash: job.payloadHash, completion, options, jobs: planned };
}

/** More names help nobody. */
const MOST_TOLD = 10;

function problemsOf(key: string | undefined, jobs: readonly Child[]): string[] {
  if (jobs.length > LARGEST_FAMILY) {
    return [`the batch has ${jobs.length} jobs; the limit is ${LARGEST_FAMILY}. Let a job of it be a batch itself`];
  }
  const names = jobs.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return [
    ...(key === "" ? ["`key` is empty"] : []),
    ...(twice.length > 0
      ? [`each job needs a name of its own; twice there are ${JSON.stringify(twice.slice(0, MOST_TOLD))}`]
      : []),
  ];
}

/**
 * What of a batch is there already.
 *
 * @throws IdempotencyConflictError, BatchConflictError
 */
async function look<Payload>(ports: EnqueuePorts, plan: Plan<Payload>): Promise<Known> {
  const { store, clock } = ports;
  const now = clock.now();
  // TTL deletes days late: what has expired is gone all the same.
  const alive = (row: Job | undefined): Job | undefined =>
    row !== undefined && "expiresAt" in row && (row.expiresAt ?? now) < Math.floor(now / 1000) ? undefined : row;
  // The completion first: what it has gone on without must be absent afterwards too.
  const completion = alive(await store.get(plan.id));
  const rows = await rowsOf(
    store,
    plan.jobs.map(({ id }) => id),
  );
  for (const { id, payloadHash } of plan.jobs) assertIsOf(plan.id, alive(rows.get(id)), payloadHash);
  const absent = plan.jobs.map(({ id }) => id).filter((id) => alive(rows.get(id)) === undefined);
  if (completion === undefined) {
    if (absent.length === plan.jobs.length) return { hasCompletion: false, missing: new Set(absent) };
    // Another call with this key is faster in this very moment; or they are of a batch whose completion has expired.
    if (alive(await store.get(plan.id)) !== undefined) return look(ports, plan);
    throw new BatchConflictError(
      `Jobs of an earlier batch ${plan.id} are still kept, which has ended and was forgotten. Use another key.`,
    );
  }
  if (completion.payloadHash !== plan.payloadHash) throw new IdempotencyConflictError(plan.id);
  assertSameJobs(completion, plan);
  const missing = new Set(absent.filter((id) => isAwaited(completion, id)));
  if (missing.size < absent.length) assertForgotten(completion, absent.length - missing.size, now);
  return { hasCompletion: true, missing };
}

/** What the completion has seen end is never put again, also when its row has expired since. */
const isAwaited = (completion: Job, id: string): boolean =>
  completion.status === "waiting" && completion.waitingFor.includes(id);

/** A row of that id is the batch's own: a key that somebody chose may give the same id. */
function assertIsOf(batchId: string, row: Job | undefined, payloadHash: string): void {
  if (row === undefined) return;
  if (row.parent?.id !== batchId) {
    throw new BatchConflictError(`Job ${row.id} exists, and is not of batch ${batchId}. Use another key or name.`);
  }
  if (row.payloadHash !== payloadHash) throw new IdempotencyConflictError(row.id);
}

function assertSameJobs({ id, batch = [] }: Job, { jobs }: Pick<Plan<unknown>, "jobs">): void {
  const ofBatch = new Set(batch);
  if (ofBatch.size === jobs.length && jobs.every((job) => ofBatch.has(job.id))) return;
  throw new BatchConflictError(`Batch ${id} exists with other jobs. Use another key, or the same jobs.`);
}

/** No row expires so soon: what is missing of a young batch was never put, and is nobody's work any more. */
function assertForgotten({ id, status, createdAt }: Job, count: number, now: EpochMs): void {
  if (now - createdAt >= SHORTEST_RETENTION_DAYS * 24 * 60 * 60 * 1000) return;
  throw new BatchConflictError(
    `Batch ${id} is ${status} and went on without ${count} of its jobs, which nobody had put. Enqueue them with another key.`,
  );
}
