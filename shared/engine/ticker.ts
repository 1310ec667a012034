import pMap from "p-map";

import { describeError } from "../errors/describe-error.ts";
import { dueListOf } from "../job/job-lists.ts";
import type { EpochMs } from "../job/job.ts";
import { permitSent } from "../job/transitions/upkeep.ts";
import type { Clock } from "../ports/clock.ts";
import { LONGEST_DELAY_SECONDS, type JobQueue } from "../ports/job-queue.ts";
import type { DueEntry, JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { ScheduleLedger } from "../ports/schedule-ledger.ts";
import { rowsOf } from "./flow/dependencies.ts";
import { enterLine } from "./flow/lanes.ts";
import type { PauseBoard } from "./pauses.ts";
import { sweepSchedules, type TypeSchedule } from "./schedule-sweep.ts";

const LONGEST_BACKOFF_MS = 60 * 60 * 1000;
/** A waiting row that nobody has told of the end of what it waits for learns of it by such a permit only. */
const LONGEST_WAITING_BACKOFF_MS = 30 * 60 * 1000;
/**
 * Rows that a pause holds back stay due, and each tick reads them again: so many pages, to bound what a long pause costs.
 * What else is due behind them gets its permit after the pause.
 */
const MOST_PAGES_OF_PAUSED = 10;

const LINES_AT_ONCE = 10;

export interface TickerPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: ScheduleLedger;
  readonly pauses: PauseBoard;
  /** Where lanes of prioritised types are kept. */
  readonly records: RecordStore;
  /** Every job type there is. */
  readonly types: readonly TickedType[];
  readonly schedules: readonly TypeSchedule[];
  /** First pause before a row gets another permit; see `jobTimes`. */
  readonly permitGraceMs: number;
}

export interface TickedType {
  readonly type: string;
  readonly group?: string;
  readonly isPrioritised?: boolean;
}

export interface TickReport {
  readonly permitsSent: number;
  /** Age of the oldest job that is due and not running, as far as this tick saw; paused and waiting ones do not count. */
  readonly oldestDueAgeMs: number;
  readonly needsReview: number;
  /** Occurrences of schedules that this tick had to give up. */
  readonly missedRuns: number;
}

/**
 * Sends a permit for every row that is due: permits lost between put and send, run-at times beyond SQS's delay, expired
 * leases, dead letters owed; and a tick for every occurrence of a schedule that has left no trace. It never changes a
 * status, and running it twice does no harm: the row decides what a permit is worth. Rows that a pause keeps from beginning
 * get none until it ends; what else a paused type owes goes on.
 *
 * @param deadlineAt when to stop; what is left is due at the next tick too.
 */
export async function tick(ports: TickerPorts, deadlineAt: EpochMs): Promise<TickReport> {
  const paused = await pausedTypes(ports);
  const swept = await Promise.all(
    ports.types.map((each) => sendPermitsOf(ports, { ...each, isPaused: paused.has(each.type) }, deadlineAt)),
  );
  // After the permits: the rows that are due must wait neither for the ledger nor for anything below.
  const missedRuns = await sweepSchedules(ports, deadlineAt).catch((error: unknown) => {
    ports.log.error("Schedules not accounted for.", error, { errorCode: describeError(error).code });
    return 0;
  });
  return {
    permitsSent: swept.reduce((sum, { permitsSent }) => sum + permitsSent, 0),
    oldestDueAgeMs: Math.max(0, ...swept.map(({ oldestDueAgeMs }) => oldestDueAgeMs)),
    needsReview: await countReviews(ports),
    missedRuns,
  };
}

/** More jobs that wait for a person are counted as so many. */
const MOST_REVIEWS = 1_000;

async function countReviews({ store, clock, log }: TickerPorts): Promise<number> {
  try {
    return (await store.list({ by: "review" }, { limit: MOST_REVIEWS }, clock.now())).entries.length;
  } catch (error) {
    log.error("Jobs that wait for a person not counted.", error, { errorCode: describeError(error).code });
    return 0;
  }
}

/** Without an answer nothing counts as paused: a permit too many costs its worker one look at the pauses. */
async function pausedTypes({ pauses, types, log }: TickerPorts): Promise<ReadonlySet<string>> {
  try {
    const isPaused = await Promise.all(types.map(async (each) => (await pauses.pauseOf(each)) !== undefined));
    return new Set(types.filter((_, index) => isPaused[index]).map(({ type }) => type));
  } catch (error) {
    log.error("Pauses not read; nothing counts as paused.", error, { errorCode: describeError(error).code });
    return new Set();
  }
}

/** One type's permits. A type whose queue is gone or out of reach must not keep the others waiting. */
async function sendPermitsOf(
  ports: TickerPorts,
  { type, isPaused, isPrioritised }: TickedType & { readonly isPaused: boolean },
  deadlineAt: EpochMs,
): Promise<Pick<TickReport, "permitsSent" | "oldestDueAgeMs">> {
  const { store, queue, clock, log } = ports;
  const now = clock.now();
  let permitsSent = 0;
  let oldestDueAgeMs = 0;
  let pages = 0;
  try {
    let depth: number | undefined;
    for await (const page of store.due(dueListOf(type), now)) {
      pages += 1;
      const entries = isPaused ? page.filter((entry) => !isHeldByPause(entry)) : page;
      if (entries.length > 0) {
        oldestDueAgeMs = Math.max(oldestDueAgeMs, ...dueAgesMs(entries, now));
        // A depth that cannot be had only makes the backoff shorter.
        depth ??= await queue.depth(type).catch(() => 0);
        permitsSent += await sendPermits(ports, type, entries, depth);
        if (isPrioritised === true) await enterLines(ports, entries, now);
      }
      if (clock.now() >= deadlineAt || (isPaused && pages >= MOST_PAGES_OF_PAUSED)) break;
    }
  } catch (error) {
    log.error("Permits of a type not sent.", error, { jobType: type, errorCode: describeError(error).code });
  }
  return { permitsSent, oldestDueAgeMs };
}

/** A permit of its own may be long behind others; in line, any permit brings the job. */
async function enterLines(ports: TickerPorts, entries: readonly DueEntry[], now: EpochMs): Promise<void> {
  const due = entries.filter((entry) => entry.runAt <= now).map(({ id }) => id);
  const rows = await rowsOf(ports.store, due);
  await pMap(rows.values(), (job) => enterLine(ports, job, now), { concurrency: LINES_AT_ONCE });
}

/**
 * Jobs that would begin. One whose worker has died goes on, as it would have without that; what has ended owes something
 * all the same; and what waits is only looked at.
 */
const isHeldByPause = ({ status }: DueEntry): boolean => status === "pending" || status === "retrying";

/** Waiting rows are due to be looked at, not late: the jobs that they wait for take their time. */
function dueAgesMs(entries: readonly DueEntry[], now: EpochMs): number[] {
  return entries.filter(({ status }) => status !== "waiting").map(({ runAt }) => now - runAt);
}

async function sendPermits(
  ports: TickerPorts,
  type: string,
  entries: readonly DueEntry[],
  depth: number,
): Promise<number> {
  const { queue, store, clock } = ports;
  const outgoing = entries.map((entry) => ({
    entry,
    permit: { v: 1, type, id: entry.id, run: entry.run } as const,
    tenant: entry.tenant,
    delaySeconds: delaySecondsUntil(entry.runAt, clock.now()),
  }));
  const accepted = new Set<unknown>(await queue.sendAll(type, outgoing));
  const sent = outgoing.filter((each) => accepted.has(each));
  // Died here: the rows are still due, and get another permit at the next tick.
  await Promise.all(
    sent.map(({ entry }) => {
      const from = Math.max(clock.now(), entry.runAt);
      return store.apply(entry.id, permitSent(entry.dueAt, from + backoffMs(ports, entry, depth)));
    }),
  );
  return sent.length;
}

/** A permit is sent just ahead of its time (`dueAheadOf`): SQS holds it back for the rest. */
function delaySecondsUntil(runAt: EpochMs, now: EpochMs): number {
  return Math.min(Math.max(Math.ceil((runAt - now) / 1000), 0), LONGEST_DELAY_SECONDS);
}

/** Doubles with each permit since the last claim, and grows with the queue's depth: in a deep backlog the last permit is probably still waiting. */
function backoffMs({ permitGraceMs }: TickerPorts, { permits, status }: DueEntry, depth: number): number {
  const longest = status === "waiting" ? LONGEST_WAITING_BACKOFF_MS : LONGEST_BACKOFF_MS;
  return Math.min(longest, permitGraceMs * 2 ** permits * (1 + Math.log2(1 + depth)));
}
