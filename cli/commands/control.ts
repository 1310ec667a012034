import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";

import { InvalidArgumentError, type Command } from "commander";

import { catalog } from "../../shared/catalog/index.ts";
import type { BulkAction, BulkFilter } from "../../shared/engine/control/bulk-filter.ts";
import { DEFAULT_PER_SECOND, readBulk, type BulkOperation } from "../../shared/engine/control/bulk-operation.ts";
import { editPayload } from "../../shared/engine/control/edit-payload.ts";
import { planBulk, type BulkPlan } from "../../shared/engine/control/plan-bulk.ts";
import { retryJob } from "../../shared/engine/control/retry-job.ts";
import { resumeBulk, runBulk, type BulkPorts } from "../../shared/engine/control/run-bulk.ts";
import { tidyDeadLetters } from "../../shared/engine/control/tidy-dead-letters.ts";
import { IllegalMoveError } from "../../shared/errors/job-errors.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import { answer } from "../open-engine.ts";
import { fromOption, untilOption } from "../options.ts";

/** What the commands need: the engine, opened when a command is run, and the job types that there are. */
interface Controlled {
  readonly open: () => BulkPorts;
  readonly definitions: readonly JobDefinition[];
}

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
    .command("retry <id>")
    .description("runs a failed or waiting job now")
    .action(async (id: string) => {
      const done = await retryJob(open(), id);
      answer(done === "restarted" ? `${id} begins its next run.` : `${id} runs now.`);
    });
  program
    .command("edit <id>")
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

interface BulkCommand {
  readonly name: string;
  readonly action: BulkAction;
  readonly description: string;
}

interface BulkCliOptions {
  readonly type?: readonly string[];
  readonly error?: readonly string[];
  readonly tenant?: readonly string[];
  readonly from?: EpochMs;
  readonly until?: EpochMs;
  readonly perSecond?: number;
  readonly stopAtErrorRate?: number;
  readonly by: string;
  readonly yes?: true;
  readonly resume?: string;
}

function addBulk(program: Command, controlled: Controlled, bulk: BulkCommand): void {
  const added = program
    .command(`${bulk.name} [ids...]`)
    .description(`${bulk.description}; a dry run without --yes`)
    .option("--type <type>", "of this job type; may be given several times, as may the next two", each)
    .option("--error <code>", "whose last error has this code", each)
    .option("--tenant <tenant>", "of this tenant", each)
    .addOption(fromOption())
    .addOption(untilOption())
    .option("--per-second <jobs>", `pace (default: ${DEFAULT_PER_SECOND})`, pace)
    .option("--by <you>", "who wants it; kept on the operation's record", userInfo().username)
    .option("--yes", "do it")
    .option("--resume <operation>", "go on with one that has stopped or was killed");
  if (bulk.action === "replay") {
    added.option("--stop-at-error-rate <share>", "stop when more of them fail again (default: 0.5; 1: never)", number);
  }
  added.action((ids: string[], options: BulkCliOptions) => {
    if (options.resume !== undefined) return resume(controlled, bulk, options.resume, { ids, ...options });
    const filter = filterOf(controlled, ids, options);
    return options.yes === true ? run(controlled, bulk, filter, options) : dryRun(controlled, bulk, filter, options);
  });
}

async function dryRun(
  { open }: Controlled,
  { action }: BulkCommand,
  filter: BulkFilter,
  { perSecond = DEFAULT_PER_SECOND }: BulkCliOptions,
): Promise<void> {
  const plan = await planBulk(open(), { action, filter });
  const seconds = Math.ceil(plan.jobs / perSecond);
  const next = `Nothing is done yet. The same command with --yes does it, at ${perSecond} a second (about ${seconds} s).`;
  answer([...describePlan(plan), plan.jobs === 0 ? "There is nothing to do." : next].join("\n"));
}

async function run(
  { open }: Controlled,
  { action, name }: BulkCommand,
  filter: BulkFilter,
  { by, perSecond, stopAtErrorRate }: BulkCliOptions,
): Promise<void> {
  const ports = open();
  const stamp = new Date(ports.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const id = `${name}-${stamp}-${randomBytes(3).toString("hex")}`;
  const request = { id, action, filter, by, perSecond, stopAtErrorRate };
  await untilInterrupted({ id, name }, (options) => runBulk(ports, request, options));
}

async function resume(
  { open }: Controlled,
  { action, name }: BulkCommand,
  id: string,
  { ids, type, error, tenant, from, until, perSecond, stopAtErrorRate }: BulkCliOptions & { readonly ids: string[] },
): Promise<void> {
  if (ids.length > 0 || [type, error, tenant, from, until].some((given) => given !== undefined)) {
    throw new Error(
      "--resume goes on with the operation's own filter: leave ids, types, codes, tenants and times out.",
    );
  }
  const ports = open();
  const known = await readBulk(ports.records, id);
  if (known !== undefined && known.action !== action) throw new Error(`Operation ${id} is no ${name}.`);
  await untilInterrupted({ id, name }, (options) => resumeBulk(ports, id, { ...options, perSecond, stopAtErrorRate }));
}

type Begin = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (operation: BulkOperation) => void;
}) => Promise<BulkOperation>;

/** Ctrl-C stops it between two chunks; a second one ends the process at once, which does no harm either. */
async function untilInterrupted({ id, name }: { readonly id: string; readonly name: string }, begin: Begin) {
  const goOn = `Go on with:  npm run job -- ${name} --resume ${id}`;
  const abort = new AbortController();
  const interrupt = () => {
    note("\nStopping…");
    abort.abort();
  };
  process.once("SIGINT", interrupt);
  try {
    note(`Operation ${id} begins. Ctrl-C stops it.`);
    const operation = await begin({ signal: abort.signal, onProgress: showProgress() });
    const isDone = operation.status === "done";
    if (!isDone) process.exitCode = 1;
    const outcome = isDone ? "is done" : `has stopped: ${operation.reason}`;
    answer(`Operation ${id} ${outcome}.\n${describeCounts(operation)}${isDone ? "" : `\n${goOn}`}`);
  } catch (error) {
    note(goOn);
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** A line that is overwritten in a terminal; elsewhere a line now and then. */
function showProgress(): (operation: BulkOperation) => void {
  let shown = 0;
  return (operation) => {
    shown += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${describeCounts(operation)} `);
    else if (shown % 10 === 1) note(describeCounts(operation));
  };
}

async function edit(
  { open, definitions }: Controlled,
  id: string,
  { file, by }: { readonly file: string; readonly by: string },
): Promise<void> {
  const payload = parseJson(file, await readFile(file, "utf8"));
  const ports = open();
  const job = await ports.store.get(id);
  if (job === undefined) throw new IllegalMoveError("edit", id, undefined);
  const definition = definitions.find(({ type }) => type === job.type);
  if (definition === undefined) throw new Error(`The catalog has no job type ${job.type} any more.`);
  const { changed } = await editPayload(ports, definition, id, payload, by);
  answer(
    changed.length === 0
      ? `The payload of ${id} is this one already; nothing is written.`
      : `Changed in the payload of ${id}: ${changed.map(plain).join(", ")}.\nIt stays failed until:  npm run job -- retry ${id}`,
  );
}

async function tidy({ open }: Controlled, types: readonly string[]): Promise<void> {
  const ports = open();
  for (const type of types) {
    const { removed, kept, isComplete } = await tidyDeadLetters(ports, type);
    answer(`${type}: ${removed} removed, ${kept} left${isComplete ? "" : "; there are more, run it again"}.`);
  }
}

function typesOf({ definitions }: Controlled, given: readonly string[] | undefined): string[] {
  const known = definitions.map(({ type }) => type);
  const unknown = (given ?? []).filter((type) => !known.includes(type));
  if (unknown.length > 0)
    throw new Error(`No job type is called ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  return [...(given ?? known)];
}

/** Something must be said of which jobs: nothing at all would be all of them. */
function filterOf(controlled: Controlled, ids: readonly string[], options: BulkCliOptions): BulkFilter {
  const { type, error, tenant, from, until } = options;
  const given = {
    ...(ids.length > 0 && { ids }),
    ...(error !== undefined && { errorCodes: error }),
    ...(tenant !== undefined && { tenants: tenant }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  };
  if (type === undefined && Object.keys(given).length === 0) {
    throw new Error("Say which jobs: by id, --type, --error, --tenant, --from or --until.");
  }
  return { types: typesOf(controlled, type), ...given };
}

function describePlan({ jobs, isMore, byType, byStatus, byErrorCode, stepsDone, effects }: BulkPlan): string[] {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${plain(name)} ${count}`)
      .join(", ");
  const all = [
    ["by type", list(byType)],
    ["by status", list(byStatus)],
    ["by error code", list(byErrorCode)],
    ["steps", stepsDone === 0 ? "" : `${stepsDone} are done and not run again`],
    ...effects.map((plan) => [`effect ${plain(plan.effect)}`, describeEffect(plan)]),
  ];
  const lines = all.filter(([, text]) => text !== "").map(([label = "", text]) => `  ${label.padEnd(15)} ${text}`);
  return [`Matching: ${isMore ? "more than " : ""}${counted(jobs, "job")}.`, ...lines];
}

function describeEffect({ type, done, mayRepeat, mayNeedReview, notDone }: BulkPlan["effects"][number]): string {
  const parts = [
    [done, "done, not repeated"],
    [mayRepeat, "sent perhaps: repeated if no receipt is found"],
    [mayNeedReview, "sent perhaps: wait for a person if no receipt is found"],
    [notDone, "not done"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  return `${told.join("; ")} (${type})`;
}

function describeCounts({ counts: { matched, ...results }, lettersRemoved }: BulkOperation): string {
  const told = Object.entries(results).filter(([, count]) => count > 0);
  const parts = [`${matched} matched`, ...told.map(([name, count]) => `${count} ${name}`)];
  return `${parts.join(", ")}${lettersRemoved > 0 ? `; ${counted(lettersRemoved, "dead letter")} removed` : ""}.`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Names come from rows and files: nothing in them may move a terminal's cursor. */
const plain = (name: string): string => (/^[\w.-]{1,100}$/.test(name) ? name : JSON.stringify(name.slice(0, 100)));

/** Not an option of several values: it would take the ids that follow it for values, and match more than was meant. */
const each = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function pace(text: string): number {
  if (number(text) > 0) return number(text);
  throw new InvalidArgumentError("must be over 0.");
}

function number(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError("must be a number.");
  return value;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    throw new Error(`${file} is not JSON.`);
  }
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);
