import { Cron } from "croner";

/** When a schedule fires next. */
export type NextFiring = (after: Date) => Date | undefined;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads an EventBridge schedule expression: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)` or `at(2026-11-22T08:00:00)`.
 *
 * @param timeZone of `cron` and `at`; a rate has none.
 * @param from when the schedule was created: a rate counts from there.
 * @throws Error for anything that EventBridge Scheduler would not take.
 */
export function readSchedule(expression: string, timeZone: string, from: Date): NextFiring {
  const [, kind = "", argument = ""] = /^(rate|cron|at)\((.+)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case "rate":
      return everyRate(argument, from);
    case "cron":
      return everyCron(argument, timeZone);
    case "at":
      return onceAt(argument, timeZone);
    default:
      throw new Error(`"${expression}" is no schedule expression: use rate(…), cron(…) or at(…).`);
  }
}

function everyRate(argument: string, from: Date): NextFiring {
  const [, value, unit] = /^(\d+) (minute|hour|day)s?$/.exec(argument) ?? [];
  const intervalMs = Number(value) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (!(intervalMs > 0))
    throw new Error(`"rate(${argument})" is no rate: use rate(5 minutes), rate(1 hour) or rate(2 days).`);
  return (after) => {
    const passed = Math.floor((after.getTime() - from.getTime()) / intervalMs);
    return new Date(from.getTime() + (passed + 1) * intervalMs);
  };
}

/**
 * AWS counts week days from Sunday = 1 and has a field for the year; croner takes names and numbers from 0. Its "sloppy
 * ranges" are AWS's `0/15`.
 */
function everyCron(argument: string, timeZone: string): NextFiring {
  const [minute, hour, dayOfMonth, month, dayOfWeek, year, ...others] = argument.split(/\s+/);
  if (year === undefined || others.length > 0) throw new Error(`"cron(${argument})" must have six fields.`);
  const pattern = ["0", minute, hour, anyDay(dayOfMonth), month, weekDays(anyDay(dayOfWeek)), year].join(" ");
  const cron = new Cron(pattern, { timezone: timeZone, mode: "7-part", sloppyRanges: true });
  return (after) => cron.nextRun(after) ?? undefined;
}

const anyDay = (field = "*"): string => (field === "?" ? "*" : field);

/** `2-6` → `1-5`; what follows `/` or `#` is a step or an ordinal, no day. */
const weekDays = (field: string): string => field.replaceAll(/(?<![/#\d])\d+/g, (day) => String(Number(day) - 1));

function onceAt(argument: string, timeZone: string): NextFiring {
  const cron = new Cron(argument, { timezone: timeZone });
  return (after) => cron.nextRun(after) ?? undefined;
}
