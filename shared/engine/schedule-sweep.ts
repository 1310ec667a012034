import { describeError } from "../errors/describe-error.ts";
import type { EpochMs } from "../job/job.ts";
import { SHORTEST_RETENTION_DAYS } from "../job/job-times.ts";
import { occurrencesBetween } from "../job/occurrences.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../job/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import type { LedgerEntry, ScheduleCursor, ScheduleCursors, ScheduleLedger } from "../ports/schedule-ledger.ts";
import { isoTime } from "./iso-time.ts";
import { DAY_MS } from "../job/durations.ts";

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
/** Occurrences in line for their turn that are reminded each minute: so many can have it in that minute. */
const MOST_REMINDED = 10;
const LONGEST_PAUSE_MS = 60 * 60 * 1000;

/** Where a schedule's next sweep begins, and how many missed occurrences this one leaves behind. */
interface Swept {
  readonly cursor: ScheduleCursor;
  readonly missed: number;
}

/**
 * Accounts for every expected occurrence: one that has left no trace in the ledger gets a tick from here, and one that comes
 * too late even for that is recorded as missed. A schedule without occurrences since the last sweep costs nothing; a new, or
 * newly enabled, or changed one counts from now on.
 *
 * @param deadlineAt when to stop; the next sweep goes on.
 * @returns how many missed occurrences the cursors have now passed. A crash before that counts them again in the next sweep.
 */
export async function sweepSchedules(ports: ScheduleSweepPorts, deadlineAt: EpochMs): Promise<number> {
  const { value: before, version } = await ports.ledger.cursors();
  const enabled = ports.schedules.filter(({ schedule }) => schedule.enabled !== false);
  await retire(ports, before, enabled);
  const swept = await Promise.all(
    enabled.map(async (each) => [each.schedule.name, await sweepOne(ports, each, before, deadlineAt)] as const),
  );
  const after = Object.fromEntries(swept.map(([name, { cursor }]) => [name, cursor]));
  // Died here, or refused because another ticker was quicker: the same occurrences are looked at again.
  const isSaved = isSame(before, after) || (await ports.ledger.saveCursors(after, version));
  return isSaved ? swept.reduce((sum, [, { missed }]) => sum + missed, 0) : 0;
}

/** Whether the cursor counts by the schedule as it is now. */
const expressionOf = ({ cron, timeZone = "UTC" }: JobSchedule): string => `${cron} ${timeZone}`;

/** Occurrences that wait their turn in a schedule that is not in force any more: they will not have it, and the ledger says so. */
async function retire(
  { ledger, clock, log }: ScheduleSweepPorts,
  before: ScheduleCursors,
  enabled: readonly TypeSchedule[],
): Promise<void> {
  const inForce = new Map(enabled.map(({ schedule }) => [schedule.name, expressionOf(schedule)]));
  for (const [schedule, { until, expression }] of Object.entries(before)) {
    if (inForce.get(schedule) === expression) continue;
    const reason = "the schedule was changed, disabled or removed before its turn came";
    const entries = await ledger.list(schedule, { from: until, until: clock.now(), limit: 1000 });
    for (const { at, source } of entries.filter(({ decision }) => decision === "queued")) {
      await ledger.decide({ schedule, at, decision: "skipped", decidedAt: clock.now(), source, reason });
      log.warn("A scheduled run was given up.", { schedule, at: isoTime(at), reason });
    }
  }
}

async function sweepOne(
  ports: ScheduleSweepPorts,
  each: TypeSchedule,
  before: ScheduleCursors,
  deadlineAt: EpochMs,
): Promise<Swept> {
  const { type, schedule } = each;
  const cursor = Object.hasOwn(before, schedule.name) ? before[schedule.name] : undefined;
  const expression = expressionOf(schedule);
  if (cursor?.expression !== expression) {
    return { cursor: { until: ports.clock.now(), expression }, missed: 0 };
  }
  try {
    return await sweep(ports, each, cursor, deadlineAt);
  } catch (error) {
    const fields = { jobType: type, schedule: schedule.name, errorCode: describeError(error).code };
    ports.log.error("A schedule could not be accounted for.", error, fields);
    return { cursor, missed: 0 };
  }
}

/** Looks at what is expected since the cursor, asks for what is open, and moves the cursor past what is accounted for. */
async function sweep(
  ports: ScheduleSweepPorts,
  each: TypeSchedule,
  cursor: ScheduleCursor,
  deadlineAt: EpochMs,
): Promise<Swept> {
  const young = ports.clock.now() - 2 * ports.permitGraceMs;
  const expected = occurrencesBetween(each.schedule, cursor.until, young, MOST_AT_ONCE);
  const [from, last] = [expected.at(0), expected.at(-1)];
  if (from === undefined || last === undefined) return { cursor, missed: 0 };
  const states = await accountFor(ports, each, expected, { from, until: last });
  const oldestOpen = states.find(({ state }) => state === "traceless" || state === "queued")?.at;
  // Occurrences are whole minutes: just before the oldest open one is where the next sweep begins.
  const until = oldestOpen === undefined ? last : Math.max(cursor.until, oldestOpen - 1);
  const missed = states.filter(({ at, state }) => state === "missed" && at <= until).length;
  const asked = await askForTicks(ports, each, { states, asked: cursor.asked, deadlineAt });
  return { cursor: { until, expression: cursor.expression, ...(asked && { asked }) }, missed };
}

interface Accounted {
  readonly at: EpochMs;
  readonly state: "done" | "missed" | "queued" | "traceless";
}

async function accountFor(
  ports: ScheduleSweepPorts,
  { schedule }: TypeSchedule,
  expected: readonly EpochMs[],
  range: { readonly from: EpochMs; readonly until: EpochMs },
): Promise<Accounted[]> {
  const entries = await ports.ledger.list(schedule.name, { ...range, limit: 1000 });
  const entryAt = new Map(entries.map((entry) => [entry.at, entry]));
  const forgottenBefore = ports.clock.now() - SHORTEST_RETENTION_DAYS * DAY_MS;
  const runs = entries.flatMap(({ decision, jobId }) => (decision === "run" && jobId !== undefined ? [jobId] : []));
  const rows = new Set<string>();
  for (let start = 0; start < runs.length; start += 100) {
    for (const { id } of await ports.store.getMany(runs.slice(start, start + 100))) rows.add(id);
  }
  return Promise.all(
    expected.map(async (at) => {
      const entry = entryAt.get(at) ?? (await recordIfMissed(ports, schedule, at));
      const isForgotten = entry !== undefined && entry.decidedAt < forgottenBefore;
      return { at, state: isForgotten ? "done" : stateOf(entry, rows) };
    }),
  );
}

function stateOf(entry: LedgerEntry | undefined, rows: ReadonlySet<string>): Accounted["state"] {
  switch (entry?.decision) {
    case undefined:
      return "traceless";
    case "run":
      // Decided, but without its row: its worker died between the two.
      return rows.has(entry.jobId ?? "") ? "done" : "traceless";
    case "skipped":
      return "done";
    case "missed":
    case "queued":
      return entry.decision;
  }
}

/** Gives up what no tick can bring any more. */
async function recordIfMissed(
  { ledger, clock, log }: ScheduleSweepPorts,
  { name, catchUpSeconds = DEFAULT_CATCH_UP_SECONDS }: JobSchedule,
  at: EpochMs,
): Promise<LedgerEntry | undefined> {
  if (clock.now() - at <= catchUpSeconds * 1000) return undefined;
  const reason = `no tick came within ${catchUpSeconds} s`;
  const missed = {
    schedule: name,
    at,
    decision: "missed",
    decidedAt: clock.now(),
    source: "catch_up",
    reason,
  } as const;
  const entry = await ledger.decide(missed);
  if (entry.decision === "missed") {
    log.error("A scheduled run was missed.", undefined, { schedule: name, at: isoTime(at), reason });
  }
  return entry;
}

/**
 * Sends ticks for what has left no trace: at once for what is new, and again for all after a pause that doubles, for the
 * queue may only be slow. Those first in line for their turn are reminded each time.
 */
async function askForTicks(
  { queue, clock, permitGraceMs }: ScheduleSweepPorts,
  { type, schedule }: TypeSchedule,
  {
    states,
    asked,
    deadlineAt,
  }: {
    readonly states: readonly Accounted[];
    readonly asked: ScheduleCursor["asked"];
    readonly deadlineAt: EpochMs;
  },
): Promise<ScheduleCursor["asked"]> {
  const ofState = (wanted: Accounted["state"]) => states.filter(({ state }) => state === wanted).map(({ at }) => at);
  const traceless = ofState("traceless");
  const isTimeForAll = asked === undefined || clock.now() >= asked.askAgainAt;
  const chosen = traceless.filter((at) => isTimeForAll || at > asked.upTo);
  for (const at of [...ofState("queued").slice(0, MOST_REMINDED), ...chosen]) {
    if (clock.now() >= deadlineAt) return asked;
    await queue.sendTick({ v: 1, type, tick: { schedule: schedule.name, at: isoTime(at), isCatchUp: true } });
  }
  // Died here: sent again by the next sweep. The ledger counts each occurrence once.
  const latest = traceless.at(-1);
  if (latest === undefined) return undefined;
  if (!isTimeForAll) return { ...asked, upTo: Math.max(asked.upTo, latest) };
  const times = (asked?.times ?? 0) + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, permitGraceMs * 2 ** times);
  return { times, askAgainAt: clock.now() + pauseMs, upTo: latest };
}

function isSame(before: ScheduleCursors, after: ScheduleCursors): boolean {
  const text = (cursors: ScheduleCursors) =>
    Object.entries(cursors)
      .map(([name, { until, expression, asked }]) =>
        [name, until, expression, asked?.askAgainAt ?? "", asked?.upTo ?? ""].join("|"),
      )
      .toSorted()
      .join("\n");
  return text(before) === text(after);
}
