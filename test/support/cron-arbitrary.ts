import * as fc from "fast-check";

/** A cron field as text, and what it matches, said independently of any parser. */
interface Field {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

export interface RandomCron {
  readonly text: string;
  readonly isOfEveryHour: boolean;
  /** Whether a local time, given as an ISO date without zone, is one of its times. */
  matches(localTime: string): boolean;
}

const WEEK_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

const any = (min: number, max: number): fc.Arbitrary<Field> =>
  fc.constant({ text: "*", values: new Set(range(min, max)) });

function steps(min: number, max: number): fc.Arbitrary<Field> {
  return fc
    .integer({ min: 1, max: max - min })
    .map((step) => ({ text: `*/${step}`, values: new Set(range(min, max, step)) }));
}

function ranges(min: number, max: number): fc.Arbitrary<Field> {
  const bounds = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 1, max: 5 }));
  return bounds.map(([one, other, step]) => {
    const [from, to] = [Math.min(one, other), Math.max(one, other)];
    if (from === to) return { text: String(from), values: new Set([from]) };
    const suffix = step === 1 || step > max - min ? "" : `/${step}`;
    return { text: `${from}-${to}${suffix}`, values: new Set(range(from, to, suffix === "" ? 1 : step)) };
  });
}

function lists(min: number, max: number): fc.Arbitrary<Field> {
  return fc
    .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 })
    .map((values) => ({ text: values.join(","), values: new Set(values) }));
}

const field = (min: number, max: number): fc.Arbitrary<Field> =>
  fc.oneof(any(min, max), steps(min, max), ranges(min, max), lists(min, max));

/** Numbers and names, Sunday as 0 and as 7. */
function weekDays(): fc.Arbitrary<Field> {
  const plain = fc.oneof(lists(0, 7), ranges(0, 7));
  return fc.oneof(steps(0, 6), plain, plain.map(named)).map(({ text, values }) => ({
    text,
    values: new Set([...values].map((day) => day % 7)),
  }));
}

const named = ({ text, values }: Field): Field => ({
  text: text.includes("/") ? text : text.replaceAll(/\d/g, (day) => WEEK_DAYS[Number(day)] ?? ""),
  values,
});

/** Cron expressions of every form that schedules take, but `L`; many of them fire in the night. */
export function randomCron(): fc.Arbitrary<RandomCron> {
  const everyDay = { text: "*", values: new Set(range(1, 31)) };
  const everyWeekDay = { text: "*", values: new Set(range(0, 6)) };
  const days = fc.oneof(
    fc.constant([everyDay, everyWeekDay] as const),
    field(1, 28).map((day) => [day.text === "*" ? everyDay : inMonth(day), everyWeekDay] as const),
    weekDays().map((weekDay) => [everyDay, weekDay] as const),
  );
  const hours = fc.oneof(field(0, 23), lists(0, 3));
  const months = fc.oneof({ weight: 3, arbitrary: any(1, 12) }, { weight: 1, arbitrary: field(1, 12) });
  return fc.tuple(field(0, 59), hours, days, months).map(([minute, hour, [day, weekDay], month]) => ({
    text: [minute, hour, day, month, weekDay].map(({ text }) => text).join(" "),
    isOfEveryHour: hour.values.size === 24,
    matches: (localTime) => {
      const at = new Date(`${localTime}Z`);
      return (
        minute.values.has(at.getUTCMinutes()) &&
        hour.values.has(at.getUTCHours()) &&
        day.values.has(at.getUTCDate()) &&
        month.values.has(at.getUTCMonth() + 1) &&
        weekDay.values.has(at.getUTCDay())
      );
    },
  }));
}

/** A step over the month goes on to its 31st. */
function inMonth({ text, values }: Field): Field {
  const [, step] = /^\*\/(\d+)$/.exec(text) ?? [];
  return { text, values: step === undefined ? values : new Set(range(1, 31, Number(step))) };
}
