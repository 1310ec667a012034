/**
 * `npm run bench:rate [-- --jobs 1000]`: a rate limit of 50 a second in real time: so many jobs are enqueued at once on the
 * embedded stack (its functions are processes, its services emulators). What it should take is jobs / 50 seconds. Exits
 * with 1 when that is off by more than a tenth, when a job used more than one attempt, or when anything was parked.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { openStack, stackSettings } from "../client/open-stack.ts";
import { startRuntime } from "../local/runtime.ts";
import { enqueueMany, toEnqueue } from "../shared/engine/enqueue.ts";
import type { Job } from "../shared/job/job.ts";
import { limitedCall, RATE, rateLimitCatalog } from "./support/rate-limit/catalog.ts";
import { waitForFact } from "../test/support/facts.ts";
import { MemoryLog } from "../test/support/simulation.ts";

const { values } = parseArgs({ options: { jobs: { type: "string", default: "1000" } } });
const jobs = Number(values.jobs);
const expectedSeconds = jobs / RATE;
const TYPE = limitedCall.type;
/** DynamoDB's limit of one BatchGetItem. */
const MOST_A_READ = 100;

await using runtime = await startRuntime({
  synthesis: {
    catalog: rateLimitCatalog,
    functionsDir: fileURLToPath(new URL("support/rate-limit/functions", import.meta.url)),
    rules: "none",
  },
  quiet: true,
  print: () => {},
});
Object.assign(process.env, runtime.info.environment, {
  AWS_ACCESS_KEY_ID: runtime.info.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: runtime.info.credentials.secretAccessKey,
});
const stack = openStack(stackSettings(process.env));
const { store, deadLetters } = stack.ports;

// The functions' processes start with the first job, and stay.
await enqueueMany({ ...stack.ports, log: new MemoryLog() }, [toEnqueue(limitedCall, { number: 0 })]);
await allEnded(1);
const enqueued = await enqueueMany(
  { ...stack.ports, log: new MemoryLog() },
  Array.from({ length: jobs }, (_, index) => toEnqueue(limitedCall, { number: index + 1 })),
);
await allEnded(jobs + 1);
report(await rowsOf(enqueued.map(({ id }) => id)), await deadLetters.depth(TYPE));
stack.close();

/** The ids of what has completed, once there are so many. */
async function allEnded(count: number): Promise<readonly string[]> {
  const list = { by: "ended", type: TYPE, status: "completed" } as const;
  return waitForFact(
    `${count} jobs to complete`,
    async () => {
      const ids: string[] = [];
      for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
        const page = await store.list(list, { limit: 1_000, ...(after !== undefined && { after }) }, Date.now());
        ids.push(...page.entries.map(({ id }) => id));
        after = page.next;
      }
      return ids.length >= count ? ids : undefined;
    },
    (expectedSeconds * 3 + 120) * 1000,
  );
}

async function rowsOf(ids: readonly string[]): Promise<readonly Job[]> {
  const rows: Job[] = [];
  for (let from = 0; from < ids.length; from += MOST_A_READ) {
    rows.push(...(await store.getMany(ids.slice(from, from + MOST_A_READ))));
  }
  return rows;
}

function report(rows: readonly Job[], parked: number): void {
  const starts = rows.map(({ history }) => history[0]?.from ?? Number.NaN).toSorted((a, b) => a - b);
  const first = starts.at(0) ?? Number.NaN;
  const seconds = ((starts.at(-1) ?? Number.NaN) - first) / 1000;
  const attempts = rows.reduce((sum, row) => sum + row.attempts, 0);
  const perSecond = Map.groupBy(starts, (at) => Math.floor((at - first) / 1000));
  print(`${jobs.toLocaleString("en-US")} jobs at ${RATE} a second (embedded stack)`);
  print(line("seconds", seconds.toFixed(1), `expected ${expectedSeconds.toFixed(1)}`));
  print(line("attempts", String(attempts), `expected ${jobs}`));
  print(line("parked in the DLQ", String(parked), "expected 0"));
  print(
    line("most in a second", String(Math.max(...[...perSecond.values()].map((each) => each.length))), `limit ${RATE}`),
  );
  print("begun in each second:");
  for (let second = 0; second <= seconds; second += 1) {
    const count = perSecond.get(second)?.length ?? 0;
    print(`${String(second).padStart(4)} s ${String(count).padStart(4)} ${"#".repeat(count)}`);
  }
  const isInTime = Math.abs(seconds - expectedSeconds) <= expectedSeconds / 10;
  if (isInTime && attempts === jobs && parked === 0) return;
  print("That is not what the rate limit promises.");
  process.exitCode = 1;
}

function line(what: string, value: string, beside: string): string {
  return `${what.padEnd(20)}${value.padStart(8)}   ${beside}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
