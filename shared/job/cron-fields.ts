/** One field of a cron expression, with its names and shorthands resolved. */
export interface CronField {
  /** As written: `*` and its steps mean something of their own to EventBridge. */
  readonly text: string;
  /** What it matches, ascending; Sunday is 0. */
  readonly values: readonly number[];
  /** `L`: the month's last day, whichever that is. `values` is empty then. */
  readonly isLastDay: boolean;
}

export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
}

interface FieldRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** In the order of the values, from `min`. */
  readonly names?: readonly string[];
}

export const WEEK_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;

const RULES = {
  minute: { label: "minute", min: 0, max: 59 },
  hour: { label: "hour", min: 0, max: 23 },
  dayOfMonth: { label: "day of month", min: 1, max: 31 },
  month: { label: "month", min: 1, max: 12, names: MONTHS },
  dayOfWeek: { label: "day of week", min: 0, max: 6, names: WEEK_DAYS },
} as const satisfies Record<keyof CronFields, FieldRule>;

/** Sunday's other number in crontab(5). */
const OTHER_SUNDAY = 7;
const LONGEST_MONTHS_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Reads the cron expressions that crontab(5), croner and EventBridge Scheduler all understand in the same way: five fields
 * of numbers, names, lists, ranges and steps, and `L` for the last day of the month.
 *
 * @throws RangeError listing every problem.
 */
export function readCron(cron: string): CronFields {
  const { fields, problems } = tryCron(cron);
  if (problems.length > 0) throw new RangeError(`"${cron}" is no cron expression: ${problems.join("; ")}.`);
  return fields;
}

/** What is wrong with a cron expression; none if it can be used. */
export const cronProblems = (cron: string): string[] => tryCron(cron).problems;

function tryCron(cron: string): { fields: CronFields; problems: string[] } {
  const problems: string[] = [];
  const texts = cron.trim().split(/\s+/);
  if (texts.length !== 5) {
    problems.push(
      "it must have five fields: minute, hour, day of month, month, day of week (no seconds, no @nicknames)",
    );
  }
  const read = (text: string | undefined, rule: FieldRule): CronField => readField(text ?? "*", rule, problems);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = problems.length > 0 ? [] : texts;
  const fields = {
    minute: read(minute, RULES.minute),
    hour: read(hour, RULES.hour),
    dayOfMonth: readDayOfMonth(dayOfMonth ?? "*", problems),
    month: read(month, RULES.month),
    dayOfWeek: read(dayOfWeek, RULES.dayOfWeek),
  };
  return { fields, problems: problems.length > 0 ? problems : dayProblems(fields) };
}

function readDayOfMonth(text: string, problems: string[]): CronField {
  if (text.toUpperCase() === "L") return { text: "L", values: [], isLastDay: true };
  return readField(text, RULES.dayOfMonth, problems);
}

function readField(text: string, rule: FieldRule, problems: string[]): CronField {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const found = itemValues(item, rule);
    if (found === undefined) problems.push(`${rule.label} cannot be "${item}"`);
    for (const value of found ?? []) values.add(isWeek(rule) ? value % OTHER_SUNDAY : value);
  }
  return { text, values: [...values].sort((one, other) => one - other), isLastDay: false };
}

const isWeek = ({ names }: FieldRule): boolean => names === WEEK_DAYS;

// `*`, `5`, `MON`, `1-5`, and with a step `*/15` or `8-18/2`; undefined for anything else.
function itemValues(item: string, rule: FieldRule): number[] | undefined {
  const [, start = "", end, stepText] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(item) ?? [];
  const isAny = start === "*";
  // `5/15` is no crontab: what follows the slash needs a range or the star.
  if (stepText !== undefined && !isAny && end === undefined) return undefined;
  if (isAny && end !== undefined) return undefined;
  const from = isAny ? rule.min : valueOf(start, rule);
  const to = isAny ? rule.max : valueOf(end ?? start, rule, end !== undefined);
  const step = Number(stepText ?? 1);
  const isWithin = from >= rule.min && to <= (isWeek(rule) ? OTHER_SUNDAY : rule.max) && from <= to;
  if (!isWithin || step < 1 || step > rule.max - rule.min) return undefined;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** NaN if it is none. As a range's end, Sunday is the week's last day: `FRI-SUN`. */
function valueOf(text: string, rule: FieldRule, isEnd = false): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const index = (rule.names ?? []).indexOf(text.toUpperCase());
  if (index === 0 && isEnd && isWeek(rule)) return OTHER_SUNDAY;
  return index < 0 ? Number.NaN : rule.min + index;
}

function dayProblems({ dayOfMonth, month, dayOfWeek }: CronFields): string[] {
  if (dayOfMonth.text !== "*" && dayOfWeek.text !== "*") {
    // crontab(5) fires when either matches; EventBridge has no way to say so.
    return ["day of month and day of week cannot both be restricted: make one of them *, or two schedules"];
  }
  const [firstDay = 0] = dayOfMonth.values;
  const fires = month.values.some((value) => firstDay <= (LONGEST_MONTHS_DAYS[value - 1] ?? 0));
  return fires ? [] : ["no month has such a day: it would never fire"];
}
