import type { Command } from "commander";

import { catalog } from "../../shared/catalog/index.ts";
import { editPayload } from "../../shared/engine/control/edit-payload.ts";
import { retryJob } from "../../shared/engine/control/retry-job.ts";
import type { BulkPorts } from "../../shared/engine/control/run-bulk.ts";
import { tidyDeadLetters } from "../../shared/engine/control/tidy-dead-letters.ts";
import { IllegalMoveError } from "../../shared/errors/job-errors.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { Job } from "../../shared/job/job.ts";
import { plain } from "../layout.ts";
import { answer } from "../open-engine.ts";
import { idArgument } from "../options.ts";
import { readJson } from "../read-json.ts";
import { addBulk, each, typesOf, type Controlled } from "./bulk.ts";

/**
 * Adds the commands that change jobs: `retry`, `edit`, `replay`, `retry-many`, `cancel-many`, `tidy`. Those about many
 * jobs are dry runs without `--yes`.
 */
export function registerControl(
  program: Command,
  open: () => BulkPorts,
  definitions: readonly JobDefinition[] = catalog.map(({ definition }) => definition),
): void {
  const controlled = { open, definitions };
  program.commandsGroup("Steering:");
  program
    .command("retry")
    .addArgument(idArgument())
    .description("runs a failed or waiting job now")
    .action((id: string) => retry(open(), id));
  program
    .command("edit")
    .addArgument(idArgument())
    .description("gives a failed job another payload for its next run; what is done stays done")
    .requiredOption("--by <you>", "who wants it; kept on the row")
    .requiredOption("--file <payload.json>", "the whole new payload")
    .action((id: string, options: { file: string; by: string }) => edit(controlled, id, options));
  addBulk(program, controlled, { name: "replay", action: "replay", description: "begins the next run of failed jobs" });
  addBulk(program, controlled, {
    name: "retry-many",
    action: "retry",
    description: "runs jobs now that wait for their time or their next attempt",
  });
  addBulk(program, controlled, {
    name: "cancel-many",
    action: "cancel",
    description: "cancels jobs that have not ended; running ones are asked to stop",
  });
  program
    .command("tidy")
    .description("removes from DLQs the dead letters that mean no work any more")
    .option("--type <type>", "of this job type; may be given several times; all by default", each)
    .action((options: { type?: readonly string[] }) => tidy(controlled, typesOf(controlled, options.type)));
}

async function retry(ports: BulkPorts, id: string): Promise<void> {
  if ((await retryJob(ports, id)) === "hastened") return answer(`${id} runs now.`);
  const type = (await ports.store.get(id))?.type;
  const letter = `Its dead letter stays in the DLQ until:  npm run job -- tidy --type ${plain(type ?? "<type>")}`;
  answer(`${id} begins its next run.\n${letter}`);
}

async function edit(
  { open, definitions }: Controlled,
  id: string,
  { file, by }: { readonly file: string; readonly by: string },
): Promise<void> {
  const payload = await readJson(file);
  const ports = open();
  const job = await ports.store.get(id);
  if (job === undefined) throw new IllegalMoveError("edit", id, undefined);
  const definition = definitions.find(({ type }) => type === job.type);
  if (definition === undefined) throw new Error(`The catalog has no job type ${job.type} any more.`);
  const { changed, job: edited } = await editPayload(ports, definition, id, payload, by);
  if (changed.length === 0) return answer(`The payload of ${id} is this one already; nothing is written.`);
  const names = changed.map(plain).join(", ");
  const next = `It stays failed until:  npm run job -- replay ${id} --yes`;
  answer([`Changed in the payload of ${id}: ${names}.`, ...doneLines(edited), next].join("\n"));
}

/** What the new payload does not change any more. */
function doneLines({ steps, effects }: Job): string[] {
  const sent = Object.entries(effects).flatMap(([name, { receipt }]) => (receipt === undefined ? [] : [name]));
  return [
    ...Object.keys(steps).map((name) => `Step ${plain(name)} is done and is not run again.`),
    ...sent.map((name) => `Effect ${plain(name)} is done and is not sent again.`),
  ];
}

async function tidy({ open }: Controlled, types: readonly string[]): Promise<void> {
  const ports = open();
  for (const type of types) {
    const { removed, kept, isComplete } = await tidyDeadLetters(ports, type);
    answer(`${type}: ${removed} removed, ${kept} left${isComplete ? "" : "; there are more, run it again"}.`);
  }
}
