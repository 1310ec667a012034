import { describeError } from "../errors/describe-error.ts";
import type { EpochMs } from "../job/job.ts";
import { occurrencesBetween } from "../job/occurrences.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../job/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import type { LedgerEntry, ScheduleCursor, ScheduleCursors, ScheduleLedger } from "../ports/schedule-ledger.ts";
import { isoTime } from "./iso-time.ts";

/** A schedule and the type that it enqueues. */
export interface TypeSchedule {
  readonly type: string;
  readonly schedule: JobSchedule;
}

export interface ScheduleSweepPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly ledger: ScheduleLedger;
  readonly clock: Clock;
  readonly log: Log;
  readonly schedules: readonly TypeSchedule[];
  readonly permitGraceMs: number;
}

/** Occurrences of one schedule looked at in one sweep; the next one goes on. */
const MOST_AT_ONCE = 200;
const LONGEST_PAUSE_MS = 60 * 60 * 1000;

/**
 * Accounts for every expected occurrence: one that has left no trace in the ledger gets a tick from here, and one that comes
 * too late even for that is recorded as missed. A schedule without occurrences since the last sweep costs nothing; a new, or
 * newly enabled, or changed one counts from now on.
 *
 * @returns how many this sweep recorded as missed.
 */
export async function sweepSchedules(ports: ScheduleSweepPorts): Promise<number> {
  const { ledger, schedules } = ports;
  if (schedules.length === 0) return 0;
  const { value: before, version } = await ledger.cursors();
  const enabled = schedules.filter(({ schedule }) => schedule.enabled !== false);
  const swept = await Promise.all(enabled.map((each) => sweepOne(ports, each, before[each.schedule.name])));
  const after = Object.fromEntries(swept.map(({ cursor }, index) => [enabled[index]?.schedule.name, cursor]));
  // Died here, or refused because another ticker was quicker: the same occurrences are looked at again, which does no harm.
  if (!isSame(before, after)) await ledger.saveCursors(after, version);
  return swept.reduce((sum, { missed }) => sum + missed, 0);
}

/** Where a schedule's next sweep begins, and how many of its occurrences this one gave up. */
interface Swept {
  readonly cursor: ScheduleCursor;
  readonly missed: number;
}

async function sweepOne(
  ports: ScheduleSweepPorts,
  each: TypeSchedule,
  cursor: ScheduleCursor | undefined,
): Promise<Swept> {
  const now = ports.clock.now();
  const expression = `${each.schedule.cron} ${each.schedule.timeZone ?? "UTC"}`;
  if (cursor?.expression !== expression) return { cursor: { until: now, expression }, missed: 0 };
  try {
    return await account(ports, each, cursor);
  } catch (error) {
    const { type, schedule } = each;
    const fields = { jobType: type, schedule: schedule.name, errorCode: describeError(error).code };
    ports.log.error("A schedule could not be accounted for.", error, fields);
    return { cursor, missed: 0 };
  }
}

/** Looks at what is expected since the cursor, and moves it past what is accounted for. */
async function account(ports: ScheduleSweepPorts, each: TypeSchedule, cursor: ScheduleCursor): Promise<Swept> {
  const { schedule } = each;
  const young = ports.clock.now() - 2 * ports.permitGraceMs;
  const expected = occurrencesBetween(schedule, cursor.until, young, MOST_AT_ONCE);
  const [from, until] = [expected.at(0), expected.at(-1)];
  if (from === undefined || until === undefined) return { cursor, missed: 0 };
  const entries = await ports.ledger.list(schedule.name, { from, until, limit: 1000 });
  const states = [];
  for (const at of expected) {
    const state = await stateOf(
      ports,
      each,
      at,
      entries.find((entry) => entry.at === at),
    );
    states.push({ at, state });
  }
  const missed = states.filter(({ state }) => state === "missed").length;
  const open = states.filter(({ state }) => state === "open").map(({ at }) => at);
  const [oldest] = open;
  if (oldest === undefined) return { cursor: { until, expression: cursor.expression }, missed };
  // Occurrences are whole minutes: just before the oldest open one is where the next sweep begins.
  const moved = { until: oldest - 1, expression: cursor.expression };
  return { cursor: await askForTicks(ports, each, open, moved.until > cursor.until ? moved : cursor), missed };
}

/** Whether an occurrence is accounted for; one that nothing can bring any more is recorded as missed. */
async function stateOf(
  { store, ledger, clock, log }: ScheduleSweepPorts,
  { schedule }: TypeSchedule,
  at: EpochMs,
  entry: LedgerEntry | undefined,
): Promise<"accounted" | "open" | "missed"> {
  if (entry?.decision === "queued") return "open";
  if (entry?.decision === "run") {
    // Decided, but without its row: its worker died between the two.
    const job = entry.jobId === undefined ? undefined : await store.get(entry.jobId);
    return job === undefined ? "open" : "accounted";
  }
  if (entry !== undefined) return "accounted";
  const { catchUpSeconds = DEFAULT_CATCH_UP_SECONDS, name } = schedule;
  if (clock.now() - at <= catchUpSeconds * 1000) return "open";
  const reason = `no tick came within ${catchUpSeconds} s`;
  const missed = {
    schedule: name,
    at,
    decision: "missed",
    decidedAt: clock.now(),
    source: "catch_up",
    reason,
  } as const;
  const { decision } = await ledger.decide(missed);
  if (decision !== "missed") return "open"; // its tick has come this very moment
  log.error("A scheduled run was missed.", undefined, { schedule: name, at: isoTime(at), reason });
  return "missed";
}

/** Sends ticks for what is open; again after a pause that doubles, for the queue may only be slow. */
async function askForTicks(
  { queue, clock, permitGraceMs }: ScheduleSweepPorts,
  { type, schedule }: TypeSchedule,
  open: readonly EpochMs[],
  cursor: ScheduleCursor,
): Promise<ScheduleCursor> {
  const now = clock.now();
  const { times, askAgainAt } = cursor.asked ?? { times: 0, askAgainAt: now };
  if (now < askAgainAt) return cursor;
  for (const at of open) {
    await queue.sendTick({ v: 1, type, tick: { schedule: schedule.name, at: isoTime(at), isCatchUp: true } });
  }
  // Died here: sent again by the next sweep. The ledger counts each occurrence once.
  const pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * permitGraceMs * 2 ** times);
  return { ...cursor, asked: { times: times + 1, askAgainAt: now + pauseMs } };
}

function isSame(before: ScheduleCursors, after: ScheduleCursors): boolean {
  const text = (cursors: ScheduleCursors) =>
    Object.entries(cursors)
      .map(([name, { until, expression, asked }]) => `${name}|${until}|${expression}|${asked?.askAgainAt ?? ""}`)
      .toSorted()
      .join("\n");
  return text(before) === text(after);
}
