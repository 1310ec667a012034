import type { Enqueue } from "../engine/enqueue.ts";
import { loadValue } from "../engine/stored-value.ts";
import type { EpochMs, Job } from "../job/job.ts";
import { isTerminal, type EndStatus } from "../job/job-state.ts";
import type { HttpAnswer, HttpRequest } from "../lambda/http-function.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import type { ValueStore } from "../ports/value-store.ts";
import { endpointAt, type CronEndpoint } from "./cron-endpoints.ts";
import { readCronOptions } from "./cron-options.ts";

export interface CronPorts {
  readonly enqueue: Enqueue;
  readonly store: Pick<JobStore, "get">;
  /** Where a result lies that is too large for its row. */
  readonly values: ValueStore;
  readonly clock: Pick<Clock, "now">;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly log: Log;
}

/** API Gateway gives up after 30 s, the function ends a second before. */
const LONGEST_WAIT_MS = 25_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 1_000;
/** 500 ms, 625, 781, 977, then a second: 27 reads at most. */
const PAUSE_GROWTH = 1.25;

/** Nobody in between may keep it: a `GET` that is answered from a cache runs nothing. */
const json = (status: number, body: Readonly<Record<string, unknown>>): HttpAnswer => ({
  status,
  body,
  headers: { "cache-control": "no-store" },
});

type Request = Pick<HttpRequest, "path" | "query" | "body" | "requestId">;

/**
 * Runs the job of a cron endpoint, for a caller whose secret was right: enqueues it, waits up to 25 s for its end, and answers.
 *
 * ```
 * enqueue ──► its row, every half second ──► completed ──► 200 with what it did; `success: false` if not all could be done
 *                                        ├─► failed, cancelled, needs a person ──► 500
 *                                        └─► 25 s ──► 202 with the job's id: it goes on
 * ```
 */
export async function answerCron(ports: CronPorts, request: Request): Promise<HttpAnswer> {
  const { enqueue, clock, log } = ports;
  const until = clock.now() + LONGEST_WAIT_MS;
  const endpoint = endpointAt(request.path);
  if (endpoint === undefined) return json(404, { message: "Not Found" });
  const options = readCronOptions(endpoint, request);
  if ("problems" in options) return json(400, { message: "The options are not right.", problems: options.problems });
  const correlationId = request.requestId;
  // No key: each call is a run of its own. Of two at once, one works, and the other says that it was skipped.
  const { id } = await enqueue(endpoint.definition, options.payload, { correlationId });
  // Died here: the job runs all the same. Its caller hears of an error, and may call again.
  log.info("A cron endpoint has enqueued its job.", { jobId: id, correlationId });
  return answerFor(ports, endpoint, { id, job: await waitForEnd(ports, id, until) });
}

/** @returns the job when it goes no further by itself; nothing when that takes too long. */
async function waitForEnd(ports: CronPorts, id: string, until: EpochMs): Promise<SettledJob | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    const leftMs = until - ports.clock.now();
    if (leftMs <= 0) return undefined;
    await ports.sleep(Math.min(pauseMs, leftMs));
    const job = await look(ports, id);
    if (job !== undefined && isSettled(job)) return job;
  }
}

type SettledJob = Extract<Job, { readonly status: EndStatus | "needs_review" }>;

const isSettled = (job: Job): job is SettledJob => isTerminal(job.status) || job.status === "needs_review";

/** The job is accepted: that its row cannot be read just now is no reason to tell the caller of an error. */
async function look({ store, log }: CronPorts, id: string): Promise<Job | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    log.warn("A job that a cron endpoint waits for cannot be read.", {
      jobId: id,
      reason: error instanceof Error ? error.name : "unknown",
    });
    return undefined;
  }
}

/** What its error says stays on the row: it may name people. */
const ENDED_BADLY = {
  failed: "Job failed",
  cancelled: "Job cancelled",
  needs_review: "Job needs a person",
} as const;

async function answerFor(
  { values, clock }: CronPorts,
  endpoint: CronEndpoint,
  { id, job }: { readonly id: string; readonly job: SettledJob | undefined },
): Promise<HttpAnswer> {
  const timestamp = new Date(clock.now()).toISOString();
  if (job === undefined) return json(202, { message: "Job accepted", jobId: id, timestamp });
  if (job.status === "completed") {
    const result = job.result === undefined ? undefined : await loadValue(values, job.result);
    return json(200, endpoint.answer(result, timestamp));
  }
  return json(500, { success: false, message: ENDED_BADLY[job.status], jobId: id, timestamp });
}
