import { compactTime, isoTime } from "../shared/engine/iso-time.ts";
import { jobIdFor } from "../shared/engine/new-job.ts";
import { occurrencesBetween } from "../shared/job/occurrences.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { JobSchedule } from "../shared/job/schedule.ts";
import { START } from "../test/support/virtual-clock.ts";
import { planOf, type FaultPlan } from "./faults.ts";
import { inTimeOf } from "./faked-date.ts";
import { TestKitError } from "./kit-error.ts";
import type { Tested, WorldOptions } from "./options.ts";
import { assertAllMet, createWorld } from "./run-job.ts";
import { settle } from "./settle.ts";
import { epochOfMoment, type Moment } from "./test-clock.ts";
import { runOn, type TestRun } from "./test-run.ts";
import type { World } from "./world.ts";

const YEARS_MS = 5 * 366 * 24 * 60 * 60 * 1000;

/**
 * Runs the job of one occurrence of a schedule, as its tick begins it: with the schedule's payload, and with the occurrence
 * in `job.occurrence`.
 *
 * @param at the occurrence; the first one from `options.now` on by default.
 * @param options.now when the tick arrives; the occurrence's own time by default. Later, it is caught up.
 * @throws TestKitError when there is no such schedule or occurrence, or when the occurrence is not run: what is older than
 *   `catchUpSeconds` is missed.
 */
export async function runSchedule<Payload>(
  tested: Tested<Payload>,
  name: string,
  at?: Moment,
  options: WorldOptions = {},
): Promise<TestRun> {
  const { plan, unmet } = planOf(options.faults ?? []);
  const { world, jobId, assertRun } = await tickIn(tested, { name, at }, options, plan);
  await inTimeOf(world.clock, () => settle(world, options.limitMs));
  await assertRun();
  const run = await runOn(world, jobId, options.limitMs);
  assertAllMet(unmet(), run.calls);
  return run;
}

/** A world with a schedule's tick in it, whose job is not there yet. */
export async function tickIn<Payload>(
  tested: Tested<Payload>,
  { name, at }: { readonly name: string; readonly at: Moment | undefined },
  options: WorldOptions,
  plan: FaultPlan,
): Promise<{ readonly world: World; readonly jobId: string; readonly assertRun: () => Promise<void> }> {
  const { type, schedules = [] } = tested.definition;
  const schedule = schedules.find((each) => each.name === name);
  if (schedule === undefined) {
    const names = schedules.map((each) => `"${each.name}"`).join(", ");
    throw new TestKitError(`${type} has no schedule "${name}". It has ${names === "" ? "none" : names}.`);
  }
  const now = options.now === undefined ? undefined : epochOfMoment(options.now);
  const occurrence = at === undefined ? nextOccurrence(schedule, now ?? START) : checked(schedule, epochOfMoment(at));
  // The tick comes no earlier than its time.
  const world = await createWorld(tested, { ...options, now: Math.max(now ?? occurrence, occurrence) }, plan);
  world.queue.put(type, JSON.stringify({ v: 1, type, tick: { schedule: name, at: isoTime(occurrence) } }));
  const assertRun = async () => {
    const { decision = "undecided", reason } = (await world.ledger.get(name, occurrence)) ?? {};
    if (decision === "run") return;
    const why = reason === undefined ? "" : `, ${reason}`;
    throw new TestKitError(`The occurrence ${isoTime(occurrence)} of "${name}" was not run: ${decision}${why}.`);
  };
  return { world, jobId: jobIdFor(type, `${name}-${compactTime(occurrence)}`), assertRun };
}

function checked(schedule: JobSchedule, at: EpochMs): EpochMs {
  if (occurrencesBetween(schedule, at - 1, at, 1).length > 0) return at;
  const next = isoTime(nextOccurrence(schedule, at));
  const zone = schedule.timeZone ?? "UTC";
  throw new TestKitError(
    `"${schedule.name}" (${schedule.cron}, ${zone}) has no occurrence at ${isoTime(at)}; the next one is at ${next}.`,
  );
}

function nextOccurrence(schedule: JobSchedule, from: EpochMs): EpochMs {
  const [next] = occurrencesBetween(schedule, from - 1, from + YEARS_MS, 1);
  if (next !== undefined) return next;
  throw new TestKitError(`"${schedule.name}" (${schedule.cron}) has no occurrence in the next five years.`);
}
