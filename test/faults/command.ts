import { randomInt } from "node:crypto";

import { readOptions, USAGE, type CommandOptions } from "./command-options.ts";
import { registerModuleHooks } from "./module-hooks.ts";
import type { Report } from "./report.ts";
import { runInThreads } from "./threads.ts";

registerModuleHooks();
// After the hooks: these load handlers.
const { loadSubjects } = await import("./subjects.ts");
const { replay, runHarness } = await import("./harness.ts");

async function main(options: CommandOptions): Promise<boolean> {
  if (options.mode === "help") return print(USAGE, true);
  if (options.mode === "replay") {
    const { trace, violations } = await replay(await loadSubjects(), options.schedule);
    return print([...trace, ...violations.map((each) => `FOUND ${each}`)].join("\n"), violations.length === 0);
  }
  const report = await runAll(options);
  return print(options.isJson ? report.json(options.seed) : report.text(options.seed), report.failures.length === 0);
}

async function runAll({
  mode,
  count,
  isAll,
  types,
  seed,
  catalogShare,
  probeShare,
  ...rest
}: CommandOptions): Promise<Report> {
  const options = { mode, count, isAll, types, seed, catalogShare, probeShare };
  if (!rest.isOnEmulators) return runInThreads(options, rest.threads);
  const { lendEmulatedStore } = await import("./emulated-store.ts");
  return runHarness(await loadSubjects(), { ...options, lendStore: lendEmulatedStore });
}

function print(text: string, isFine: boolean): boolean {
  process.stdout.write(`${text}\n`);
  return isFine;
}

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2), randomInt(2 ** 31)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
