/**
 * Writes the pages that come from code, and the snippets of those that people write: `npm run docs:pages`. With `--check`
 * nothing is written; the exit status says whether they are up to date.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { catalog, type CatalogEntry } from "../shared/catalog/index.ts";
import { isTerminal, JOB_STATUSES, MOVES } from "../shared/job/job-state.ts";
import { backoffDelayMs, type RetryPolicy } from "../shared/job/retry-policy.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../shared/job/schedule.ts";
import { referencePage } from "./reference.ts";
import { fillPage, pagesWithSnippets } from "./snippets.ts";

/** The pages by file name. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "job-states.md": jobStatesPage,
  "job-types.md": jobTypesPage,
  "reference.md": () => referencePage(),
};

const madeFrom = (source: string): string => `Made from \`${source}\` by \`npm run docs:pages\`; do not edit.`;

/** From the engine's state table. */
function jobStatesPage(): string {
  const moves = Object.entries(MOVES);
  const arrows = moves.flatMap(([name, { from, to }]) => from.map((status) => `  ${status} --> ${to}: ${name}`));
  const ends = JOB_STATUSES.filter((status) => isTerminal(status)).map((status) => `  ${status} --> [*]`);
  const rows = moves.map(([name, { from, to, when }]) => `| ${name} | ${from.join(", ")} | ${to} | ${when} |`);
  return [
    "# The states of a job",
    "",
    madeFrom("shared/job/job-state.ts"),
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

/** From the catalog. */
function jobTypesPage(): string {
  const rows = catalog.map(({ domain, definition: { type, summary, retry, run } }) => {
    const limits = `${run.timeoutSeconds} s, ${run.memoryMb} MB, ${run.batchSize} a batch`;
    return `| \`${type}\` | ${domain} | ${summary} | ${limits} | ${run.maxConcurrency ?? "–"} | ${attempts(retry)} |`;
  });
  return [
    "# The job types",
    "",
    madeFrom("shared/catalog"),
    "",
    "| type | domain | what it does | function | at once, at most | attempts (waits between) |",
    "|---|---|---|---|---|---|",
    ...rows,
    ...schedulesSection(catalog),
    "",
  ].join("\n");
}

/** The time tables of the types that have some; nothing if none has. */
export function schedulesSection(entries: readonly CatalogEntry[]): string[] {
  const rows = entries.flatMap(({ definition: { type, schedules = [] } }) =>
    schedules.map((schedule) => scheduleRow(type, schedule)),
  );
  if (rows.length === 0) return [];
  const header = ["| schedule | type | cron | time zone | overlap | caught up with for |", "|---|---|---|---|---|---|"];
  return ["", "## Schedules", "", ...header, ...rows];
}

function scheduleRow(type: string, schedule: JobSchedule): string {
  const { name, cron, timeZone = "UTC", overlap = "skip", catchUpSeconds = DEFAULT_CATCH_UP_SECONDS } = schedule;
  const when = `\`${cron}\`${schedule.enabled === false ? " (disabled)" : ""}`;
  return `| \`${name}\` | \`${type}\` | ${when} | ${timeZone} | ${overlap} | ${catchUpSeconds} s |`;
}

function attempts({ maxAttempts, backoff }: RetryPolicy): string {
  const waits = Array.from(
    { length: maxAttempts - 1 },
    (_, index) => `${backoffDelayMs(backoff, index + 1, 0) / 1000} s`,
  );
  return waits.length === 0 ? "1" : `${maxAttempts} (${waits.join(", ")})`;
}

function main(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const made = Object.entries(PAGES).map(([name, page]) => ({ file: `docs/${name}`, text: page(), problems: [] }));
  const filled = pagesWithSnippets(root).map((file) => ({ file, ...fillPage(root, file) }));
  for (const { file, text, problems } of [...made, ...filled]) {
    const path = join(root, file);
    for (const problem of problems) complain(problem);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    if (process.argv.includes("--check")) complain(`${file} is not what the code says. Run \`npm run docs:pages\`.`);
    else writeFileSync(path, text);
  }
}

function complain(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
