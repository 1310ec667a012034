import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { synthesise } from "../infra/app.ts";
import { allEntries, SERVICE_ENTRIES } from "../infra/function-entries.ts";
import { type CatalogEntry, catalog } from "../shared/catalog/index.ts";
import { generatedCatalog } from "../test/infra/support/generated-catalog.ts";
import { stubFunctions } from "../test/infra/support/stub-functions.ts";

// How long `npm run synth` takes with so many functions. Usage: npm run bench:synth -- [--functions 30]
// The job types are generated; their handlers are the real ones in turn, so that every bundle has its full size.

const FUNCTIONS_DIR = path.resolve(import.meta.dirname, "../functions");
/** Functions that are there whatever the job types; one job type more is the least that can be synthesised. */
const SERVICE_COUNT = Object.keys(SERVICE_ENTRIES).length;

async function main(): Promise<void> {
  try {
    const functionCount = readFunctionCount();
    const { seconds, handlers } = await measure(generatedCatalog(functionCount - SERVICE_COUNT));
    process.stdout.write(`synth with ${functionCount} functions, ${handlers} different: ${seconds.toFixed(1)} s\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function readFunctionCount(): number {
  const { values } = parseArgs({ options: { functions: { type: "string", default: "30" } } });
  const count = Number(values.functions);
  if (Number.isInteger(count) && count > SERVICE_COUNT) return count;
  throw new Error(`--functions is "${values.functions}": it must be a whole number from ${SERVICE_COUNT + 1}.`);
}

async function measure(types: CatalogEntry[]): Promise<{ readonly seconds: number; readonly handlers: number }> {
  const realHandlers = allEntries(catalog)
    .map((entry) => path.join(FUNCTIONS_DIR, `${entry}.ts`))
    .filter((file) => existsSync(file));
  const functionsDir = stubFunctions(allEntries(types), (_, index) => {
    const real = realHandlers[index % realHandlers.length];
    return `export { handler } from ${JSON.stringify(real)};\n`;
  });
  const outdir = mkdtempSync(path.join(tmpdir(), "backline-bench-"));
  try {
    const startedMs = performance.now();
    await synthesise({ outdir, functionsDir, catalog: types, rules: "cdk-nag" });
    return { seconds: (performance.now() - startedMs) / 1000, handlers: realHandlers.length };
  } finally {
    for (const folder of [outdir, functionsDir]) rmSync(folder, { recursive: true, force: true });
  }
}

await main();
