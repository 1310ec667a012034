import type { Findings } from "./findings.ts";
import { judge, type Remains } from "./oracle.ts";
import { Random } from "./random.ts";
import { runSchedule } from "./run-schedule.ts";
import type { Subject } from "./subject.ts";
import { moodOf, Walk } from "./walk.ts";
import { World } from "./world.ts";

const LONGEST_USUAL_LAG_MS = 59_000;
const baselines = new WeakMap<Subject, Promise<Remains>>();

export interface Exploration {
  readonly name: string;
  readonly findings: Findings;
  readonly trace: readonly string[];
}

/** @throws Error when the text names no exploration. */
export function parseExploration(name: string): { readonly subject: string; readonly seed: number } {
  const [mode, subject = "", seed] = name.split(":");
  if (mode === "random" && Number.isSafeInteger(Number(seed))) return { subject, seed: Number(seed) };
  throw new Error(`"${name}" is no random schedule. Example: random:invoice_email:42`);
}

/**
 * A random walk: whatever can happen next is picked by a seeded random source (a call let through or answered, a worker
 * started, a tick, time, a person, a redrive), with random faults; then everything calms down, and the end is judged.
 */
export async function explore(subject: Subject, seed: number, { isTraced = false } = {}): Promise<Exploration> {
  const random = new Random(seed);
  const mood = moodOf(random);
  const world: World = new World({
    subject,
    isTraced,
    random: () => random.next(),
    lag: () => (mood.isLagging && !world.isCalm ? random.below(4) : 0),
    reportLagMs: () => random.below(LONGEST_USUAL_LAG_MS),
  });
  const walk = new Walk(world, random, mood);
  const isQuiet = await walk.run();
  if (!isQuiet) world.findings.stick("something still moves after nine days");
  else await judge(world, { baseline: await baselineOf(subject), alsoAllowed: walk.alsoAllowed() });
  return { name: `random:${subject.name}:${seed}`, findings: world.findings, trace: world.trace };
}

function baselineOf(subject: Subject): Promise<Remains> {
  const nothing = { subject: subject.name, strikes: [], isDuplicated: false, environment: "plain" as const };
  const known = baselines.get(subject) ?? runSchedule(subject, nothing).then(({ remains }) => remains);
  baselines.set(subject, known);
  return known;
}
