/**
 * `npm run bench:sweep`: what a sweep over 100,000 rows of 2 KB needs: seconds, and memory in a process whose heap may grow to
 * 128 MB, as a function of the smallest size has it. Ten times the rows must not need more: kept, they would take 200 MB.
 * Time is virtual (200 ms a page), so that the sweep goes on in several claims; the ports are in memory.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import * as z from "zod";

import { defineJob } from "../shared/job/define-job.ts";
import { fixed } from "../shared/job/retry-policy.ts";
import { Simulation } from "../test/support/simulation.ts";

const HEAP_MB = 128;
const ROW_COUNTS = [10_000, 100_000];
const PAGE_SIZE = 100;
const PAGE_MS = 200;
const ROW_TEXT_BYTES = 2_000;

const definition = defineJob({
  type: "bench",
  summary: "Measured.",
  payload: z.object({ rows: z.number() }),
  retry: { maxAttempts: 3, backoff: fixed(1) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

interface Row {
  readonly number: number;
  readonly text: string;
}

/** A page of rows, each with a text of its own, as a database's answer has it. */
function rowsFrom(first: number, rows: number): Row[] {
  return Array.from({ length: Math.min(PAGE_SIZE, rows - first) }, (_, index) => ({
    number: first + index,
    text: Buffer.alloc(ROW_TEXT_BYTES, String(first + index)).toString("latin1"),
  }));
}

/** Sweeps, and prints what it took. */
async function measure(rows: number): Promise<void> {
  let peakHeapBytes = 0;
  const simulation: Simulation<{ rows: number }> = new Simulation(definition, (job) =>
    job.sweep("rows", {
      page: async (first: number = 0) => {
        peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed);
        simulation.clock.advance(PAGE_MS);
        const next = first + PAGE_SIZE;
        return { items: rowsFrom(first, rows), ...(next < rows && { next }) };
      },
      key: ({ number }) => `row-${number}`,
      isDue: ({ number }) => number % 10 > 0,
      each: async ({ number, text }) => {
        await Promise.resolve(text);
        if (number % 1_000 === 1) throw new Error("A row that is not right.");
      },
    }),
  );
  const beganAt = performance.now();
  await simulation.enqueue({ rows });
  await simulation.settle();
  const seconds = (performance.now() - beganAt) / 1_000;
  const { status, history, sweeps = {} } = simulation.job();
  if (status !== "completed") throw new Error(`The job is ${status}.`);
  globalThis.gc?.();
  const liveHeapBytes = process.memoryUsage().heapUsed;
  process.stdout.write(
    `${rows} rows: ${JSON.stringify(sweeps["rows"]?.counts)} in ${history.length} claims and ${seconds.toFixed(1)} s; ` +
      `heap ${inMb(peakHeapBytes)} at most, ${inMb(liveHeapBytes)} at the end; ` +
      `RSS ${inMb(process.resourceUsage().maxRSS * 1_024)} at most\n`,
  );
}

const inMb = (bytes: number) => `${Math.round(bytes / 1_048_576)} MB`;

/** One process for each measurement: peaks are the process's. */
function measureInChild(rows: number): void {
  const flags = [`--max-old-space-size=${HEAP_MB}`, "--expose-gc", "--import", "tsx"];
  const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), String(rows)], {
    stdio: "inherit",
  });
  if (child.status !== 0) throw new Error(`The sweep over ${rows} rows ended with ${child.signal ?? child.status}.`);
}

const [, , rowsAsked] = process.argv;
if (rowsAsked === undefined) for (const rows of ROW_COUNTS) measureInChild(rows);
else await measure(Number(rowsAsked));
