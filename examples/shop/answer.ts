// In a program of your own: "@backline/client".
import {
  IdempotencyConflictError,
  InvalidPayloadError,
  isSettled,
  OutOfReachError,
  UnknownJobError,
  type JobView,
} from "../../client/index.ts";

/** What goes back over HTTP, whatever the framework. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** An order that cannot be taken, with every problem. */
export class InvalidOrderError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The order is not right: ${problems.join("; ")}.`);
    this.problems = problems;
  }
}

/** A request that does not get as far as the order: 400, 413 … */
export class InvalidRequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const notJson = () =>
  new InvalidRequestError(415, "Send the order as JSON, with the header Content-Type: application/json.");
export const tooLarge = () => new InvalidRequestError(413, "The body is too large; the limit is 20 KB.");
export const unreadable = () => new InvalidRequestError(400, "The request cannot be read. Is it JSON in UTF-8?");

/** Job states change: no cache may keep one. */
const NO_STORE = { "cache-control": "no-store" };

/** @param jobsUrl where the shop shows jobs: `/jobs` */
export function accepted(jobId: string, jobsUrl: string): Answer {
  const urls = urlsOf(jobId, jobsUrl);
  return { status: 202, headers: { ...NO_STORE, location: urls.statusUrl }, body: { jobId, ...urls } };
}

/** What a customer may see of a job: not its payload, and nothing of the engine's. */
export function jobAnswer(job: JobView): Answer {
  const { done, total, note } = job.progress ?? {};
  return {
    status: 200,
    headers: NO_STORE,
    body: {
      id: job.id,
      status: job.status,
      isSettled: isSettled(job), // also when it needs a person: a page that polled on would poll for days
      createdAt: isoTime(job.createdAt),
      ...(job.progress && { progress: { done, total, note } }),
      ...("endedAt" in job && { endedAt: isoTime(job.endedAt) }),
      ...(job.status === "completed" && { result: job.result }),
      ...(job.status === "failed" && { error: { code: job.error.code, message: job.error.message } }),
    },
  };
}

/**
 * The answer to whatever a route threw; what is not the customer's doing is logged too.
 *
 * @param jobsUrl where the shop shows jobs: `/jobs`
 */
export function errorAnswer(error: unknown, jobsUrl: string): Answer {
  if (error instanceof InvalidRequestError) return refusal(error.status, "INVALID_REQUEST", error.message);
  if (error instanceof InvalidOrderError) return invalidOrder(error.problems);
  if (error instanceof InvalidPayloadError) return invalidOrder(error.problems);
  if (error instanceof UnknownJobError) return refusal(404, "UNKNOWN_JOB", "There is no such job.");
  if (error instanceof IdempotencyConflictError) {
    const message = "There is an order of this id with other contents. It stays as it is; a new order needs a new id.";
    return refusal(409, "ORDER_CONFLICT", message, { jobId: error.jobId, ...urlsOf(error.jobId, jobsUrl) });
  }
  console.error(error); // oxlint-disable-line no-console -- a shop has a log of its own
  if (!(error instanceof OutOfReachError)) return refusal(500, "INTERNAL", "Something went wrong on our side.");
  // Perhaps the order is taken, and only the answer was lost: the same order again is the same job.
  const message = "Out of reach just now. Send the same request again in a moment: an order is taken only once.";
  const answer = refusal(503, "OUT_OF_REACH", message);
  return { ...answer, headers: { ...answer.headers, "retry-after": "5" } };
}

const invalidOrder = (problems: readonly string[]): Answer =>
  refusal(400, "INVALID_ORDER", "The order is not right; nothing is done.", { problems });

const refusal = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  headers: NO_STORE,
  body: { error: { code, message, ...more } },
});

const urlsOf = (jobId: string, jobsUrl: string) => ({
  statusUrl: `${jobsUrl}/${jobId}`,
  waitUrl: `${jobsUrl}/${jobId}/wait`,
});

const isoTime = (ms: number): string => new Date(ms).toISOString();
