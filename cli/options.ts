import { Argument, InvalidArgumentError, Option } from "commander";

import { catalog, definitionNamed } from "../shared/catalog/index.ts";
import { singleLine } from "../shared/contracts/fields.ts";
import { jobId } from "../shared/contracts/messages.ts";
import { epochOf } from "../shared/engine/iso-time.ts";
import { JOB_STATUSES } from "../shared/job/job-state.ts";
import type { EpochMs } from "../shared/job/job.ts";

// Options that several commands have. What is wrong with them is said by commander, in words, before anything is read.

const DAY_MS = 24 * 60 * 60 * 1000;
const TIME = "must be a time in UTC: 2026-11-22, or 2026-11-22T14:30:00Z.";

export const JOB_TYPES = catalog.map(({ definition }) => definition.type);

export const typeOption = (): Option =>
  new Option("--type <type>", "of this job type").choices(JOB_TYPES).argParser(readType);
export const statusOption = (): Option => new Option("--status <status>", "in this status").choices(JOB_STATUSES);
export const jsonOption = (): Option => new Option("--json", "answer with JSON");
export const fromOption = (): Option =>
  new Option("--from <time>", "from then on: 2026-11-22 or 2026-11-22T14:30:00Z").argParser(readTime);
export const untilOption = (): Option =>
  new Option("--until <time>", "until then, inclusive; of a date, until its end").argParser((text) =>
    isDate(text) ? readTime(text) + DAY_MS - 1 : readTime(text),
  );
export const limitOption = (): Option =>
  new Option("--limit <jobs>", "jobs a page, 1 to 100").default(50).argParser(readWhole);

export const idArgument = (): Argument => new Argument("<id>", "the job's id").argParser(readId);
export const idsArgument = (): Argument =>
  new Argument("[ids...]", "ids of jobs").argParser((id: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    readId(id),
  ]);
export const byOption = (description: string): Option => new Option("--by <you>", description).argParser(readWords);

export const atOption = (): Option =>
  new Option("--at <time>", "not before: 2026-11-22 or 2026-11-22T14:30:00Z").argParser(readTime);

export const groupOption = (): Option => new Option("--group <group>", "all job types of this group");
export const reasonOption = (): Option =>
  new Option("--reason <words>", "why, for whoever finds it later").argParser(readWords);

/** When a pause ends: at a time, or so long after it began. */
export type PauseEnd = { readonly at: EpochMs } | { readonly afterMs: number };

export const pauseEndOption = (): Option =>
  new Option(
    "--until <time>",
    "until then: 2026-11-22 (until its end), 2026-11-22T14:30:00Z, or a duration: 90s, 45m, 2h, 3d (default: until resumed)",
  ).argParser(readPauseEnd);

/** A job type by its name or one of its aliases. */
export function readType(text: string): string {
  const definition = definitionNamed(text);
  if (definition === undefined) throw new InvalidArgumentError(`There are ${JOB_TYPES.join(", ")}.`);
  return definition.type;
}

function readId(text: string): string {
  if (!jobId.safeParse(text).success) throw new InvalidArgumentError("An id has 1 to 200 of A-Z, a-z, 0-9, _ and -.");
  return text;
}

/** Somebody's words that are kept on a row. */
export function readWords(text: string): string {
  const { success, data } = words.safeParse(text);
  if (!success) throw new InvalidArgumentError("must be 1 to 200 characters in one line, without control characters.");
  return data;
}

const words = singleLine(200);

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

function readTime(text: string): EpochMs {
  if (!isDate(text) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text)) {
    throw new InvalidArgumentError(TIME);
  }
  const at = epochOf(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError(TIME);
  return at;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS };

function readPauseEnd(text: string): PauseEnd {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs !== undefined) return { afterMs: Number(count) * unitMs };
  if (!/^\d{4}-/.test(text)) throw new InvalidArgumentError(`${TIME.slice(0, -1)}, or a duration: 90s, 45m, 2h, 3d.`);
  return { at: isDate(text) ? readTime(text) + DAY_MS : readTime(text) };
}

export function readWhole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("must be a whole number.");
  return Number(text);
}
