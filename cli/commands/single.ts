import { Option, type Command } from "commander";

import { systemIds } from "../../shared/aws/system-ports.ts";
import { definitionNamed } from "../../shared/catalog/index.ts";
import { isBucketName } from "../../shared/contracts/buckets.ts";
import { cancelJob, dismissJob, resolveJob, type Decision } from "../../shared/engine/control.ts";
import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { EpochMs, OnDependencyFailed } from "../../shared/job/job.ts";
import { plain } from "../layout.ts";
import { answer, type CliEngine } from "../open-engine.ts";
import { atOption, byOption, idArgument, readType, readWhole, readWords } from "../options.ts";
import { readJson } from "../read-json.ts";

interface ResolveOptions {
  readonly by: string;
  readonly sent?: string;
  readonly again?: boolean;
}

/** Commands about one job: enqueue it, or say a person's word about it. */
export function registerSingle(program: Command, open: () => CliEngine): void {
  program.commandsGroup("One job:");
  program
    .command("enqueue")
    .argument("<type>", "the job type, by its name or an alias", readType)
    .description("enqueues a job; its payload is checked by the type's schema")
    .option("--file <payload.json>", "the payload")
    .option(
      "--example",
      "the type's own example instead, with the records and files that it needs: on an embedded stack only",
    )
    .option("--key <key>", "idempotency key: the same key is the same job")
    .addOption(atOption())
    .option("--tenant <tenant>", "whose work it is")
    .option("--priority <1-9>", "higher first; of prioritised types", readWhole)
    .option("--after <id>", "begins when this job has ended; may be given several times", appended)
    .addOption(
      new Option("--on-failed <what>", "what becomes of it if one of those does not complete")
        .choices(["cancel", "fail", "run"])
        .default("cancel"),
    )
    .action(async (type: string, options: EnqueueCommandOptions) => answer(await enqueue(open(), type, options)));
  program
    .command("cancel")
    .addArgument(idArgument())
    .description("no new effect after this")
    .action(async (id: string) => answer(await cancel(open(), id)));
  program
    .command("dismiss")
    .addArgument(idArgument())
    .description("gives a failed job up: it counts as cancelled, and no replay begins it again")
    .action(async (id: string) => answer(await dismiss(open(), id)));
  program
    .command("resolve")
    .addArgument(idArgument())
    .argument("<effect>", "the effect's name")
    .description("says whether an effect of unknown outcome happened; the job then goes on")
    .addOption(byOption("who says so; kept on the row").makeOptionMandatory())
    .addOption(
      new Option("--sent <receipt>", "it happened: the other side's id of it").argParser(readWords).conflicts("again"),
    )
    .option("--again", "it did not happen, or is to be done again")
    .action(async (id: string, effect: string, options: ResolveOptions, command: Command) => {
      const decision = decisionOf(options);
      if (decision === undefined) command.error("error: say either --sent <receipt> or --again");
      await resolveJob(open(), id, effect, decision, options.by);
      answer(`${id} goes on.`);
    });
}

interface EnqueueCommandOptions {
  readonly file?: string;
  readonly example?: true;
  readonly key?: string;
  readonly at?: EpochMs;
  readonly tenant?: string;
  readonly priority?: number;
  readonly after?: readonly string[];
  readonly onFailed: OnDependencyFailed;
}

const appended = (id: string, before: readonly string[] = []): string[] => [...before, id];

async function enqueue(engine: CliEngine, type: string, options: EnqueueCommandOptions): Promise<string> {
  const { key, at, tenant, priority, after, onFailed } = options;
  const definition = definitionNamed(type);
  if (definition === undefined) throw new Error(`There is no job type ${type}.`); // `readType` has said so before
  const { id, isNew } = await createEnqueue({ ...engine, ids: systemIds })(
    definition,
    await payloadOf(engine, definition, options),
    {
      ...(key !== undefined && { idempotencyKey: key }),
      ...(at !== undefined && { runAt: at }),
      ...(tenant !== undefined && { tenant }),
      ...(priority !== undefined && { priority }),
      ...(after !== undefined && { after, onDependencyFailed: onFailed }),
    },
  );
  return isNew ? `${id} is enqueued.` : `${id} was enqueued before, with this key and payload.`;
}

async function payloadOf(
  { records, files }: CliEngine,
  { type, example }: JobDefinition,
  options: Pick<EnqueueCommandOptions, "file" | "example">,
): Promise<unknown> {
  if (options.file !== undefined && options.example === undefined) return readJson(options.file);
  if (options.file !== undefined || options.example === undefined) throw new Error("Say --file or --example.");
  if (example === undefined) throw new Error(`The job type ${type} has no \`example\` in its definition.`);
  if ((process.env["AWS_ENDPOINT_URL"] ?? "") === "") {
    throw new Error("An example's records are made up: AWS_ENDPOINT_URL does not name an embedded stack.");
  }
  // Without its lists no sweep would find it.
  for (const { body, lists, ...key } of example.records ?? []) await records.create(key, body, lists);
  for (const { bucket, key, text } of example.files ?? []) {
    if (!isBucketName(bucket)) throw new Error(`The example of ${type} names a bucket that there is not: ${bucket}.`);
    await files.putOnce({ bucket, key, body: Buffer.from(text), contentType: "text/plain; charset=utf-8" });
  }
  return example.payload;
}

async function dismiss(engine: CliEngine, id: string): Promise<string> {
  const { type } = await dismissJob(engine, id);
  return `${id} is given up.\nIts dead letter stays in the DLQ until:  npm run job -- tidy --type ${plain(type)}`;
}

async function cancel(engine: CliEngine, id: string): Promise<string> {
  return (await cancelJob(engine, id)) === "cancelled"
    ? `${id} is cancelled.`
    : `${id} is running; it stops before its next step or effect.`;
}

function decisionOf({ sent, again }: ResolveOptions): Decision | undefined {
  if (sent !== undefined) return { sent: true, receipt: sent };
  return again === true ? { again: true } : undefined;
}
