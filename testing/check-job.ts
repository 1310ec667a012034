import { resolveJob } from "../shared/engine/control.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { EndStatus } from "../shared/job/job-state.ts";
import type { Job } from "../shared/job/job.ts";
import type { FaultKind, FaultPlan } from "./faults.ts";
import { inTimeOf } from "./faked-date.ts";
import { TestKitError } from "./kit-error.ts";
import type { RunOptions, Tested } from "./options.ts";
import { differences, endOf, type RunEnd } from "./run-end.ts";
import { enqueueIn } from "./run-job.ts";
import { tickIn } from "./run-schedule.ts";
import { settle } from "./settle.ts";
import type { Moment } from "./test-clock.ts";
import type { World } from "./world.ts";

/** The options of `checkJob`: those of `runJob`, whose faults it makes itself. */
export type CheckOptions = Omit<RunOptions, "faults" | "limitMs"> & {
  /** How the job ends undisturbed; `completed` by default. */
  readonly expectedStatus?: EndStatus;
  /** Called before each run: set your own fakes back to where they begin. */
  readonly beforeEach?: () => void | Promise<void>;
  /** What else must end up the same, such as what your own fakes have taken: plain data. */
  readonly alsoCompare?: () => unknown;
};

/** What a check went through, when it has found nothing. */
export interface CheckReport {
  /** Runs, the undisturbed one included. */
  readonly runs: number;
  /** The undisturbed run's calls. */
  readonly calls: readonly string[];
  /** What happened twice, as an effect with `onUnknown: "resend"` allows where nobody can tell whether it happened. */
  readonly resends: readonly string[];
}

const DISTURBANCES = ["crash before", "crash after", "answer lost"] as const satisfies readonly FaultKind[];
const MOST_WORDS = 10;

/**
 * Does the job survive a crash, wherever it comes? Runs it undisturbed, then again and again: with its process dying before
 * each call to the world, and after it, and with the call's answer lost. Each time everything outside must end up as
 * undisturbed: mails, messages, effects, files, records, further jobs, and how the job ends. A job that stops for a person is
 * answered truthfully. Times, random ids and what the handler returns may differ.
 *
 * Runs the handler three times for each of its calls: some hundred runs. `npm run faults` does the same and more to the
 * types of the catalog: duplicates, stalls, wrong clocks.
 *
 * @throws TestKitError that lists every difference, with the places at which a crash makes it.
 */
export function checkJob<Payload>(
  tested: Tested<Payload>,
  payload: NoInfer<Payload>,
  options: CheckOptions = {},
): Promise<CheckReport> {
  return check(tested.definition, options, (plan) => enqueueIn(tested, payload, options, plan));
}

/**
 * The same for the job of one occurrence of a schedule; see `runSchedule`.
 *
 * @throws TestKitError as `checkJob` does
 */
export function checkSchedule<Payload>(
  tested: Tested<Payload>,
  name: string,
  at?: Moment,
  options: CheckOptions = {},
): Promise<CheckReport> {
  return check(tested.definition, options, (plan) => tickIn(tested, { name, at }, options, plan));
}

type Begin = (plan: FaultPlan) => Promise<{ readonly world: World; readonly jobId: string }>;

async function check(
  { type, retry }: Pick<JobDefinition, "type" | "retry">,
  options: CheckOptions,
  begin: Begin,
): Promise<CheckReport> {
  const once = (plan: FaultPlan) => runOnce(options, () => begin(plan));
  const calm = await once(() => undefined);
  assertExpected(calm, options);
  const found = new Map<string, string[]>();
  const resends = new Set<string>();
  const note = (text: string, place: string) => found.set(text, [...(found.get(text) ?? []), place]);
  for (const [index, call] of calm.calls.entries()) {
    for (const kind of DISTURBANCES) {
      const place = `${kind === "answer lost" ? "the answer lost of" : kind} ${call} (call ${index + 1})`;
      const disturbed = await once((_, number) => (number === index + 1 ? kind : undefined)).catch(stuck);
      if (disturbed instanceof TestKitError) {
        note(disturbed.message, place);
        continue;
      }
      for (const text of disturbed.problems) note(text, place);
      for (const { text, isAllowed } of differences(calm.end, disturbed.end, retry.maxAttempts)) {
        if (isAllowed) resends.add(text);
        else note(text, place);
      }
    }
  }
  const runs = 1 + calm.calls.length * DISTURBANCES.length;
  if (found.size > 0) throw new TestKitError(textOf(type, found, runs));
  return { runs, calls: calm.calls, resends: [...resends] };
}

/** A job that fails by itself, for want of a record perhaps, does nothing that a crash could spoil. */
function assertExpected({ end, problems, thrown }: Checked, { expectedStatus = "completed" }: CheckOptions): void {
  if (problems.length > 0) throw new TestKitError(problems.join("\n"));
  if (end.status === expectedStatus) return;
  const code = end.errorCode === undefined ? "" : ` (${end.errorCode})`;
  throw new TestKitError(
    `Undisturbed, the job ends ${end.status}${code}, not ${expectedStatus}. See what it needs with \`runJob\` first, or ` +
      "give `expectedStatus`.",
    { cause: thrown },
  );
}

interface Checked {
  readonly end: RunEnd;
  readonly calls: readonly string[];
  readonly problems: readonly string[];
  readonly thrown: unknown;
}

async function runOnce(options: CheckOptions, begin: () => ReturnType<Begin>): Promise<Checked> {
  await options.beforeEach?.();
  const { world, jobId } = await begin();
  await inTimeOf(world.clock, async () => {
    await settle(world);
    for (let word = 1; word <= MOST_WORDS && (await answerTruthfully(world)); word += 1) await settle(world);
  });
  const job = await world.store.get(jobId);
  if (job === undefined) throw new TestKitError(`the job ${jobId} was lost`);
  const end = await endOf(world, job, options.alsoCompare?.());
  return { end, calls: [...world.calls], problems: [...world.problems], thrown: world.seen(jobId).thrown.at(-1) };
}

/** @returns whether there was a job that waited for a person. */
async function answerTruthfully(world: World): Promise<boolean> {
  const waiting = world.live().find((job) => job.status === "needs_review");
  if (waiting?.status !== "needs_review") return false;
  const { effect } = waiting.review;
  const receipt = doneAs(world, waiting, effect);
  const decision = receipt === undefined ? ({ again: true } as const) : ({ sent: true, receipt } as const);
  await resolveJob(world.ports, waiting.id, effect, decision, "tester");
  return true;
}

/** The id of what was done, whoever knows of it. */
function doneAs({ mailer, messenger, observations }: World, { id }: Job, effect: string): string | undefined {
  const taken = [...mailer.mails, ...messenger.messages];
  const own = taken.find((each) => each.jobId === id && each.effect === effect);
  const sends = observations.get(id)?.sends ?? [];
  return own?.id ?? sends.find((each) => each.effect === effect && each.receipt !== undefined)?.receipt;
}

/** What cannot be run to its end is a finding of its own; anything else is not ours to explain. */
function stuck(error: unknown): TestKitError {
  if (error instanceof TestKitError) return error;
  throw error;
}

const MOST_PLACES = 5;

function textOf(type: string, found: ReadonlyMap<string, readonly string[]>, runs: number): string {
  const lines = [...found].flatMap(([text, places]) => {
    const more = places.length > MOST_PLACES ? [`    … and ${places.length - MOST_PLACES} more`] : [];
    return [`- ${text}`, ...places.slice(0, MOST_PLACES).map((place) => `    ${place}`), ...more];
  });
  return (
    `${type} does not survive every crash (${runs} runs; each line says what differs, then where the crash was):\n` +
    `${lines.join("\n")}\nPut what is sent into \`job.effect\`, and what is written into \`job.step\` or under keys that ` +
    "do not change, so that an attempt that begins again finds it."
  );
}
