import type { CommandOptions } from "./command-options.ts";
import { doubleFaults, singleFaults } from "./enumerate.ts";
import type { StoreLender } from "./emulated-store.ts";
import { explore, parseExploration } from "./explore.ts";
import { nameOf, parseSchedule, type Schedule } from "./fault-plan.ts";
import type { Remains } from "./oracle.ts";
import { Random } from "./random.ts";
import { Report } from "./report.ts";
import { runSchedule } from "./run-schedule.ts";
import { isOf, subjectNamed, type Subject } from "./subject.ts";

export type HarnessOptions = Pick<CommandOptions, "mode" | "count" | "isAll" | "types" | "seed"> & {
  /** Opens the jobs table that is used instead of memory; then only a share is run. */
  readonly lendStore?: (() => Promise<StoreLender>) | undefined;
  /** Whether to stop at the first schedule in which something is found. */
  readonly isOneEnough?: boolean;
};

/** Pairs of faults tried for a subject: all of them, or a sample of so many. */
const MOST_PAIRS = 4_000;
/** Against the emulators: these subjects, and every so manieth schedule of each. */
const EMULATED = { types: ["probe_parcel", "invoice_email"], every: 20 };

/** Runs all schedules that the options ask for. */
export async function runHarness(subjects: readonly Subject[], options: HarnessOptions): Promise<Report> {
  const types = options.types ?? (options.lendStore === undefined ? undefined : EMULATED.types);
  const chosen =
    types === undefined ? subjects : subjects.filter((subject) => types.some((type) => isOf(subject, type)));
  if (chosen.length === 0)
    throw new Error(`No subject of ${types?.join(", ")}. Known: ${subjects.map(({ name }) => name).join(", ")}.`);
  const report = new Report();
  if (options.mode === "random") await runRandom(chosen, options, report);
  else await runAllPlanned(chosen, options, report);
  return report;
}

/** Runs one schedule again and tells all that happens in it. */
export async function replay(
  subjects: readonly Subject[],
  name: string,
): Promise<{ readonly trace: readonly string[]; readonly violations: readonly string[] }> {
  if (name.startsWith("random:")) {
    const { subject, seed } = parseExploration(name);
    const { trace, findings } = await explore(subjectNamed(subjects, subject), seed, { isTraced: true });
    return { trace, violations: findings.violations };
  }
  const schedule = parseSchedule(name);
  const subject = subjectNamed(subjects, schedule.subject);
  const baseline = await baselineOf(subject);
  const { trace, findings } = await runSchedule(subject, schedule, { baseline, isTraced: true });
  return { trace, violations: findings.violations };
}

export async function baselineOf(subject: Subject): Promise<Remains> {
  const nothing: Schedule = { subject: subject.name, strikes: [], isDuplicated: false, environment: "plain" };
  const { remains, findings } = await runSchedule(subject, nothing);
  if (!findings.isClean || remains.rootStatus === undefined) {
    throw new Error(`${subject.name} fails without any fault: ${findings.violations.join("; ")}`);
  }
  if (subject.mustComplete === true && remains.rootStatus !== "completed") {
    throw new Error(
      `The example of "${subject.name}" ends ${remains.rootStatus}. Give its definition one that the handler does to its end.`,
    );
  }
  return remains;
}

async function runAllPlanned(subjects: readonly Subject[], options: HarnessOptions, report: Report): Promise<void> {
  const lender = await options.lendStore?.();
  try {
    for (const subject of subjects) if (!isDone(report, options)) await runPlanned(subject, options, report, lender);
  } finally {
    await lender?.close();
  }
}

async function runPlanned(
  subject: Subject,
  options: HarnessOptions,
  report: Report,
  lender?: StoreLender,
): Promise<void> {
  const baseline = await baselineOf(subject);
  const schedules =
    options.mode === "double" ? doubleFaults(subject) : singleFaults(subject, options.isAll ? "all" : "in turn");
  for await (const schedule of sampled(schedules, options)) {
    const store = lender === undefined ? {} : { store: lender.store };
    const { findings, jobIds } = await runSchedule(subject, schedule, { baseline, ...store });
    await lender?.forget(jobIds);
    report.add(subject.name, nameOf(schedule), findings);
    if (isDone(report, options)) return;
  }
}

/** All schedules of a mode; of pairs a seeded sample where they are too many, and a share against the emulators. */
async function* sampled(
  schedules: AsyncIterable<Schedule>,
  { mode, seed, isAll, lendStore }: HarnessOptions,
): AsyncIterable<Schedule> {
  if (lendStore !== undefined) return yield* everyNth(schedules, EMULATED.every);
  if (mode !== "double" || isAll) return yield* schedules;
  const all: Schedule[] = [];
  for await (const each of schedules) all.push(each);
  const random = new Random(seed);
  const share = MOST_PAIRS / all.length;
  for (const each of all) if (share >= 1 || random.chance(share)) yield each;
}

async function* everyNth(schedules: AsyncIterable<Schedule>, nth: number): AsyncIterable<Schedule> {
  let index = 0;
  for await (const each of schedules) {
    if (index % nth === 0) yield each;
    index += 1;
  }
}

async function runRandom(subjects: readonly Subject[], options: HarnessOptions, report: Report): Promise<void> {
  const { count, seed } = options;
  for (let index = 0; index < count; index += 1) {
    const subject = subjects[index % subjects.length];
    if (subject === undefined) return;
    const { findings, name } = await explore(subject, seed + index);
    report.add(subject.name, name, findings);
    if (isDone(report, options)) return;
  }
}

const isDone = ({ failures }: Report, { isOneEnough }: HarnessOptions): boolean =>
  isOneEnough === true && failures.length > 0;
