import type { Command } from "commander";

import { catalog } from "../../shared/catalog/index.ts";
import { pausedBy, pauseText } from "../../shared/engine/insight/circumstances.ts";
import { timeText } from "../../shared/engine/insight/time-text.ts";
import {
  listPauses,
  PauseBoard,
  pause,
  resume,
  targetText,
  type Pause,
  type PausePorts,
  type PauseTarget,
} from "../../shared/engine/pauses.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import { typeNamed } from "../../shared/job/type-named.ts";
import { json, table, type Column } from "../layout.ts";
import { answer } from "../open-engine.ts";
import { byOption, pauseEndOption, groupOption, jsonOption, reasonOption, type PauseEnd } from "../options.ts";
import { requester } from "./bulk.ts";

interface Paused {
  readonly open: () => PausePorts;
  readonly definitions: readonly Pick<JobDefinition, "type" | "aliases" | "group">[];
}

interface TargetOptions {
  readonly group?: string;
  readonly by?: string;
}

interface PauseCliOptions extends TargetOptions {
  readonly until?: PauseEnd;
  readonly reason?: string;
}

/** Adds the commands that keep job types from beginning jobs: `pause`, `resume`, `pauses`. */
export function registerPause(
  program: Command,
  open: () => PausePorts,
  definitions: Paused["definitions"] = catalog.map(({ definition }) => definition),
): void {
  const paused = { open, definitions };
  program.commandsGroup("Pausing:");
  program
    .command("pause")
    .argument("[type]", "the job type")
    .description("keeps the jobs of a type, or of a group of types, from beginning; those that run go on to their end")
    .addOption(groupOption())
    .addOption(pauseEndOption())
    .addOption(reasonOption())
    .addOption(byOption("who wants it (default: your user name)"))
    .action(async (type: string | undefined, options: PauseCliOptions) => answer(await begin(paused, type, options)));
  program
    .command("resume")
    .argument("[type]", "the job type")
    .description("ends the pause of a type, or of a group")
    .addOption(groupOption())
    .addOption(byOption("who wants it (default: your user name)"))
    .action(async (type: string | undefined, options: TargetOptions) => answer(await end(paused, type, options)));
  program
    .command("pauses")
    .description("what is paused, since when, until when, by whom and why")
    .addOption(jsonOption())
    .action(async (options: { readonly json?: boolean }) => answer(await list(open(), options)));
}

async function begin(
  { open, definitions }: Paused,
  type: string | undefined,
  { group, until, reason, by }: PauseCliOptions,
): Promise<string> {
  const target = targetOf(definitions, type, group);
  checkKnown(target, targetsOf(definitions));
  const ports = open();
  const { pause: added, replaced } = await pause(ports, target, {
    by: requester(by),
    ...(until !== undefined && { until: timeOf(until, ports.clock.now()) }),
    ...(reason !== undefined && { reason }),
  });
  return [
    `The ${targetText(target)} is paused${added.until === undefined ? "" : ` until ${timeText(added.until)}`}.`,
    ...(replaced === undefined ? [] : [`This replaces the pause by ${pauseText(replaced)}.`]),
    "Jobs are accepted and wait; those that run go on to their end. Every worker knows within ten seconds.",
    `It ends with:  npm run job -- resume ${argumentsFor(target)}`,
  ].join("\n");
}

async function end(
  { open, definitions }: Paused,
  type: string | undefined,
  { group, by }: TargetOptions,
): Promise<string> {
  const target = targetOf(definitions, type, group);
  const ports = open();
  // Also what is in the catalog no more.
  const pauses = await listPauses(ports);
  checkKnown(target, [...targetsOf(definitions), ...pauses.map((each) => each.target)]);
  const ended = await resume(ports, target, requester(by));
  return [
    `The ${targetText(target)} goes on within a minute; it was paused by ${pauseText(ended)}.`,
    ...(await stillPaused(ports, definitions.filter(covers(target)))),
  ].join("\n");
}

/** A type may be paused twice, by itself and with its group. */
async function stillPaused(ports: PausePorts, definitions: Paused["definitions"]): Promise<string[]> {
  const board = new PauseBoard(ports);
  const pauses = await Promise.all(definitions.map((definition) => board.pauseOf(definition)));
  return definitions.flatMap(({ type }, index) => {
    const left = pauses[index];
    return left === undefined ? [] : [`The type ${type} is still paused by ${pausedBy(left)}.`];
  });
}

const covers =
  (target: PauseTarget) =>
  ({ type, group }: Paused["definitions"][number]): boolean =>
    "type" in target ? type === target.type : group === target.group;

const COLUMNS: readonly Column<Pause>[] = [
  { title: "paused", text: ({ target }) => targetText(target) },
  { title: "since", text: ({ at }) => timeText(at) },
  { title: "until", text: ({ until }) => (until === undefined ? "resumed" : timeText(until)) },
  { title: "by", text: ({ by }) => by, leastWidth: 12 },
  { title: "reason", text: ({ reason }) => reason ?? "", leastWidth: 12 },
];

async function list(ports: PausePorts, { json: isJson }: { readonly json?: boolean }): Promise<string> {
  const pauses = await listPauses(ports);
  if (isJson === true) return json(pauses);
  return pauses.length === 0 ? "Nothing is paused." : table(COLUMNS, pauses);
}

function targetOf(
  definitions: Paused["definitions"],
  type: string | undefined,
  group: string | undefined,
): PauseTarget {
  if (type !== undefined && group === undefined) return { type: typeNamed(type, definitions) };
  if (type === undefined && group !== undefined) return { group };
  throw new Error("Say what: either a job type, or --group <group>.");
}

function targetsOf(definitions: Paused["definitions"]): PauseTarget[] {
  return definitions.flatMap(({ type, group }) => [{ type }, ...(group === undefined ? [] : [{ group }])]);
}

/** A typing mistake must not pass for a pause. */
function checkKnown(target: PauseTarget, known: readonly PauseTarget[]): void {
  const [kind, name] = nameOf(target);
  const names = known.map(nameOf).flatMap(([eachKind, each]) => (eachKind === kind ? [each] : []));
  if (names.includes(name)) return;
  const there = names.length === 0 ? "There are none." : `There are: ${[...new Set(names)].join(", ")}.`;
  throw new Error(`No ${kind} is called ${name}. ${there}`);
}

const nameOf = (target: PauseTarget): readonly [kind: string, name: string] =>
  "type" in target ? ["job type", target.type] : ["group", target.group];

const timeOf = (given: PauseEnd, now: EpochMs): EpochMs => ("at" in given ? given.at : now + given.afterMs);

const argumentsFor = (target: PauseTarget): string => ("type" in target ? target.type : `--group ${target.group}`);
