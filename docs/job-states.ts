/**
 * Writes docs/job-states.md from the engine's own state table: `npm run docs:states`.
 * With `--check` nothing is written; the exit status says whether the page is up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { isTerminal, JOB_STATUSES, MOVES } from "../shared/job/job-state.ts";

const PAGE = fileURLToPath(new URL("job-states.md", import.meta.url));

/** The page, from `MOVES`. */
export function jobStatesPage(): string {
  const moves = Object.entries(MOVES);
  const arrows = moves.flatMap(([name, { from, to }]) => from.map((status) => `  ${status} --> ${to}: ${name}`));
  const ends = JOB_STATUSES.filter((status) => isTerminal(status)).map((status) => `  ${status} --> [*]`);
  const rows = moves.map(([name, { from, to, when }]) => `| ${name} | ${from.join(", ")} | ${to} | ${when} |`);
  return [
    "# The states of a job",
    "",
    "Made from `shared/job/job-state.ts` by `npm run docs:states`; do not edit.",
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> pending: enqueue",
    ...arrows,
    ...ends,
    "```",
    "",
    "| move | from | to | when |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function main(): void {
  const page = jobStatesPage();
  if (!process.argv.includes("--check")) return writeFileSync(PAGE, page);
  if (readFileSync(PAGE, "utf8") === page) return undefined;
  process.stderr.write("docs/job-states.md is not what the state table says. Run `npm run docs:states`.\n");
  process.exitCode = 1;
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
