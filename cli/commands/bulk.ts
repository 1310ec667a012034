import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";

import { InvalidArgumentError, type Command } from "commander";

import { isSelected, type BulkAction, type BulkFilter } from "../../shared/engine/control/bulk-filter.ts";
import {
  BulkRecord,
  DEFAULT_PER_SECOND,
  HIGHEST_PER_SECOND,
  LOWEST_PER_SECOND,
  type BulkOperation,
  type BulkPace,
} from "../../shared/engine/control/bulk-operation.ts";
import { planBulk } from "../../shared/engine/control/plan-bulk.ts";
import { resumeBulk, type BulkPorts } from "../../shared/engine/control/run-bulk.ts";
import { MOST_ROWS } from "../../shared/engine/control/selected-jobs.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import { typeNamed } from "../../shared/job/type-named.ts";
import { describeCounts, describePlan } from "../bulk-text.ts";
import { catchInterrupt } from "../interrupt.ts";
import { plain } from "../layout.ts";
import { answer, note } from "../open-engine.ts";
import { byOption, fromOption, idsArgument, untilOption } from "../options.ts";

/** What the commands need: the engine, opened when a command is run, and the job types that there are. */
export interface Controlled {
  readonly open: () => BulkPorts;
  readonly definitions: readonly JobDefinition[];
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
  readonly by?: string;
  readonly yes?: true;
  readonly resume?: string;
}

/** Adds a command about many jobs. */
export function addBulk(program: Command, controlled: Controlled, bulk: BulkCommand): void {
  const added = program
    .command(bulk.name)
    .addArgument(idsArgument())
    .description(`${bulk.description}; a dry run without --yes`)
    .option("--type <type>", "of this job type; may be given several times, as may the next two", each)
    .option("--error <code>", "whose last error has this code", each)
    .option("--tenant <tenant>", "of this tenant", each)
    .addOption(fromOption())
    .addOption(untilOption())
    .option("--per-second <jobs>", `pace, ${PACES} (default: ${DEFAULT_PER_SECOND})`, readPace)
    .addOption(byOption("who wants it; kept on the operation's record (default: your user name)"))
    .option("--yes", "do it")
    .option("--resume <operation>", "go on with one that has stopped or was killed");
  if (bulk.action === "replay") {
    added.option(
      "--stop-at-error-rate <share>",
      "stop when more of them fail again (default: 0.5; 1: never)",
      readNumber,
    );
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
  const ports = open();
  const plan = await planBulk(ports, { action, filter });
  await nameUnmatched(ports, action, filter);
  const seconds = Math.ceil(plan.jobs / perSecond);
  const next = `Nothing is done yet. The same command with --yes does it, at ${perSecond} a second (about ${seconds} s).`;
  answer([...describePlan(plan), plan.jobs === 0 ? "There is nothing to do." : next].join("\n"));
  failWithoutMatch(filter, plan.jobs);
}

async function run(
  { open }: Controlled,
  bulk: BulkCommand,
  filter: BulkFilter,
  { by, perSecond, stopAtErrorRate }: BulkCliOptions,
): Promise<void> {
  const { action, name } = bulk;
  const ports = open();
  const stamp = new Date(ports.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const id = `${name}-${stamp}-${randomBytes(3).toString("hex")}`;
  const pace = { perSecond, stopAtErrorRate };
  await nameUnmatched(ports, action, filter);
  await BulkRecord.begin(ports.records, { id, action, filter, by: requester(by), ...pace }, ports.clock.now());
  // Died here: recorded under an id that nobody knows, and nothing done.
  const { counts } = await untilInterrupted({ ports, bulk, id, pace });
  failWithoutMatch(filter, counts.matched);
}

/** Who wants an operation. Not every system has a name for its user: a container's number may have none. */
export function requester(by: string | undefined, user: () => { readonly username: string } = userInfo): string {
  try {
    return by ?? user().username;
  } catch (error) {
    throw new Error("The system has no name for you. Say who wants it: --by <you>.", { cause: error });
  }
}

const UNMATCHED = {
  replay: "not failed",
  retry: "not waiting for a later time",
  cancel: "ended already",
} as const satisfies Record<BulkAction, string>;

/** Of ids that somebody gave: a typing mistake must not pass for a job. */
async function nameUnmatched({ store, clock }: BulkPorts, action: BulkAction, { ids = [] }: BulkFilter): Promise<void> {
  const matching = new Set<string>();
  const now = clock.now();
  for (let start = 0; start < ids.length; start += MOST_ROWS) {
    for (const row of await store.getMany([...new Set(ids.slice(start, start + MOST_ROWS))])) {
      if (isSelected(row, { action, filter: { types: [row.type] }, asOf: now }, now)) matching.add(row.id);
    }
  }
  const others = ids.filter((id) => !matching.has(id));
  if (others.length > 0) note(`not found, or ${UNMATCHED[action]}: ${others.join(", ")}`);
}

function failWithoutMatch({ ids }: BulkFilter, matched: number): void {
  if (ids !== undefined && matched === 0) process.exitCode = 1;
}

async function resume(
  { open }: Controlled,
  bulk: BulkCommand,
  id: string,
  {
    ids,
    type,
    error,
    tenant,
    from,
    until,
    perSecond,
    stopAtErrorRate,
  }: BulkCliOptions & { readonly ids: readonly string[] },
): Promise<void> {
  if (ids.length > 0 || [type, error, tenant, from, until].some((given) => given !== undefined)) {
    throw new Error(
      "--resume goes on with the operation's own filter: leave ids, types, codes, tenants and times out.",
    );
  }
  const ports = open();
  const pace = { perSecond, stopAtErrorRate };
  const { operation } = await BulkRecord.find(ports.records, id, pace);
  if (operation.action !== bulk.action) throw new Error(`Operation ${id} is no ${bulk.name}.`);
  await untilInterrupted({ ports, bulk, id, pace });
}

interface Begun {
  readonly ports: BulkPorts;
  readonly bulk: BulkCommand;
  readonly id: string;
  readonly pace: BulkPace;
}

/** Ctrl-C stops it between two chunks; a second one ends the process at once, which does no harm either. */
async function untilInterrupted({ ports, bulk: { name, action }, id, pace }: Begun): Promise<BulkOperation> {
  const goOn = `Go on with:  npm run job -- ${name} --resume ${id}`;
  const abort = new AbortController();
  const release = catchInterrupt(ports.clock, () => {
    const tidies =
      action === "replay" ? " Then it tidies the DLQs of what it has replayed, for some minutes perhaps." : "";
    note(`\nStopping…${tidies} Ctrl-C once more ends it at once.`);
    abort.abort();
  });
  try {
    note(`Operation ${id} begins. Ctrl-C stops it.`);
    const operation = await resumeBulk(ports, id, { ...pace, signal: abort.signal, onProgress: showProgress() });
    const isDone = operation.status === "done";
    if (!isDone) process.exitCode = 1;
    const outcome = isDone ? "is done" : `has stopped: ${plain(operation.reason ?? "")}`;
    answer(`Operation ${id} ${outcome}.\n${describeCounts(operation)}${isDone ? "" : `\n${goOn}`}`);
    return operation;
  } catch (error) {
    note(goOn);
    throw error;
  } finally {
    release();
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

export function typesOf({ definitions }: Controlled, given: readonly string[] | undefined): string[] {
  const known = definitions.map(({ type }) => type);
  const types = given?.map((name) => typeNamed(name, definitions));
  const unknown = (types ?? []).filter((type) => !known.includes(type));
  if (unknown.length > 0)
    throw new Error(`No job type is called ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  return [...(types ?? known)];
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

/** Not an option of several values: it would take the ids that follow it for values, and match more than was meant. */
export const each = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const PACES = `${LOWEST_PER_SECOND} to ${HIGHEST_PER_SECOND} jobs a second`;

function readPace(text: string): number {
  const perSecond = readNumber(text);
  if (perSecond >= LOWEST_PER_SECOND && perSecond <= HIGHEST_PER_SECOND) return perSecond;
  throw new InvalidArgumentError(`must be ${PACES}.`);
}

function readNumber(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError("must be a number.");
  return value;
}
