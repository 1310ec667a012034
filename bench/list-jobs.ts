/**
 * `npm run bench:lists [-- --rows 200000] [--store memory|dynalite]`: what listing and counting read when there are many
 * jobs, against the bounds that the code promises: a page of 50, the dearest of the first three. Exits with 1 when one is
 * passed. The times are those of the emulator or of the test's store, which sorts its lists anew for each page.
 */
import { parseArgs } from "node:util";

import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import type { JobStore } from "../shared/ports/job-store.ts";
import { openDynaliteTables } from "../test/support/dynalite-tables.ts";
import { fill, readings, type Reading } from "../test/support/many-jobs.ts";
import { MemoryJobStore } from "../test/support/memory-job-store.ts";

const { values } = parseArgs({
  options: { store: { type: "string", default: "memory" }, rows: { type: "string" } },
});
const isDynalite = values.store === "dynalite";
const rows = Number(values.rows ?? (isDynalite ? 20_000 : 200_000));

if (isDynalite) {
  const tables = await openDynaliteTables();
  await measure(new DynamoJobStore(tables.documents, "jobs"));
  await tables.close();
} else {
  await measure(new MemoryJobStore());
}

async function measure(store: JobStore): Promise<void> {
  await fill(store, rows);
  const measured = await readings(store);
  print(`${rows.toLocaleString("en-US")} jobs (${values.store})`);
  print(line("", "found", "items read", "at most", "ms"));
  for (const { what, found, itemsRead, bound, ms } of measured) {
    print(line(what, found, String(itemsRead), String(bound), ms.toFixed(0)));
  }
  if (measured.some(isTooMuch)) {
    print("Something reads more than it may.");
    process.exitCode = 1;
  }
}

function isTooMuch({ itemsRead, bound }: Reading): boolean {
  return itemsRead > bound;
}

function line(what: string, found: string, ...numbers: readonly string[]): string {
  return `${what.padEnd(38)}${found.padEnd(20)}${numbers.map((number) => number.padStart(12)).join("")}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
