import { describeError } from "../errors/describe-error.ts";
import { DUE_SHARDS, REVIEW_SHARD } from "../job/due-shard.ts";
import type { EpochMs } from "../job/job.ts";
import { permitSent } from "../job/transitions/upkeep.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { DueEntry, JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";

const LONGEST_BACKOFF_MS = 60 * 60 * 1000;

export interface TickerPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** First pause before a row gets another permit; see `jobTimes`. */
  readonly permitGraceMs: number;
}

export interface TickReport {
  readonly permitsSent: number;
  /** Age of the oldest job that is due and not running, as far as this tick saw. */
  readonly oldestDueAgeMs: number;
  readonly needsReview: number;
}

/**
 * Sends a permit for every row that is due: permits lost between put and send, run-at times beyond SQS's delay, expired
 * leases, dead letters owed. It never changes a status, and running it twice does no harm: the row decides what a permit
 * is worth.
 *
 * @param deadlineAt when to stop; what is left is due at the next tick too.
 */
export async function tick(ports: TickerPorts, deadlineAt: EpochMs): Promise<TickReport> {
  const { store, clock } = ports;
  const now = clock.now();
  const depths = new Map<string, Promise<number>>();
  const needsReview = await store.countShard(REVIEW_SHARD);
  let permitsSent = 0;
  let oldestDueAgeMs = 0;
  for (const shard of startingAt(now)) {
    for await (const entries of store.due(shard, now)) {
      oldestDueAgeMs = Math.max(oldestDueAgeMs, ...entries.map((entry) => now - entry.runAt));
      permitsSent += await sendPermits(ports, entries, depths);
      if (clock.now() >= deadlineAt) return { permitsSent, oldestDueAgeMs, needsReview };
    }
  }
  return { permitsSent, oldestDueAgeMs, needsReview };
}

/** Another shard first each minute: a backlog that fills a whole tick must not keep the others waiting for ever. */
function startingAt(now: EpochMs): readonly string[] {
  const first = Math.floor(now / 60_000) % DUE_SHARDS.length;
  return [...DUE_SHARDS.slice(first), ...DUE_SHARDS.slice(0, first)];
}

async function sendPermits(
  ports: TickerPorts,
  entries: readonly DueEntry[],
  depths: Map<string, Promise<number>>,
): Promise<number> {
  const counts = await Promise.all(
    [...Map.groupBy(entries, (entry) => entry.type)].map(([type, due]) => sendPermitsOf(ports, type, due, depths)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One type's permits. A type whose queue is gone or out of reach must not keep the others waiting. */
async function sendPermitsOf(
  ports: TickerPorts,
  type: string,
  entries: readonly DueEntry[],
  depths: Map<string, Promise<number>>,
): Promise<number> {
  const { queue, store, clock, log } = ports;
  try {
    // A depth that cannot be had only makes the backoff shorter.
    const depth = depths.get(type) ?? queue.depth(type).catch(() => 0);
    depths.set(type, depth);
    const outgoing = entries.map((entry) => ({
      entry,
      permit: { v: 1, type, id: entry.id, run: entry.run } as const,
      tenant: entry.tenant,
      delaySeconds: 0,
    }));
    const accepted = new Set<unknown>(await queue.sendAll(type, outgoing));
    const sent = outgoing.filter((each) => accepted.has(each));
    // Died here: the rows are still due, and get another permit at the next tick.
    const depthNow = await depth;
    await Promise.all(
      sent.map(({ entry }) =>
        store.apply(entry.id, permitSent(entry.dueAt, clock.now() + backoffMs(ports, entry, depthNow))),
      ),
    );
    return sent.length;
  } catch (error) {
    log.error("Permits of a type not sent.", error, { jobType: type, errorCode: describeError(error).code });
    return 0;
  }
}

/** Doubles with each permit since the last claim, and grows with the queue's depth: in a deep backlog the last permit is probably still waiting. */
function backoffMs({ permitGraceMs }: TickerPorts, { permits }: DueEntry, depth: number): number {
  return Math.min(LONGEST_BACKOFF_MS, permitGraceMs * 2 ** permits * (1 + Math.log2(1 + depth)));
}
