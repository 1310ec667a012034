import { type CronField, readCron, WEEK_DAYS } from "./cron-fields.ts";

/**
 * The expression by which EventBridge Scheduler fires as crontab(5) would: `0 2 * * 1-5` → `cron(0 2 ? * MON-FRI *)`.
 *
 * EventBridge differs in three things: it has a sixth field for the year, wants `?` in the day field that says nothing, and
 * counts week days from Sunday = 1, which is why they are written as names. Its documentation knows steps by a start
 * only (`0/15`), and none of week days: other steps become lists.
 *
 * @throws RangeError for a cron expression that it cannot say, see `scheduleProblems`.
 */
export function toSchedulerExpression(cron: string): string {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = readCron(cron);
  const isByWeekDay = dayOfWeek.text !== "*";
  const days = isByWeekDay ? "?" : dayOfMonth.isLastDay ? "L" : inField(dayOfMonth, { first: 1, count: 31 });
  return `cron(${[
    inField(minute, { first: 0, count: 60 }),
    inField(hour, { first: 0, count: 24 }),
    days,
    inField(month, { first: 1, count: 12 }),
    isByWeekDay ? inRuns(dayOfWeek.values, (day) => WEEK_DAYS[day] ?? "") : "?",
    "*",
  ].join(" ")})`;
}

function inField({ text, values }: CronField, { first, count }: { first: number; count: number }): string {
  if (values.length === count) return "*";
  const [, step] = /^\*\/(\d+)$/.exec(text) ?? [];
  return step === undefined ? inRuns(values, String) : `${first}/${Number(step)}`;
}

/** `1,2,3,5` → `1-3,5`: so the longest expression has 241 characters, and EventBridge takes 256. */
function inRuns(values: readonly number[], nameOf: (value: number) => string): string {
  const runs: number[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run?.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs
    .map((run) =>
      run.length < 3 ? run.map(nameOf).join(",") : [run[0], run.at(-1)].map((end) => nameOf(end ?? 0)).join("-"),
    )
    .join(",");
}
