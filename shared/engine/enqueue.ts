import { createHash } from "node:crypto";

import { IdempotencyConflictError, InvalidRunAtError, InvalidTenantError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { dueListOf } from "../job/job-lists.ts";
import type { EpochMs, PendingJob } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import { LONGEST_DELAY_SECONDS, type JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import { sendPermit } from "./permit.ts";
import { parsePayload, storablePayload } from "./payload.ts";

export interface EnqueuePorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** How long the ticker trusts a permit that was sent along with a row; see `jobTimes`. */
  readonly permitGraceMs: number;
}

/** What SQS takes as a message group (128 of A-Z, a-z, 0-9 and punctuation), less what makes names hard to read. */
const TENANT = /^[A-Za-z0-9_.:@-]{1,128}$/;

export interface EnqueueOptions {
  /** The same key always means the same job: a second enqueue changes nothing and gets the first one's id. */
  readonly idempotencyKey?: string;
  /**
   * When to run, at the earliest, however far off; now by default, also for a time that has passed. It runs within two
   * seconds of it while the type has nothing else to do.
   */
  readonly runAt?: EpochMs;
  /** The same, from now on: milliseconds. Only one of the two. */
  readonly delayMs?: number;
  /** Whose work it is; fair queues serve quiet tenants first. Default `default`. */
  readonly tenant?: string;
  /** Goes into each log line of the job and its children; a new one by default. */
  readonly correlationId?: string;
  /** Whom the job is about, for lists; what the definition's `subject` says by default. Stored as a hash. */
  readonly subject?: string;
}

/** The tenant of work that is nobody's in particular. */
export const DEFAULT_TENANT = "default";
/** 9999-12-31: later times have no four-digit year, and no business. */
const LATEST_RUN_AT: EpochMs = 253_402_300_799_999;

export interface Enqueued {
  readonly id: string;
  /** False when the idempotency key was used before. */
  readonly isNew: boolean;
}

export type Enqueue = <Payload>(
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  options?: EnqueueOptions,
) => Promise<Enqueued>;

/**
 * Makes the function that accepts work: one conditional put of the row (the truth), then one message (leave to run it).
 * When it returns, the job will run, also if the message could not be sent. When it throws anything but the errors
 * below, the row may or may not be there: enqueue again with the same idempotency key.
 *
 * @throws InvalidPayloadError, PayloadTooLargeError, InvalidTenantError, InvalidRunAtError, IdempotencyConflictError
 */
export function createEnqueue(ports: EnqueuePorts): Enqueue {
  return async (definition, payload, options = {}) => {
    const { job, isNew } = await putJob(ports, definition, payload, options);
    // Died here: the row is due after the grace, and the ticker sends the permit.
    if (isNew && isSoon(job.runAt, job.createdAt)) await sendPermit(ports, job, job.runAt - job.createdAt);
    return { id: job.id, isNew };
  };
}

/**
 * Puts a job's row, unless its idempotency key was used before.
 *
 * @throws as `createEnqueue`'s function does
 */
export async function putJob<Payload>(
  ports: Pick<EnqueuePorts, "store" | "clock" | "ids" | "permitGraceMs">,
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & Pick<PendingJob, "schedule">,
): Promise<{ readonly job: PendingJob; readonly isNew: boolean }> {
  const job = newJob(ports, definition, payload, options);
  const created = await ports.store.create(job);
  // The token: my own row, whose put was answered, but the answer was lost and the client put it again.
  if (created.isCreated || created.existing.enqueueToken === job.enqueueToken) return { job, isNew: true };
  if (created.existing.payloadHash !== job.payloadHash) throw new IdempotencyConflictError(job.id);
  return { job, isNew: false };
}

function newJob<Payload>(
  { clock, ids, permitGraceMs }: Pick<EnqueuePorts, "clock" | "ids" | "permitGraceMs">,
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & Pick<PendingJob, "schedule">,
): PendingJob {
  const now = clock.now();
  const { type } = definition;
  const tenant = options.tenant ?? DEFAULT_TENANT;
  if (!TENANT.test(tenant)) throw new InvalidTenantError();
  const id = jobIdFor(type, options.idempotencyKey ?? ids.newId());
  const parsed = parsePayload(definition, payload);
  const stored = storablePayload(type, parsed);
  // The worker parses what is stored: a schema that turns text into dates, say, must be refused here, not there.
  parsePayload(definition, stored.payload);
  const runAt = runAtOf(options, now);
  const subject = options.subject ?? definition.subject?.(parsed);
  return {
    id,
    type,
    status: "pending",
    run: 1,
    epoch: 0,
    attempts: 0,
    payload: stored.payload,
    payloadHash: stored.hash,
    enqueueToken: ids.newId(),
    tenant,
    correlationId: options.correlationId ?? ids.newId(),
    createdAt: now,
    updatedAt: now,
    runAt,
    dueList: dueListOf(type),
    dueAt: isSoon(runAt, now) ? runAt + permitGraceMs : dueAheadOf(runAt, permitGraceMs),
    steps: {},
    effects: {},
    permits: 0,
    resolutions: [],
    history: [],
    ...(options.schedule !== undefined && { schedule: options.schedule }),
    ...(tenant !== DEFAULT_TENANT && { tenantList: tenant }),
    ...(subject !== undefined && { subjectList: subjectListOf(subject) }),
  };
}

/** @throws InvalidRunAtError */
function runAtOf({ runAt, delayMs }: EnqueueOptions, now: EpochMs): EpochMs {
  if (runAt !== undefined && delayMs !== undefined) throw new InvalidRunAtError("give `runAt` or `delayMs`, not both");
  const at = runAt ?? now + (delayMs ?? 0);
  if (!(at <= LATEST_RUN_AT) || (delayMs ?? 0) < 0) {
    throw new InvalidRunAtError(
      "`runAt` is Unix time in milliseconds, `delayMs` milliseconds from 0; 9999 is the last year",
    );
  }
  return Math.max(Math.ceil(at), now);
}

/**
 * When the ticker looks at a row that nothing else brings back at its time: two of its periods ahead, so that it can send
 * the permit with the rest as SQS's delay, which is exact where the ticker's minute is not.
 */
export const dueAheadOf = (runAt: EpochMs, permitGraceMs: number): EpochMs => runAt - 2 * permitGraceMs;

/** The list of jobs that are about somebody: a hash, so that no address lies in keys. Case and outer spaces do not count. */
export function subjectListOf(subject: string): string {
  return createHash("sha256").update(subject.trim().toLowerCase()).digest("hex").slice(0, 40);
}

/** Further off than SQS can delay a message, the ticker sends the permit when the time comes. */
function isSoon(runAt: EpochMs, now: EpochMs): boolean {
  return runAt - now <= LONGEST_DELAY_SECONDS * 1000;
}

/**
 * The id of the job with this idempotency key: readable where the key is, and a hash (after a double dash, which no
 * readable key begins with) where it is not.
 */
export function jobIdFor(type: string, key: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/.test(key)) return `${type}-${key}`;
  return `${type}--${createHash("sha256").update(key).digest("hex").slice(0, 40)}`;
}
