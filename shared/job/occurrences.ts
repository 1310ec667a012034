// oxlint-disable no-restricted-globals -- Date is croner's type for an instant; nothing here reads the clock.
import { Cron } from "croner";

import { cronProblems, readCron } from "./cron-fields.ts";
import type { EpochMs } from "./job.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "./schedule.ts";

/** A lost tick is noticed after two minutes, sent again within another, and clocks may be five apart. */
const SHORTEST_CATCH_UP_SECONDS = 600;
const LONGEST_CATCH_UP_SECONDS = 30 * 24 * 60 * 60;

const DEFAULT_ZONE = "UTC";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What is needed to know when a schedule fires. */
export type TimeTable = Pick<JobSchedule, "cron" | "timeZone">;

/** The time that a clock on the wall shows, as if that clock stood in UTC. */
type LocalMs = number;

/**
 * The expected occurrences of a schedule in (after, until], oldest first, `limit` at most.
 *
 * The nights on which the clocks change follow from what the schedule says:
 * - of certain hours (`30 2 * * *`): each of its local times has one occurrence. A time that the clocks leave out stands
 *   for the moment after the gap (02:30 → 03:00); of a time that comes twice, the first counts. So a daily schedule has one
 *   occurrence for every local day.
 * - of every hour (`30 * * * *`): an hour that is left out has none, an hour that comes twice has two. So an interval stays
 *   an interval.
 *
 * @throws RangeError for a schedule that `scheduleProblems` refuses.
 */
export function occurrencesBetween(schedule: TimeTable, after: EpochMs, until: EpochMs, limit: number): EpochMs[] {
  const next = isOfEveryHour(schedule) ? nextMatch(schedule) : nextLocalTime(schedule);
  const found: EpochMs[] = [];
  let at = next(after);
  while (at !== undefined && at <= until && found.length < limit) {
    found.push(at);
    at = next(at);
  }
  return found;
}

/**
 * The occurrence that a tick with this scheduled time stands for: itself, mostly.
 *
 * On the night in autumn, EventBridge Scheduler fires one of two equal local times and does not say which; both stand for
 * the expected one. A tick with seconds belongs to its minute. A time that is no occurrence stands for itself: the
 * schedule may have been changed since the tick was sent.
 */
export function occurrenceOf(schedule: TimeTable, at: EpochMs): EpochMs {
  const minute = at - (at % MINUTE_MS);
  if (isOccurrence(schedule, minute)) return minute;
  const { timeZone = DEFAULT_ZONE } = schedule;
  const first = firstInstantOf(localTimeOf(minute, timeZone), timeZone);
  return isOccurrence(schedule, first) ? first : at;
}

const isOccurrence = (schedule: TimeTable, at: EpochMs): boolean =>
  occurrencesBetween(schedule, at - 1, at, 1).length > 0;

/** What is wrong with a schedule, for whoever declared it; none if croner and EventBridge Scheduler can both run it. */
export function scheduleProblems(schedule: Omit<JobSchedule, "payload">): string[] {
  const { name, cron, timeZone = DEFAULT_ZONE, catchUpSeconds = DEFAULT_CATCH_UP_SECONDS } = schedule;
  const problems = cronProblems(cron).map((problem) => `\`cron\` "${cron}": ${problem}`);
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  check(/^[a-z][a-z0-9-]{0,39}$/.test(name), "`name` must be kebab-case, 40 characters at most");
  check(isZone(timeZone), `\`timeZone\` "${timeZone}" must be a time zone of the IANA database, such as Europe/Berlin`);
  check(
    Number.isInteger(catchUpSeconds) &&
      catchUpSeconds >= SHORTEST_CATCH_UP_SECONDS &&
      catchUpSeconds <= LONGEST_CATCH_UP_SECONDS,
    `\`catchUpSeconds\` must be a whole number from ${SHORTEST_CATCH_UP_SECONDS} to ${LONGEST_CATCH_UP_SECONDS} (30 days)`,
  );
  return problems.map((problem) => `schedule "${name}": ${problem}`);
}

/** JavaScript also takes offsets (`+02:00`) and any case; EventBridge Scheduler takes neither. */
function isZone(timeZone: string): boolean {
  if (!/^[A-Z]/.test(timeZone)) return false;
  try {
    const { timeZone: known } = new Intl.DateTimeFormat("en-US", { timeZone }).resolvedOptions();
    return known === timeZone || known.toLowerCase() !== timeZone.toLowerCase();
  } catch {
    return false;
  }
}

const isOfEveryHour = ({ cron }: TimeTable): boolean => readCron(cron).hour.values.length === 24;

type NextOccurrence = (after: EpochMs) => EpochMs | undefined;

/** croner's own treatment of a wildcard in the hours, whatever the hours are written as. */
function nextMatch({ cron, timeZone = DEFAULT_ZONE }: TimeTable): NextOccurrence {
  const table = new Cron(cron, { mode: "5-part", timezone: timeZone });
  return (after) => table.nextRun(new Date(after))?.getTime();
}

/**
 * croner only says the local times, as if in UTC, where no clock changes. Given the zone, it would leave out what a gap holds
 * of a list of hours or stepped minutes, and any gap that ends at midnight (Nuuk), and run such lists twice in autumn.
 */
function nextLocalTime({ cron, timeZone = DEFAULT_ZONE }: TimeTable): NextOccurrence {
  const table = new Cron(cron, { mode: "5-part", timezone: "UTC" });
  return (after) => {
    let local: LocalMs | undefined = localTimeOf(after, timeZone);
    let at: EpochMs | undefined = after;
    // An instant that is not later is a local time's first one, while `after` is in its second hour.
    while (at !== undefined && at <= after) {
      local = table.nextRun(new Date(local))?.getTime();
      if (local === undefined) return undefined;
      at = firstInstantOf(local, timeZone);
    }
    return at;
  };
}

/** The first instant at which a zone's clocks show a local time; the moment after the gap if they never do. */
function firstInstantOf(local: LocalMs, timeZone: string): EpochMs {
  // A day to either side is past any offset there is, and never past two changes.
  const byOffsetAt = (near: EpochMs): EpochMs => local - (localTimeOf(near, timeZone) - near);
  const candidates = [byOffsetAt(local - DAY_MS), byOffsetAt(local + DAY_MS)];
  const [from, until] = [Math.min(...candidates), Math.max(...candidates)];
  const shown = [from, until].find((candidate) => localTimeOf(candidate, timeZone) === local);
  return shown ?? endOfGap(local, { from, until, timeZone });
}

/** Clocks change on whole minutes; before the change they show less than `local`, after it more. */
function endOfGap(
  local: LocalMs,
  { from, until, timeZone }: { from: EpochMs; until: EpochMs; timeZone: string },
): EpochMs {
  if (until - from <= MINUTE_MS) return until;
  const middle = from + Math.floor((until - from) / 2 / MINUTE_MS) * MINUTE_MS;
  const isPast = localTimeOf(middle, timeZone) > local;
  return endOfGap(local, { from: isPast ? from : middle, until: isPast ? middle : until, timeZone });
}

function localTimeOf(at: EpochMs, timeZone: string): LocalMs {
  const parts = formatOf(timeZone).formatToParts(at);
  const valueOf = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value ?? Number.NaN);
  const [year, month, day] = [valueOf("year"), valueOf("month"), valueOf("day")];
  return Date.UTC(year, month - 1, day, valueOf("hour"), valueOf("minute"), valueOf("second"));
}

/** Making one takes a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = "numeric";
  const fields = {
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  } as const;
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...fields });
  formats.set(timeZone, format);
  return format;
}
