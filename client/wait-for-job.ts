import type { JobStatus } from "../shared/job/job-state.ts";
import type { Clock } from "../shared/ports/clock.ts";
import { UnknownJobError, WaitTimeoutError } from "./errors.ts";
import { isSettled, type JobView } from "./job-view.ts";

/** Lets time pass; rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** 200 ms, 300, 450 …: 5 s after half a minute. A job that takes ten minutes costs 130 reads. */
const PAUSE_GROWTH = 1.5;

interface WaitPorts {
  readonly clock: Pick<Clock, "now">;
  readonly sleep: Sleep;
  readonly read: (id: string) => Promise<JobView | undefined>;
}

interface Waited {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly until: readonly JobStatus[];
}

/**
 * Reads a job with growing pauses until it has ended, needs a person, or is in one of the statuses of `until`.
 *
 * @throws WaitTimeoutError, UnknownJobError, and the signal's reason.
 */
export async function waitForJob(
  { clock, sleep, read }: WaitPorts,
  id: string,
  { timeoutMs, signal, until }: Waited,
): Promise<JobView> {
  const giveUpAt = clock.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const job = await read(id);
    signal?.throwIfAborted();
    if (job === undefined) throw new UnknownJobError(id);
    if (isSettled(job) || until.includes(job.status)) return job;
    const leftMs = giveUpAt - clock.now();
    if (leftMs <= 0) throw new WaitTimeoutError(job, timeoutMs);
    await pause(sleep, Math.min(pauseMs, leftMs), signal);
  }
}

async function pause(sleep: Sleep, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    signal?.throwIfAborted(); // the caller's own reason, not the timer's
    throw error;
  }
}
