import { BacklineError } from "../../errors/backline-error.ts";
import type { EpochMs, Job } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-state.ts";
import { DEFAULT_TENANT } from "../../job/tenant.ts";
import { subjectListOf } from "../new-job.ts";
import { epochOf, isoTime } from "../iso-time.ts";
import type { ListEntry } from "../../ports/job-store.ts";
import { DAY_MS } from "../../job/durations.ts";

/** Which jobs to list. All that is given must hold. */
export interface JobQuery {
  readonly type?: string;
  readonly status?: JobStatus;
  /** `default` has no list of its own: it needs a type or a status beside it. */
  readonly tenant?: string;
  /** Whom the jobs are about, as it was enqueued (a customer's mail address, say). */
  readonly subject?: string;
  /** A day in UTC, `YYYY-MM-DD`, of the time that the list is sorted by; instead of `from` and `until`. */
  readonly day?: string;
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Inclusive. */
  readonly until?: EpochMs;
  readonly errorCode?: string;
  /** Jobs a page: 1 to 100, 50 by default. */
  readonly limit?: number;
  /** What the page before gave as `next`. */
  readonly after?: string;
}

/** A query that was found right, with its defaults and its range filled in. */
export interface CheckedQuery extends Omit<JobQuery, "day" | "subject"> {
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly limit: number;
  readonly subjectList?: string;
}

const DEFAULT_LIMIT = 50;
/** What one `getMany` takes. */
const LARGEST_LIMIT = 100;

/** @throws BacklineError `INVALID_QUERY` listing everything that is wrong. */
export function checkQuery(types: readonly string[], query: JobQuery): CheckedQuery {
  const { day, subject, limit = DEFAULT_LIMIT, from = 0, until = Number.MAX_SAFE_INTEGER, ...rest } = query;
  const problems = problemsOf(types, { ...query, limit });
  if (problems.length > 0) throw new BacklineError("INVALID_QUERY", `No such list: ${problems.join("; ")}.`);
  const range = day === undefined ? { from, until } : { from: startOf(day), until: startOf(day) + DAY_MS - 1 };
  return { ...rest, ...range, limit, ...(subject !== undefined && { subjectList: subjectListOf(subject) }) };
}

function problemsOf(types: readonly string[], query: JobQuery & { readonly limit: number }): string[] {
  const { type, status, tenant, subject, day, from, until, limit } = query;
  const checks: [isRight: boolean, problem: string][] = [
    [type === undefined || types.includes(type), `there is no job type "${type}"; there are ${types.join(", ")}`],
    [
      tenant !== DEFAULT_TENANT || (type ?? status ?? subject) !== undefined,
      `the tenant "${DEFAULT_TENANT}" has no list of its own; give a type or a status too`,
    ],
    [day === undefined || isDay(day), `the day "${day}" must be a date as 2026-11-22`],
    [day === undefined || (from ?? until) === undefined, "give a day, or from and until, not both"],
    [!Number.isNaN(from) && !Number.isNaN(until), "from and until must be times"],
    [(from ?? 0) <= (until ?? Number.MAX_SAFE_INTEGER), "from must not be after until"],
    [
      Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_LIMIT,
      `a page holds 1 to ${LARGEST_LIMIT} jobs, not ${limit}`,
    ],
  ];
  return checks.filter(([isRight]) => !isRight).map(([, problem]) => problem);
}

const startOf = (day: string): EpochMs => epochOf(`${day}T00:00:00.000Z`);

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(startOf(day)) && isoTime(startOf(day)).startsWith(day);
}

/** Whether a row is what was asked for; `now` because TTL deletes days late. */
export function matches(query: CheckedQuery, job: Job, now: EpochMs): boolean {
  if ("expiresAt" in job && job.expiresAt !== undefined && job.expiresAt <= Math.floor(now / 1000)) return false;
  const wanted = [
    [query.type, job.type],
    [query.status, job.status],
    [query.tenant, job.tenant],
    [query.subjectList, job.subjectList],
    [query.errorCode, job.errorCode],
  ] as const;
  return wanted.every(([asked, is]) => asked === undefined || asked === is);
}

/** False for an entry whose row need not be read: what an index shows of a row changes only together with its place in it. */
export function mayMatch(query: CheckedQuery, entry: ListEntry): boolean {
  const { type, status, tenant, errorCode } = query;
  if (type !== undefined && entry.type !== type) return false;
  // Lists by tenant and subject show the type only.
  if (entry.status === undefined) return true;
  if (status !== undefined && entry.status !== status) return false;
  if (tenant !== undefined && entry.tenant !== tenant) return false;
  return errorCode === undefined || entry.errorCode === errorCode;
}
