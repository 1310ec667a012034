import * as z from "zod";

import { isoTime } from "../engine/iso-time.ts";
import type { ChildOutcome } from "../engine/flow/children.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { Clock } from "../ports/clock.ts";
import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { asOfOf } from "../sweeps/run-sweep-job.ts";

/** One sweep of several that a parent runs and sums up. */
export interface Part<Count extends string = string> {
  readonly definition: JobDefinition<SweepPayload>;
  /** How the summary calls what the sweep has done: `sent`. */
  readonly count: Count;
  /** How the sweep's own result calls it: `remindersSent`. */
  readonly countOf: string;
}

/** A part's line in a summary: its count beside what could not be done. */
export type PartSummary<Count extends string = string> = Readonly<Record<Count, number>> & {
  /** The first hundred; the part's own job counts all of them. */
  readonly errors: readonly string[];
  /** Another run was at it: this one has done nothing. */
  readonly skipped?: true;
};

/** What a parent of sweeps says. */
export interface SummedUp<Parts extends Readonly<Record<string, Part>>> {
  /** Whether every part has done everything. */
  readonly success: boolean;
  readonly dryRun: boolean;
  readonly summary: { readonly [Name in keyof Parts]: PartSummary<Parts[Name]["count"]> };
}

/**
 * Runs several sweeps, each as a child, all with one time that their cut-offs count from, and sums them up. One that fails
 * stops none of the others: it is an error of its part. (A run by hand that was given no time, and dies among the spawns, takes
 * the time anew for those that are missing.)
 */
export async function runParts<Parts extends Readonly<Record<string, Part>>>(
  job: JobContext<SweepPayload>,
  clock: Clock,
  parts: Parts,
): Promise<SummedUp<Parts>> {
  const payload = { dryRun: job.payload.dryRun, asOf: isoTime(await asOfOf(job, clock.now())) };
  const named = Object.entries<Part>(parts);
  // Died in here: the next attempt finds again by their names those that are there.
  for (const [name, { definition }] of named) await job.spawn(name, definition, payload);
  const outcomes = await job.waitForChildren({ onFailed: "return" });
  const ended = named.map(([name, part], index) => [name, endOf(part, outcomes[index])] as const);
  return {
    success: ended.every(([, { success }]) => success),
    dryRun: job.payload.dryRun,
    summary: summaryOf<Parts>(ended.map(([name, { summary }]) => [name, summary])),
  };
}

/** A cast: the same names, each with its own count, which `fromEntries` forgets. */
const summaryOf = <Parts extends Readonly<Record<string, Part>>>(entries: readonly (readonly [string, object])[]) =>
  Object.fromEntries(entries) as SummedUp<Parts>["summary"];

/** What is taken over of a sweep's result. */
const sweepResult = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.string()),
  skipped: z.object({ runningJobId: z.string() }).optional(),
});

function endOf({ count, countOf }: Part, outcome: ChildOutcome | undefined) {
  const result = sweepResult.safeParse(outcome?.result).data;
  if (result === undefined) {
    // Of its error the code only: what else is known stands on its row.
    const why = outcome?.error === undefined ? "" : `: ${outcome.error.code}`;
    return { success: false, summary: { [count]: 0, errors: [`${outcome?.id} ${outcome?.status}${why}`] } };
  }
  const done = result[countOf];
  const { success, errors, skipped } = result;
  const summary = { [count]: typeof done === "number" ? done : 0, errors, ...(skipped && { skipped: true }) };
  return { success, summary };
}
