import * as z from "zod";

import { isTerminal } from "../../shared/job/job-state.ts";
import type { Job } from "../../shared/job/job.ts";
import type { ClientCall, Subject } from "./subject.ts";
import { rootRowOf } from "./root-job.ts";
import type { World } from "./world.ts";

// A sweep that was cancelled, has used up its attempts, or could not do everything leaves the rest to the next run of its
// schedule. Here the next run comes too, until one has done everything: then nothing may be missing, and nothing be there twice.

const NEXT_KEY = "next";
/** Runs that may come after the first one: a lock of one that gave up holds the next one back for half an hour. */
export const MOST_NEXT_RUNS = 3;

/** The type's run of an hour later. */
export const nextRunOf =
  ({ root, payload }: Subject, number: number): ClientCall =>
  ({ enqueue }) =>
    enqueue(root.definition, payload, { idempotencyKey: `${NEXT_KEY}-${number}` });

/** Whether the first run has ended, and no run has done everything. */
export function isUndone(world: World): boolean {
  const root = rootRowOf(world);
  if (world.subject.isSweep !== true || root === undefined || !isTerminal(root.status)) return false;
  return !world.rows.rows().some((job) => job.type === root.type && hasDoneAll(job));
}

/** Whether the first run has left something to another one. */
export const hadNextRun = ({ rows, subject }: World): boolean =>
  rows.rows().some(({ id }) => id.startsWith(`${subject.root.definition.type}-${NEXT_KEY}-`));

const part = z.looseObject({ skipped: z.unknown().optional() });
const result = z.looseObject({
  success: z.boolean(),
  skipped: z.unknown().optional(),
  /** Of those that run several sweeps. */
  summary: z.record(z.string(), part).optional(),
});

function hasDoneAll(job: Job): boolean {
  if (job.status !== "completed" || job.result === undefined || !("json" in job.result)) return false;
  const { success, skipped, summary = {} } = result.parse(JSON.parse(job.result.json ?? "null"));
  return success && skipped === undefined && Object.values(summary).every((each) => each.skipped === undefined);
}

/** Without the sweeps themselves, and without the owner's mail about what a run could not do: what they are for is left. */
export function workOf({ isSweep, types }: Subject, lines: readonly string[]): readonly string[] {
  if (isSweep !== true) return lines;
  const sweeps = types
    .filter(({ definition }) => isSweepType(definition))
    .map(({ definition }) => `${definition.type}-`);
  return lines.filter((line) => !sweeps.some((prefix) => line.startsWith(prefix)) && !OWNERS_MAIL.test(line));
}

/** `email-cleanup-errors-2026-01-01`, as a job and behind its mail. */
const OWNERS_MAIL = /\bemail-[a-z_]+-errors-\d{4}-\d\d-\d\d\b/;

/** Types that go through records on a schedule, and those that run several of them. */
export const isSweepType = ({ group }: Subject["root"]["definition"]): boolean =>
  group === "bookings" || group === "stores";
