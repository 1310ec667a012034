import type { EpochMs } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-state.ts";
import { occurrencesBetween } from "../../job/occurrences.ts";
import type { JobSchedule } from "../../job/schedule.ts";
import type { LedgerEntry, ScheduleLedger } from "../../ports/schedule-ledger.ts";
import type { InsightPorts } from "./list-jobs.ts";

/** A run that was decided later than this after its time is late. */
const LATE_MS = 5 * 60_000;
/** Occurrences of one report, and what one reading of the ledger gives at most. */
const MOST_OCCURRENCES = 1_000;
/** A minute schedule's in a month; the time table is counted through from the beginning of the range. */
const MOST_COUNTED = 45_000;
/** What one `getMany` takes. */
const LARGEST_GET = 100;
/** A leap day's schedule has its next occurrence in eight years at most. */
const LONGEST_PAUSE_MS = 9 * 366 * 24 * 60 * 60 * 1000;

/**
 * - `ran`, `late` (decided over five minutes after its time), `caught_up` (the scheduler's tick left no trace, the ticker's
 *   own did it)
 * - `skipped`, `missed`, `queued`: as the ledger says, with its reason
 * - `open`: not accounted for yet; the ticker looks after it
 * - `not_in_force`: nobody expected it then, for the schedule was new, changed or switched off
 * - `to_come`: its time has not come
 */
export type OccurrenceState =
  | "ran"
  | "late"
  | "caught_up"
  | "skipped"
  | "missed"
  | "queued"
  | "open"
  | "not_in_force"
  | "to_come";

export interface OccurrenceReport {
  readonly at: EpochMs;
  readonly state: OccurrenceState;
  readonly decidedAt?: EpochMs;
  readonly reason?: string;
  readonly jobId?: string;
  /** As of now; absent when the row is gone, or not there yet. */
  readonly jobStatus?: JobStatus;
}

export interface ScheduleReport {
  readonly schedule: string;
  /** By the time table, from now on; absent for a schedule that is switched off. */
  readonly next?: EpochMs;
  /** Newest first. */
  readonly occurrences: readonly OccurrenceReport[];
  /** There are older occurrences in the range, which were not looked at; ask for a shorter one. */
  readonly isMore: boolean;
}

/**
 * What became of each occurrence of a schedule from `from` until `until`, both inclusive: those that the time table expects,
 * and what else the ledger knows (of a time table that has been changed since).
 */
export async function reportSchedule(
  ports: InsightPorts & { readonly ledger: ScheduleLedger },
  schedule: JobSchedule,
  range: { readonly from: EpochMs; readonly until: EpochMs },
): Promise<ScheduleReport> {
  const { from, until } = range;
  const now = ports.clock.now();
  const all = occurrencesBetween(schedule, from - 1, until, MOST_COUNTED);
  const expected = all.slice(-MOST_OCCURRENCES);
  const begin = all.length > expected.length ? (expected[0] ?? from) : from;
  const entries = await ports.ledger.list(schedule.name, { from: begin, until, limit: MOST_OCCURRENCES });
  const accountedUntil = (await ports.ledger.cursors()).value[schedule.name]?.until;
  const known = new Map(entries.map((entry) => [entry.at, entry]));
  const times = [...new Set([...expected, ...known.keys()])].toSorted((one, other) => other - one);
  const statuses = await statusesOf(ports, entries);
  const [next] = occurrencesBetween(schedule, now, now + LONGEST_PAUSE_MS, 1);
  return {
    schedule: schedule.name,
    ...(next !== undefined && schedule.enabled !== false && { next }),
    occurrences: times.map((at) => reportOf(at, { now, accountedUntil, schedule, statuses, entry: known.get(at) })),
    isMore: all.length > expected.length || entries.length === MOST_OCCURRENCES,
  };
}

interface Known {
  readonly now: EpochMs;
  /** As the ticker's cursor says. */
  readonly accountedUntil: EpochMs | undefined;
  readonly schedule: JobSchedule;
  readonly statuses: ReadonlyMap<string, JobStatus>;
  readonly entry: LedgerEntry | undefined;
}

function reportOf(at: EpochMs, { entry, statuses, ...known }: Known): OccurrenceReport {
  if (entry === undefined) return { at, state: stateWithoutEntry(at, known) };
  const { decidedAt, reason, jobId } = entry;
  const jobStatus = statuses.get(jobId ?? "");
  return {
    at,
    state: stateOf(entry),
    decidedAt,
    ...(reason !== undefined && { reason }),
    ...(jobId !== undefined && { jobId }),
    ...(jobStatus !== undefined && { jobStatus }),
  };
}

function stateOf({ decision, source, decidedAt, at }: LedgerEntry): OccurrenceState {
  if (decision !== "run") return decision;
  if (source === "catch_up") return "caught_up";
  return decidedAt - at > LATE_MS ? "late" : "ran";
}

/** The ticker's cursor never passes an occurrence that it expects and that is not in the ledger. */
function stateWithoutEntry(
  at: EpochMs,
  { now, accountedUntil, schedule }: Pick<Known, "now" | "accountedUntil" | "schedule">,
): OccurrenceState {
  const isInForce = schedule.enabled !== false && accountedUntil !== undefined && at > accountedUntil;
  if (at > now) return schedule.enabled === false ? "not_in_force" : "to_come";
  return isInForce ? "open" : "not_in_force";
}

async function statusesOf(
  { store }: InsightPorts,
  entries: readonly LedgerEntry[],
): Promise<ReadonlyMap<string, JobStatus>> {
  const ids = entries.flatMap(({ jobId }) => jobId ?? []);
  const statuses = new Map<string, JobStatus>();
  for (let from = 0; from < ids.length; from += LARGEST_GET) {
    const jobs = await store.getMany(ids.slice(from, from + LARGEST_GET));
    for (const { id, status } of jobs) statuses.set(id, status);
  }
  return statuses;
}
