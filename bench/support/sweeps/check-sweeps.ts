import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import * as z from "zod";

import { SWEEP_RUN } from "../../../shared/catalog/sweep-run.ts";
import { deadlineMarginMs } from "../../../shared/job/job-times.ts";
import { openDynaliteTables } from "../../../test/support/dynalite-tables.ts";
import { fillTable } from "./fill-tables.ts";
import { SWEEP_CASES, type SweepCase } from "./sweep-cases.ts";
import { sweepRuns, type SweepRun } from "./sweep-run.ts";
import { testRecords, type Scale } from "./test-records.ts";

/** Both runs of a sweep, and what is wrong with them. */
export interface SweepReport {
  readonly type: string;
  readonly due: number;
  readonly first: SweepRun;
  readonly second: SweepRun;
  readonly problems: readonly string[];
}

/** Half of the function's memory: the rest is the runtime's, and for buffers. One byte more, and the process ends. */
export const HEAP_MB = SWEEP_RUN.memoryMb / 2;
const PAGE_SIZE = 50;
/** Claims that a sweep is made to take, where it has so many pages. */
const LEAST_CLAIMS = 4;
/** Of a claim's time, until a sweep leaves the rest to the next claim. */
const USED_SHARE = 0.8;
const LISTED_ERRORS = 100;
const PROCESS = path.join(import.meta.dirname, "sweep-process.ts");

export interface CheckOptions {
  readonly scale: Scale;
  /** All sweeps in one process: quicker, but its peaks are those of all. */
  readonly isOneProcess: boolean;
  /** Hears how far it has come. */
  readonly say: (line: string) => void;
}

/** Fills an emulator's table, and has each sweep run twice, one sweep after the other. */
export async function checkSweeps({ scale, isOneProcess, say }: CheckOptions): Promise<SweepReport[]> {
  const tables = await openDynaliteTables();
  try {
    const beganAt = performance.now();
    const count = await fillTable(tables.documents, testRecords(scale));
    say(`${count} records are there after ${((performance.now() - beganAt) / 1_000).toFixed(0)} s`);
    const groups = isOneProcess ? [SWEEP_CASES] : SWEEP_CASES.map((each) => [each]);
    const reports: SweepReport[] = [];
    for (const group of groups) {
      const runs = await runInProcess(tables.endpoint, group, scale);
      const ofGroup = group.map((each) => reportOf(each, scale, runs[each.type]));
      for (const { type, first, problems } of ofGroup) {
        say(`${type}: ${first.seconds.toFixed(0)} s, ${problems.join("; ") || "right"}`);
      }
      reports.push(...ofGroup);
    }
    return reports;
  } finally {
    await tables.close();
  }
}

const pagesOf = (sweep: SweepCase, scale: Scale): number => Math.ceil((sweep.due(scale) + 1) / PAGE_SIZE);

function reportOf(sweep: SweepCase, scale: Scale, [first, second]: readonly SweepRun[] = []): SweepReport {
  if (first === undefined || second === undefined) throw new Error(`${sweep.type} has not run twice.`);
  const claims = Math.min(LEAST_CLAIMS, pagesOf(sweep, scale));
  const problems = [
    ...problemsOf("the first run", first, expectedOfFirst(sweep, scale)),
    ...problemsOf("the second run", second, expectedOfSecond(sweep, scale)),
    ...(first.claims < claims ? [`the first run took ${first.claims} claims, not ${claims}`] : []),
  ];
  return { type: sweep.type, due: sweep.due(scale), first, second, problems };
}

/** So long takes a page of a sweep with so many, in virtual time, that it needs several claims. */
function pageMsOf(pages: number): number {
  const { timeoutSeconds } = SWEEP_RUN;
  const claimMs = timeoutSeconds * 1_000 - deadlineMarginMs(timeoutSeconds);
  // A sweep also goes on when two more pages like the longest would not fit.
  const pagesAClaim = Math.max(1, Math.floor(pages / LEAST_CLAIMS));
  return Math.ceil((claimMs * USED_SHARE) / pagesAClaim);
}

async function runInProcess(endpoint: string, group: readonly SweepCase[], scale: Scale) {
  const sweeps = group.map((each) => ({
    type: each.type,
    file: each.file,
    pageMs: pageMsOf(pagesOf(each, scale)),
  }));
  const flags = [`--max-old-space-size=${HEAP_MB}`, "--import", "tsx"];
  const args = [...flags, PROCESS, JSON.stringify({ endpoint, sweeps })];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1_048_576 });
  return sweepRuns.parse(JSON.parse(stdout));
}

const sweepResult = z.looseObject({
  success: z.boolean(),
  errorCount: z.number(),
  errors: z.array(z.string()),
});

interface Expected {
  readonly countOf: string;
  readonly done: number;
  readonly broken: number;
  readonly created: Readonly<Record<string, number>>;
}

function expectedOfFirst({ due, broken, countOf, jobs }: SweepCase, scale: Scale): Expected {
  const failing = broken(scale);
  const { email = 0, ...others } = jobs(scale);
  const ownersMail = failing > 0 ? 1 : 0;
  return { countOf, done: due(scale) - failing, broken: failing, created: { email: email + ownersMail, ...others } };
}

/** What was broken is broken; nothing else is due, and nobody is told anything again. */
const expectedOfSecond = ({ broken, countOf }: SweepCase, scale: Scale): Expected => ({
  countOf,
  done: 0,
  broken: broken(scale),
  created: {},
});

function problemsOf(name: string, run: SweepRun, expected: Expected): string[] {
  const { countOf, done, broken, created } = expected;
  if (run.status !== "completed") return [`${name} is ${run.status}: ${JSON.stringify(run.result)}`];
  const result = sweepResult.parse(run.result);
  const types = new Set([...Object.keys(created), ...Object.keys(run.created)]);
  const comparisons: [string, unknown, unknown][] = [
    [countOf, result[countOf], done],
    ["success", result.success, broken === 0],
    ["errorCount", result.errorCount, broken],
    ["errors listed", new Set(result.errors).size, Math.min(broken, LISTED_ERRORS)],
    ...[...types].map((type): [string, unknown, unknown] => [
      `${type} jobs`,
      run.created[type] ?? 0,
      created[type] ?? 0,
    ]),
  ];
  return comparisons
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `${name}: ${what} ${String(found)} instead of ${String(wanted)}`);
}
