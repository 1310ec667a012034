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
  /** Of the schedules of the catalog's types; 1 by default. */
  readonly catalogShare?: number;
  /** The same of the harness's own probes. */
  readonly probeShare?: number;
  /** Which part of the work is done here, of how many; all of it by default. */
  readonly part?: WorkPart;
  /** Whether to stop at the first schedule in which something is found. */
  readonly isOneEnough?: boolean;
};

/** Part `index` of `of` equal ones, counted from 0. */
export interface WorkPart {
  readonly index: number;
  readonly of: number;
}

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
  for await (const schedule of inPart(sampled(subject, schedules, options), options.part)) {
    const store = lender === undefined ? {} : { store: lender.store };
    const { findings, jobIds } = await runSchedule(subject, schedule, { baseline, ...store });
    await lender?.forget(jobIds);
    report.add(subject.name, nameOf(schedule), findings);
    if (isDone(report, options)) return;
  }
}

/** All schedules of a mode, or a seeded sample: of the catalog's types, of pairs where they are too many; and a share against the emulators. */
async function* sampled(
  { isOfCatalog }: Subject,
  schedules: AsyncIterable<Schedule>,
  { mode, seed, isAll, lendStore, catalogShare = 1, probeShare = 1 }: HarnessOptions,
): AsyncIterable<Schedule> {
  if (lendStore !== undefined) return yield* inPart(schedules, { index: 0, of: EMULATED.every });
  const share = isOfCatalog === true ? catalogShare : probeShare;
  if (mode === "single") return yield* drawn(schedules, share, new Random(seed));
  if (mode !== "double" || isAll) return yield* schedules;
  const all: Schedule[] = [];
  for await (const each of schedules) all.push(each);
  yield* drawn(all, MOST_PAIRS / all.length, new Random(seed));
}

async function* drawn(
  schedules: AsyncIterable<Schedule> | Iterable<Schedule>,
  share: number,
  random: Random,
): AsyncIterable<Schedule> {
  for await (const each of schedules) if (share >= 1 || random.chance(share)) yield each;
}

/** Every so manieth: parts are equally long, whatever is next to what. */
async function* inPart(
  schedules: AsyncIterable<Schedule>,
  { index, of }: WorkPart = { index: 0, of: 1 },
): AsyncIterable<Schedule> {
  let number = 0;
  for await (const each of schedules) {
    if (number % of === index) yield each;
    number += 1;
  }
}

async function runRandom(subjects: readonly Subject[], options: HarnessOptions, report: Report): Promise<void> {
  const { count, seed, part = { index: 0, of: 1 } } = options;
  for (let { index } = part; index < count; index += part.of) {
    const subject = subjects[index % subjects.length];
    if (subject === undefined) return;
    const { findings, name } = await explore(subject, seed + index);
    report.add(subject.name, name, findings);
    if (isDone(report, options)) return;
  }
}

const isDone = ({ failures }: Report, { isOneEnough }: HarnessOptions): boolean =>
  isOneEnough === true && failures.length > 0;
