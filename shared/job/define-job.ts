import type * as z from "zod";

import type { EndStatus } from "./job-state.ts";
import { SHORTEST_RETENTION_DAYS } from "./job-times.ts";
import { scheduleProblems } from "./occurrences.ts";
import type { RecordLists } from "./record-lists.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { JobSchedule } from "./schedule.ts";

/** A month under `COMPANION_RETENTION_DAYS`: what belongs to a row must outlive it. */
const LONGEST_RETENTION_DAYS = 150;

/** What a job does when nobody can know whether an effect happened: send it again, or stop for a person. */
export type OnUnknown = "resend" | "review";

/** Access that a function gets to one kind of business record; `write` includes `read`, `remove` includes both. */
export type RecordAccess = "read" | "write" | "remove";

/** What a job type needs from the outside; the function's least-privilege role is made from it. */
export interface JobNeeds {
  /** Buckets (by the names in `contracts/buckets`) that the handler reads from and writes to. */
  readonly files?: readonly string[];
  /** May send mail: through SES, with the settings, the suppression list, the account's limiter and signed links. */
  readonly email?: boolean;
  /** May send WhatsApp and SMS messages, and ask what became of them: with the provider's credentials. */
  readonly messages?: boolean;
  /** Kinds of business records (the part of the partition key before `#`), with the access needed. */
  readonly records?: Readonly<Record<string, RecordAccess>>;
  /** Kinds of business records whose lists it reads (`RecordStore.entries`): what sweeps go through. */
  readonly lists?: readonly string[];
  /** Buckets, of those in `files`, whose files the handler deletes. */
  readonly removesFiles?: readonly string[];
  /** Fetches pages from elsewhere. Documentation only: AWS has no permission for that. */
  readonly fetches?: boolean;
  /** Job types that the handler enqueues or spawns. */
  readonly enqueues?: readonly string[];
  /** Types of the jobs that one of this type may wait for (`after`, batches): their functions may then wake it. */
  readonly after?: readonly string[];
}

/** An EventBridge rule that feeds the type's queue: each matching event becomes one job. */
export interface EventTrigger {
  /** The rule's event pattern (`source`, `detail-type`, `detail`), as EventBridge takes it. */
  readonly pattern: {
    readonly source: readonly string[];
    readonly detailType: readonly string[];
    readonly detail?: object;
  };
  /** The job's payload: property name → JSON path into the event. No path may lead to personal data: queues carry none. */
  readonly payload: Readonly<Record<string, `$.${string}`>>;
}

/** The function of a job type: how long it may run, how much memory it has, how many at a time. */
export interface RunLimits {
  /** The function's timeout, whole seconds, 1 to 900 (AWS Lambda's maximum). */
  readonly timeoutSeconds: number;
  /** The function's memory in MB, 128 to 10,240. */
  readonly memoryMb: number;
  /** SQS messages per invocation, 1 to 10. Use 1 for anything that takes longer than a second. */
  readonly batchSize: number;
  /** Upper limit of concurrent invocations (2 to 1,000); leave out unless something downstream needs it: it costs idle polling. */
  readonly maxConcurrency?: number;
}

/**
 * So many attempts in so many seconds, evenly spaced; attempts beyond wait for their turn, first come, first served. An attempt
 * may begin up to ten seconds after its turn (or one interval, if that is longer): while workers lag behind or have lagged, a
 * second may see more than its share, and the ten seconds after a delay those of twenty.
 */
export interface RateLimit<Payload> {
  /** Types that give the same name share the limit; kebab case. Give it the same numbers everywhere. */
  readonly name: string;
  /** Attempts per `perSeconds`, 1 to 10,000. */
  readonly limit: number;
  /** 1 to 86,400 (a day). */
  readonly perSeconds: number;
  /** Attempts that may begin at once after a pause; 1 by default. */
  readonly burst?: number;
  /** A limit of its own for each of these (a customer, an account); one for all by default. */
  key?(payload: Payload): string;
}

/**
 * Jobs with the same key run so many at a time. 1 is a real 1: never two, as long as no two machines' clocks are apart by more
 * than the function's timeout. After a crash between two of its writes, a key may be shut for ten minutes and twice the timeout.
 */
export interface ConcurrencyLimit<Payload> {
  /** Types that give the same name share the limit; kebab case. */
  readonly name: string;
  /** How many at a time, 1 to 100. */
  readonly limit: number;
  /** A limit of its own for each of these; one for all by default. */
  key?(payload: Payload): string;
}

/** What keeps jobs of the type from beginning too often, or too many at a time. */
export interface JobLimits<Payload> {
  /** So many attempts in so many seconds, retries included. Not together with `isPrioritised`. */
  readonly rate?: RateLimit<Payload>;
  /** So many at a time; 1 is a real 1. `run.maxConcurrency` only limits the load, this is exact. */
  readonly concurrency?: ConcurrencyLimit<Payload>;
}

/** A job that the type's handler does to its end, for the docs, for people who try the type out, and for the fault harness. */
export interface JobExample<Payload> {
  /** Goes through the type's schema; `defineJob` refuses one that does not. */
  readonly payload: Payload;
  /** Files that must be there first. */
  readonly files?: readonly {
    /** By its name in `contracts/buckets`. */
    readonly bucket: string;
    readonly key: string;
    /** Text, stored as UTF-8. */
    readonly text: string;
  }[];
  /** Business records that must be there first. */
  readonly records?: readonly {
    readonly kind: string;
    readonly id: string;
    readonly part?: string;
    readonly body: object;
    /** The lists in which it stands, as its model says. */
    readonly lists?: RecordLists;
  }[];
}

/** Everything the system knows about one job type; queue, function, role, alarms, API and docs are derived from it. */
export interface JobDefinition<Payload = unknown> {
  /** Snake case, unique in the catalog: names the queue, the function's file and the dashboard's row. */
  readonly type: string;
  /** One line for the docs, the dashboard and the alarms. */
  readonly summary: string;
  /**
   * The schema (zod). It is checked at the enqueue and again before each attempt, after deployments too: give new
   * properties a default.
   */
  readonly payload: z.ZodType<Payload>;
  /** How often a job is tried, and how long it waits in between. */
  readonly retry: RetryPolicy;
  /** Time, memory and batch size of its function; lease and visibility timeout follow (2 × and 6 × the timeout). */
  readonly run: RunLimits;
  /** What its handler may use. The function's role allows that and nothing else; nothing by default. */
  readonly needs: JobNeeds;
  /** EventBridge rules whose events become jobs of the type, each event once. */
  readonly triggers?: readonly EventTrigger[];
  /** Other names under which it may be enqueued by name (CLI, client); snake or camel case, unique in the catalog. */
  readonly aliases?: readonly string[];
  /** A label that several types share, to pause them together. Kebab case. */
  readonly group?: string;
  /** Its jobs have priorities: the most urgent runs first, and tenants take turns. Not together with `limits.rate`. */
  readonly isPrioritised?: boolean;
  /** A rate limit, a concurrency limit, or both. */
  readonly limits?: JobLimits<Payload>;
  /** Time to live, whole seconds: a job that has not begun by then is cancelled. For ever by default. */
  readonly ttlSeconds?: number;
  /** Cron schedules that enqueue the type by themselves. */
  readonly schedules?: readonly JobSchedule<Payload>[];
  /** Whom a job is about (a customer's mail address, say): jobs can be listed by it. Stored as a hash. */
  subject?(payload: Payload): string | undefined;
  /** Days for which ended rows are kept, by how they ended; see `RETENTION_DAYS` for the defaults and the minimum. */
  readonly retentionDays?: Readonly<Partial<Record<EndStatus, number>>>;
  /** With it, the fault harness (`npm run faults`) covers the type. */
  readonly example?: JobExample<Payload>;
}

/** The payload type of a definition, as its handler receives it. */
export type PayloadOf<Definition> = Definition extends JobDefinition<infer Payload> ? Payload : never;

/**
 * Declares a job type.
 *
 * @throws RangeError listing everything that is wrong with the declaration; payloads are named by their paths only.
 */
export function defineJob<Payload>(
  definition: Omit<JobDefinition<Payload>, "needs"> & { readonly needs?: JobNeeds },
): JobDefinition<Payload> {
  const problems = [
    ...runProblems(definition),
    ...flowProblems(definition),
    ...retentionProblems(definition.retentionDays ?? {}),
    ...exampleProblems(definition),
    ...allScheduleProblems(definition),
  ];
  if (problems.length > 0) {
    throw new RangeError(`Job type "${definition.type}" is not valid: ${problems.join("; ")}.`);
  }
  return { ...definition, needs: definition.needs ?? {} };
}

/** An item of DynamoDB takes 1,000 writes a second (AWS-documented); half of it leaves room for lost races. */
const MOST_SLOTS_A_SECOND = 500;
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

function flowProblems({
  group,
  isPrioritised,
  limits: { rate, concurrency } = {},
  ttlSeconds,
  run,
}: Pick<JobDefinition, "group" | "isPrioritised" | "ttlSeconds" | "run"> & {
  readonly limits?: Pick<JobLimits<never>, "rate" | "concurrency">;
}): string[] {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  check(group === undefined || NAME.test(group), "`group` must be kebab-case, 40 characters at most");
  check(
    isPrioritised !== true || rate === undefined,
    "`isPrioritised` and `limits.rate` exclude each other: slots go to whoever asks first",
  );
  check(isPrioritised !== true || run.batchSize === 1, "`run.batchSize` must be 1 where `isPrioritised` is true");
  if (rate !== undefined) {
    check(NAME.test(rate.name), "`limits.rate.name` must be kebab-case, 40 characters at most");
    check(isWholeWithin(rate.limit, 1, 10_000), "`limits.rate.limit` must be a whole number from 1 to 10000");
    check(isWholeWithin(rate.perSeconds, 1, 86_400), "`limits.rate.perSeconds` must be a whole number from 1 to 86400");
    check(
      rate.limit / rate.perSeconds <= MOST_SLOTS_A_SECOND,
      `\`limits.rate\` must be at most ${MOST_SLOTS_A_SECOND} a second: one item of a table gives out the slots`,
    );
    check(isWholeWithin(rate.burst ?? 1, 1, 10_000), "`limits.rate.burst` must be a whole number from 1 to 10000");
  }
  if (concurrency !== undefined) {
    check(NAME.test(concurrency.name), "`limits.concurrency.name` must be kebab-case, 40 characters at most");
    check(isWholeWithin(concurrency.limit, 1, 100), "`limits.concurrency.limit` must be a whole number from 1 to 100");
  }
  check(
    ttlSeconds === undefined || isWholeWithin(ttlSeconds, 1, 365 * 86_400),
    "`ttlSeconds` must be a whole number from 1 to 31536000 (a year)",
  );
  return problems;
}

function runProblems({ type, retry, run }: Pick<JobDefinition, "type" | "retry" | "run">): string[] {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  check(/^[a-z][a-z0-9_]{0,39}$/.test(type), "`type` must be snake_case, 40 characters at most");
  check(isWholeWithin(retry.maxAttempts, 1, 100), "`retry.maxAttempts` must be a whole number from 1 to 100");
  check(isWholeWithin(run.timeoutSeconds, 1, 900), "`run.timeoutSeconds` must be a whole number from 1 to 900");
  check(isWholeWithin(run.memoryMb, 128, 10_240), "`run.memoryMb` must be a whole number from 128 to 10240");
  check(isWholeWithin(run.batchSize, 1, 10), "`run.batchSize` must be a whole number from 1 to 10");
  check(
    retry.maxAttempts > 1 || run.batchSize === 1,
    "`run.batchSize` must be 1 where `retry.maxAttempts` is: a neighbour that ends the process costs an attempt",
  );
  check(
    run.maxConcurrency === undefined || isWholeWithin(run.maxConcurrency, 2, 1000),
    "`run.maxConcurrency` must be a whole number from 2 to 1000",
  );
  return problems;
}

function retentionProblems(retentionDays: Readonly<Partial<Record<EndStatus, number>>>): string[] {
  return Object.entries(retentionDays)
    .filter(([, days]) => !isWholeWithin(days, SHORTEST_RETENTION_DAYS, LONGEST_RETENTION_DAYS))
    .map(
      ([status]) =>
        `\`retentionDays.${status}\` must be a whole number from ${SHORTEST_RETENTION_DAYS} to ${LONGEST_RETENTION_DAYS}`,
    );
}

type PayloadSchema = Pick<JobDefinition, "payload">;

function exampleProblems({ example, payload }: PayloadSchema & Pick<JobDefinition, "example">): string[] {
  return example === undefined ? [] : payloadProblems(payload, example.payload, "`example.payload`");
}

function allScheduleProblems({ schedules = [], payload }: PayloadSchema & Pick<JobDefinition, "schedules">): string[] {
  return schedules.flatMap((schedule) => [
    ...scheduleProblems(schedule),
    ...payloadProblems(payload, schedule.payload, `schedule "${schedule.name}": \`payload\``),
  ]);
}

function payloadProblems(schema: z.ZodType, payload: unknown, label: string): string[] {
  const { error } = schema.safeParse(payload);
  return (error?.issues ?? []).map(({ path, message }) => `${[label, ...path].join(".")}: ${message}`);
}

function isWholeWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
