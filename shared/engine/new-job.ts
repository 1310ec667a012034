import { createHash } from "node:crypto";

import { InvalidOptionError, InvalidRunAtError, InvalidTenantError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { dueListOf } from "../job/job-lists.ts";
import type { EpochMs, Job, OnDependencyFailed, PendingJob, WaitingJob } from "../job/job.ts";
import { DEFAULT_TENANT } from "../job/tenant.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import { LONGEST_DELAY_SECONDS } from "../ports/job-queue.ts";
import { DEFAULT_PRIORITY } from "./flow/lanes.ts";
import { parsePayload, storablePayload, type StorablePayload } from "./payload.ts";

/** What SQS takes as a message group (128 of A-Z, a-z, 0-9 and punctuation), less what makes names hard to read. */
const TENANT = /^[A-Za-z0-9_.:@-]{1,128}$/;
/** 9999-12-31: later times have no four-digit year, and no business. */
const LATEST_RUN_AT: EpochMs = 253_402_300_799_999;
const LONGEST_TTL_MS = 10 * 366 * 24 * 60 * 60 * 1000;
/** A job waits for so many others at most; for more, let a parent spawn them. */
const MOST_DEPENDENCIES = 100;

/** Several enqueues within a while become one job, with the payload of the last one. */
export interface Debounce {
  /** Enqueues of a type and tenant with the same key are one job, until it has begun. */
  readonly key: string;
  /** It runs so long after the last of them: milliseconds. */
  readonly delayMs: number;
  /** And so long after the first one, whatever comes: milliseconds; for ever by default. */
  readonly maxWaitMs?: number;
}

/**
 * What an enqueue may say besides type and payload. All are optional; give at least an `idempotencyKey` that follows
 * from the work.
 */
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
  /** 1 to 9, higher first; 5 by default. Only for types with `isPrioritised`. */
  readonly priority?: number;
  /** Ids of jobs that must end first, 100 at most. Their types stand in the definition's `needs.after`. */
  readonly after?: readonly string[];
  /** What becomes of this job if one of `after` fails, or is cancelled: `cancel` by default. `run` runs it all the same. */
  readonly onDependencyFailed?: OnDependencyFailed;
  /** Not together with `idempotencyKey`, `runAt`, `delayMs` and `after`. */
  readonly debounce?: Debounce;
  /**
   * Time to live, milliseconds: a job that has not begun by then is cancelled. What the definition says by default. It
   * counts from `runAt`, or from the enqueue without one; time that the job waits for `after`, or in a pause, counts
   * too.
   */
  readonly ttlMs?: number;
}

/** What only the engine says of a job that it puts. */
export interface EngineOptions {
  readonly schedule?: Job["schedule"];
  readonly parent?: Job["parent"];
  /** The jobs of the batch that it completes, put after it: it waits for all of them. */
  readonly batch?: readonly string[];
  /** Its id, where no key says it. */
  readonly id?: string;
}

/** A row to be put, and the payload's text where that is too large for it. */
export interface NewJob {
  readonly job: PendingJob | WaitingJob;
  readonly spilled?: { readonly key: string; readonly json: string };
}

/**
 * The row of a new job.
 *
 * @throws InvalidPayloadError, PayloadTooLargeError, InvalidTenantError, InvalidRunAtError, InvalidOptionError
 */
export function newJob<Payload>(
  { clock, ids, permitGraceMs }: { readonly clock: Clock; readonly ids: IdSource; readonly permitGraceMs: number },
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & EngineOptions,
): NewJob {
  const now = clock.now();
  const { type } = definition;
  const tenant = options.tenant ?? DEFAULT_TENANT;
  if (!TENANT.test(tenant)) throw new InvalidTenantError();
  checkOptions(definition, options);
  const id = options.id ?? jobIdFor(type, options.idempotencyKey ?? ids.newId());
  const runAt = runAtOf(options, now);
  const { content, spilled } = contentOf(definition, payload, { id, subject: options.subject, lifeMs: runAt - now });
  const waitingFor = options.batch ?? options.after;
  const { schedule, parent, batch, onDependencyFailed } = options;
  const ttlMs = options.ttlMs ?? (definition.ttlSeconds === undefined ? undefined : definition.ttlSeconds * 1000);
  const row = {
    id,
    type,
    run: 1,
    epoch: 0,
    attempts: 0,
    ...content,
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
    dependants: {},
    permits: 0,
    resolutions: [],
    history: [],
    ...(schedule && { schedule }),
    ...(parent && { parent, openChildOf: parent.id }),
    ...(batch && { batch }),
    ...(onDependencyFailed && { onDependencyFailed }),
    ...(ttlMs !== undefined && { startBy: Math.max(now, runAt) + ttlMs }),
    ...(definition.isPrioritised === true && { priority: options.priority ?? DEFAULT_PRIORITY }),
    ...(tenant !== DEFAULT_TENANT && { tenantList: tenant }),
  };
  const job =
    waitingFor === undefined || waitingFor.length === 0
      ? ({ ...row, status: "pending" } as const)
      : ({ ...row, status: "waiting", waitingFor: [...new Set(waitingFor)] } as const);
  return { job, ...(spilled && { spilled }) };
}

/** All of a row that follows from its payload. */
export type Content = Pick<
  PendingJob,
  "payload" | "payloadAt" | "payloadHash" | "subjectList" | "rateKey" | "concurrencyKey"
>;

export function contentOf<Payload>(
  definition: JobDefinition<Payload>,
  payload: unknown,
  { id, subject, lifeMs }: { readonly id: string; readonly subject: string | undefined; readonly lifeMs: number },
): { readonly content: Content; readonly spilled: StorablePayload["spilled"] } {
  const { type, limits: { rate, concurrency } = {} } = definition;
  const parsed = parsePayload(definition, payload);
  const { spilled, payload: stored, hash } = storablePayload(type, parsed, { id, lifeMs });
  // The worker parses what is stored: a schema that turns text into dates, say, must be refused here, not there.
  parsePayload(definition, spilled === undefined ? stored : JSON.parse(spilled.json));
  const about = subject ?? definition.subject?.(parsed);
  return {
    content: {
      payload: stored,
      payloadHash: hash,
      ...(spilled && { payloadAt: spilled.key }),
      ...(about !== undefined && { subjectList: subjectListOf(about) }),
      ...(rate && { rateKey: limitKeyOf(rate.name, rate.key?.(parsed)) }),
      ...(concurrency && { concurrencyKey: limitKeyOf(concurrency.name, concurrency.key?.(parsed)) }),
    },
    spilled,
  };
}

/** The name of a limit, with its own key where it has one: as it is if that looks like an id, else a hash. */
function limitKeyOf(name: string, key: string | undefined): string {
  if (key === undefined) return name;
  const isReadable = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/.test(key);
  return `${name}:${isReadable ? key : `-${createHash("sha256").update(key).digest("hex").slice(0, 40)}`}`;
}

/** @throws InvalidOptionError */
function checkOptions(definition: Pick<JobDefinition, "type" | "isPrioritised">, options: EnqueueOptions): void {
  const { priority, after = [], debounce, idempotencyKey, ttlMs } = options;
  const isTimed = options.runAt !== undefined || options.delayMs !== undefined;
  if (priority !== undefined && definition.isPrioritised !== true) {
    throw new InvalidOptionError(
      `jobs of type ${definition.type} have no priorities; set \`isPrioritised\` in its definition`,
    );
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 9)) {
    throw new InvalidOptionError("`priority` is a whole number from 1 to 9");
  }
  if (after.length > MOST_DEPENDENCIES) {
    throw new InvalidOptionError(`\`after\` names ${after.length} jobs; the limit is ${MOST_DEPENDENCIES}`);
  }
  if (after.length > 0 && isTimed) throw new InvalidOptionError("give `after` or a time, not both");
  if (ttlMs !== undefined && !(ttlMs > 0 && ttlMs <= LONGEST_TTL_MS)) {
    throw new InvalidOptionError("`ttlMs` is milliseconds, more than 0 and ten years at most");
  }
  if (debounce === undefined) return;
  if (idempotencyKey !== undefined || isTimed || after.length > 0) {
    throw new InvalidOptionError("`debounce` excludes `idempotencyKey`, `runAt`, `delayMs` and `after`");
  }
  if (debounce.key === "" || !(debounce.delayMs > 0) || !((debounce.maxWaitMs ?? 1) > 0)) {
    throw new InvalidOptionError("`debounce` needs a `key`, and milliseconds of more than 0");
  }
}

/** @throws InvalidRunAtError */
function runAtOf({ runAt, delayMs, debounce }: EnqueueOptions, now: EpochMs): EpochMs {
  if (runAt !== undefined && delayMs !== undefined) throw new InvalidRunAtError("give `runAt` or `delayMs`, not both");
  const at =
    runAt ??
    now + (debounce === undefined ? (delayMs ?? 0) : Math.min(debounce.delayMs, debounce.maxWaitMs ?? Infinity));
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
export function isSoon(runAt: EpochMs, now: EpochMs): boolean {
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
