import type { EpochMs, Job } from "../../job/job.ts";
import { isTerminal, JOB_STATUSES, TERMINAL_STATUSES, type EndStatus, type JobStatus } from "../../job/job-state.ts";
import type { JobList } from "../../ports/job-store.ts";
import { DEFAULT_TENANT } from "../../job/tenant.ts";
import type { CheckedQuery } from "./job-query.ts";

/** A list that a query is answered from. */
export interface JobSource {
  readonly list: JobList;
  /** When a row stands in the list, as of now; nothing if it has left it. */
  placeOf(job: Job): EpochMs | undefined;
}

/** Statuses whose rows the ticker looks after: those of a type's due list. */
export const DUE_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter(
  (status) => !isTerminal(status) && status !== "needs_review",
);

/**
 * The lists of a query, in groups that are read one after the other: what has not ended, then what has. A job that ends
 * meanwhile moves from the first group into the second, where it is not lost.
 *
 * A subject has few jobs, a tenant more, a type most: the most telling list is read, the rest is filtered.
 */
export function sourcesOf(query: CheckedQuery, types: readonly string[]): readonly (readonly JobSource[])[] {
  const { subjectList, tenant } = query;
  if (subjectList !== undefined) return [[byCreation({ by: "subject", subjectList })]];
  if (tenant !== undefined && tenant !== DEFAULT_TENANT) return [[byCreation({ by: "tenant", tenant })]];
  const ofTypes = query.type === undefined ? types : [query.type];
  const isAsked = (status: JobStatus) => query.status === undefined || query.status === status;
  const due = DUE_STATUSES.some(isAsked) ? ofTypes.map(dueSource) : [];
  const review = isAsked("needs_review") ? [REVIEW_SOURCE] : [];
  const ended = TERMINAL_STATUSES.filter(isAsked).flatMap((status) => ofTypes.map((type) => endedSource(type, status)));
  return [[...due, ...review], ended];
}

const byCreation = (list: JobList): JobSource => ({ list, placeOf: (job) => job.createdAt });

/** What failed stays in the due list until its dead letter is in the DLQ; it is listed as failed. */
const dueSource = (type: string): JobSource => ({
  list: { by: "due", type },
  placeOf: (job) => (DUE_STATUSES.includes(job.status) && "dueAt" in job ? job.dueAt : undefined),
});

const REVIEW_SOURCE: JobSource = {
  list: { by: "review" },
  placeOf: (job) => (job.status === "needs_review" ? job.dueAt : undefined),
};

const endedSource = (type: string, status: EndStatus): JobSource => ({
  list: { by: "ended", type, status },
  placeOf: (job) => (job.status === status && "endedAt" in job ? job.endedAt : undefined),
});
