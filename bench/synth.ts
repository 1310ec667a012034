import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { synthesise } from "../infra/app.ts";
import { allEntries, SERVICE_ENTRIES } from "../infra/function-entries.ts";
import { catalog } from "../shared/catalog/index.ts";
import { generatedCatalog } from "../test/infra/support/generated-catalog.ts";
import { stubFunctions } from "../test/infra/support/stub-functions.ts";

// How long `npm run synth` takes with so many functions. Usage: tsx bench/synth.ts [--functions 30]
// The job types are generated; their handlers are the real ones in turn, so that every bundle has its full size.

const FUNCTIONS_DIR = path.resolve(import.meta.dirname, "../functions");

const { values } = parseArgs({ options: { functions: { type: "string", default: "30" } } });
const functionCount = Number(values.functions);
const types = generatedCatalog(functionCount - Object.keys(SERVICE_ENTRIES).length);

const realHandlers = allEntries(catalog)
  .map((entry) => path.join(FUNCTIONS_DIR, `${entry}.ts`))
  .filter((file) => existsSync(file));
const functionsDir = stubFunctions(allEntries(types), (_, index) => {
  const real = realHandlers[index % realHandlers.length];
  return `export { handler } from ${JSON.stringify(real)};\n`;
});
const outdir = mkdtempSync(path.join(tmpdir(), "backline-bench-"));

const startedMs = performance.now();
await synthesise({ outdir, functionsDir, catalog: types, rules: "cdk-nag" });
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);

for (const folder of [outdir, functionsDir]) rmSync(folder, { recursive: true, force: true });
process.stdout.write(`synth with ${functionCount} functions, ${realHandlers.length} different: ${seconds} s\n`);
