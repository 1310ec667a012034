import type { Command } from "commander";

import { catalog } from "../../shared/catalog/index.ts";
import { countJobs, type TypeCounts } from "../../shared/engine/insight/count-jobs.ts";
import { groupErrors, type ErrorGroup } from "../../shared/engine/insight/error-groups.ts";
import type { JobQuery } from "../../shared/engine/insight/job-query.ts";
import { listJobs, type JobSummary } from "../../shared/engine/insight/list-jobs.ts";
import {
  reportSchedule,
  type OccurrenceReport,
  type ScheduleReport,
} from "../../shared/engine/insight/schedule-report.ts";
import { timeText } from "../../shared/engine/insight/time-text.ts";
import { loadValue } from "../../shared/engine/stored-value.ts";
import { reasonOf as reasonOfJob } from "../../client/reason-of.ts";
import { scheduleSettings } from "../../shared/contracts/schedule-settings.ts";
import type { TypeSchedule } from "../../shared/engine/schedule-sweep.ts";
import { JOB_STATUSES } from "../../shared/job/job-state.ts";
import type { EpochMs, Job } from "../../shared/job/job.ts";
import { withSchedules } from "../../shared/job/with-schedules.ts";
import { jobText, progressText } from "../job-text.ts";
import { json, table, wrapped, type Column } from "../layout.ts";
import { answer, type CliEngine } from "../open-engine.ts";
import {
  fromOption,
  idArgument,
  JOB_TYPES,
  jsonOption,
  limitOption,
  readWhole,
  statusOption,
  typeOption,
  untilOption,
} from "../options.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** As the installation wants them: `BACKLINE_SCHEDULES` says to the command what it said to the deployment. */
const schedulesOf = (variables: NodeJS.ProcessEnv): TypeSchedule[] => {
  const settings = scheduleSettings.parse(variables["BACKLINE_SCHEDULES"] ?? {});
  return catalog.flatMap(({ definition }) =>
    (withSchedules(definition, settings).schedules ?? []).map((schedule) => ({ type: definition.type, schedule })),
  );
};

type Open = () => CliEngine;
interface Range {
  readonly from?: EpochMs;
  readonly until?: EpochMs;
}

/** Commands that look, and change nothing. */
export function registerReading(program: Command, open: Open): void {
  program.commandsGroup("Looking:");
  program
    .command("show")
    .addArgument(idArgument())
    .description("a job: why it is where it is, timeline, effects, log lines, last error")
    .addOption(jsonOption())
    .option("--payload", "with its payload and its result, which may hold personal data", false)
    .action(async (id: string, options: ShowOptions) => answer(await show(open(), id, options)));
  program
    .command("why")
    .addArgument(idArgument())
    .description("one sentence: why a job waits, or how it ended")
    .action(async (id: string) => {
      const engine = open();
      answer(await reasonOf(engine, await jobOf(engine, id)));
    });
  registerList(program, open);
  program
    .command("count")
    .description("jobs by type and status, up to 1,000 of each")
    .addOption(typeOption())
    .addOption(jsonOption())
    .action(async (options: CountOptions) => answer(await count(open(), options)));
  program
    .command("errors")
    .description("what a type's jobs failed with, one line for each cause")
    .addOption(typeOption().makeOptionMandatory())
    .addOption(fromOption())
    .addOption(untilOption())
    .addOption(jsonOption())
    .action(async (options: ErrorsOptions) => answer(await errors(open(), options)));
  program
    .command("schedules")
    .description("next occurrence of each schedule, and what became of those before (of the last week)")
    .option("--name <schedule>", "only this one")
    .addOption(fromOption())
    .addOption(untilOption())
    .option("--limit <lines>", "lines for each schedule, newest first", readWhole, 50)
    .addOption(jsonOption())
    .action(async (options: SchedulesOptions) => answer(await reportSchedules(open(), options)));
}

function registerList(program: Command, open: Open): void {
  program
    .command("list")
    .description("jobs, newest first, page by page; first those that have not ended")
    .addOption(typeOption())
    .addOption(statusOption())
    .option("--tenant <tenant>", "of this tenant")
    .option("--subject <subject>", "about this customer (mail address)")
    .option("--day <date>", "of this day in UTC: 2026-11-22")
    .addOption(fromOption())
    .addOption(untilOption())
    .option("--error <code>", "with this error code")
    .addOption(limitOption())
    .option("--after <token>", "the page after the one that gave this token")
    .addOption(jsonOption())
    .addHelpText("after", LIST_HELP)
    .action(async (options: ListCommandOptions) => answer(await list(open(), options)));
}

const LIST_HELP = `
Times are, by tenant or subject, when a job was enqueued; else when it ended, or when the ticker looks at it.

Examples:
  npm run job -- list --status needs_review
  npm run job -- list --type ${JOB_TYPES[0]} --status failed --day 2026-11-22
  npm run job -- list --subject zoe@example.com`;

interface ShowOptions {
  readonly json?: boolean;
  readonly payload: boolean;
}

/** They prove whose write a write was; nobody who reads a job needs them. */
const TOKENS = ["enqueueToken", "claimToken"];

/** Payload and result stay where they are unless they are asked for: they may hold personal data, and terminals are shared. */
async function show(engine: CliEngine, id: string, options: ShowOptions): Promise<string> {
  const job = await jobOf(engine, id);
  if (options.json === true) {
    const hidden = options.payload ? TOKENS : [...TOKENS, "payload", "result"];
    const shown = Object.entries(job).filter(([name]) => !hidden.includes(name));
    return json({ ...Object.fromEntries(shown), steps: Object.keys(job.steps) });
  }
  const text = jobText(job, await reasonOf(engine, job), await engine.receipts.list(id));
  return options.payload
    ? [text, `Payload\n${json(job.payload)}`, ...(await resultText(engine, job))].join("\n\n")
    : text;
}

async function resultText({ values }: CliEngine, job: Job): Promise<readonly string[]> {
  if (job.status !== "completed" || job.result === undefined) return [];
  return [`Result\n${json(await loadValue(values, job.result))}`];
}

function reasonOf(engine: CliEngine, job: Job): Promise<string> {
  return reasonOfJob(engine, job, catalog.find(({ definition }) => definition.type === job.type)?.definition);
}

async function jobOf({ store }: CliEngine, id: string): Promise<Job> {
  const job = await store.get(id);
  if (job === undefined) throw new Error(`There is no job ${id}.`);
  return job;
}

interface ListCommandOptions extends Omit<JobQuery, "errorCode"> {
  readonly error?: string;
  readonly json?: boolean;
}

const JOB_COLUMNS: readonly Column<JobSummary>[] = [
  { title: "at", text: ({ at }) => timeText(at) },
  { title: "status", text: ({ status }) => status },
  { title: "attempts", text: ({ attempts }) => String(attempts), isNumber: true },
  { title: "error", text: ({ errorCode }) => errorCode ?? "", leastWidth: 12 },
  { title: "progress", text: ({ progress }) => (progress === undefined ? "" : progressText(progress)), leastWidth: 8 },
  { title: "tenant", text: ({ tenant }) => (tenant === "default" ? "" : tenant), leastWidth: 8 },
  { title: "id", text: ({ id }) => id },
];

async function list(engine: CliEngine, { json: isJson, error, ...query }: ListCommandOptions): Promise<string> {
  const page = await listJobs(engine, JOB_TYPES, { ...query, ...(error !== undefined && { errorCode: error }) });
  if (isJson === true) return json(page);
  const none = page.next === undefined ? "No such jobs." : "None on this page.";
  const text = page.jobs.length === 0 ? none : table(withoutEmpty(JOB_COLUMNS, page.jobs), page.jobs);
  return page.next === undefined ? text : `${text}\n\nMore: the same with --after ${page.next}`;
}

/** Columns that say something of at least one row. */
function withoutEmpty<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly Column<Row>[] {
  return columns.filter(({ text }) => rows.some((row) => text(row) !== ""));
}

interface CountOptions {
  readonly type?: string;
  readonly json?: boolean;
}

const COUNT_COLUMNS: readonly Column<TypeCounts>[] = [
  { title: "type", text: ({ type }) => type, leastWidth: 20 },
  ...JOB_STATUSES.map((status) => ({ title: status, text: countText(status), isNumber: true })),
];

function countText(status: (typeof JOB_STATUSES)[number]): (row: TypeCounts) => string {
  return ({ counts }) => `${counts[status].count.toLocaleString("en-US")}${counts[status].isMore ? "+" : ""}`;
}

async function count(engine: CliEngine, { json: isJson, ...options }: CountOptions): Promise<string> {
  const counts = await countJobs(engine, JOB_TYPES, options);
  return isJson === true ? json(counts) : table(COUNT_COLUMNS, counts.types);
}

interface ErrorsOptions extends Range {
  readonly type: string;
  readonly json?: boolean;
}

const ERROR_COLUMNS: readonly Column<ErrorGroup>[] = [
  { title: "jobs", text: (group) => String(group.count), isNumber: true },
  { title: "code", text: ({ errorCode }) => errorCode, leastWidth: 16 },
  { title: "first", text: ({ firstAt }) => timeText(firstAt) },
  { title: "last", text: ({ lastAt }) => timeText(lastAt) },
  { title: "example", text: ({ exampleId }) => exampleId },
];

async function errors(engine: CliEngine, { json: isJson, type, ...range }: ErrorsOptions): Promise<string> {
  const found = await groupErrors(engine, type, range);
  if (isJson === true) return json(found);
  if (found.groups.length === 0) return `No failed jobs of type ${type}.`;
  const [head, ...lines] = table(ERROR_COLUMNS, found.groups).split("\n");
  const told = lines.flatMap((line, index) => {
    const message = found.groups[index]?.message;
    return message === undefined ? [line] : [line, wrapped(`    ${message}`, 4)];
  });
  return [head, ...told, ...(found.isMore ? ["", "Older failures were not read."] : [])].join("\n");
}

interface SchedulesOptions extends Range {
  readonly name?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const OCCURRENCE_COLUMNS: readonly Column<OccurrenceReport>[] = [
  { title: "at", text: ({ at }) => timeText(at) },
  { title: "what became of it", text: ({ state }) => state.replaceAll("_", " ") },
  { title: "decided", text: ({ decidedAt }) => (decidedAt === undefined ? "" : timeText(decidedAt)) },
  { title: "reason", text: ({ reason }) => reason ?? "", leastWidth: 16 },
  { title: "job now", text: ({ jobStatus }) => jobStatus ?? "" },
  { title: "job", text: ({ jobId }) => jobId ?? "" },
];

async function reportSchedules(
  engine: CliEngine,
  { name, limit, json: isJson, ...range }: SchedulesOptions,
): Promise<string> {
  const schedules = schedulesOf(process.env);
  const asked = schedules.filter(({ schedule }) => name === undefined || schedule.name === name);
  if (asked.length === 0 && name !== undefined) throw new Error(noSchedule(name, schedules));
  if (asked.length === 0) return isJson === true ? json([]) : "The catalog has no schedules.";
  const { until = engine.clock.now(), from = until - WEEK_MS } = range;
  const reports = await Promise.all(asked.map(({ schedule }) => reportSchedule(engine, schedule, { from, until })));
  if (isJson === true) return json(reports);
  return asked.map((each, index) => scheduleText(each, reports[index], limit)).join("\n\n");
}

function noSchedule(name: string, schedules: readonly TypeSchedule[]): string {
  const known = schedules.map(({ schedule }) => schedule.name);
  return `There is no schedule ${name}; ${known.length === 0 ? "the catalog has none" : `there are ${known.join(", ")}`}.`;
}

function scheduleText({ type, schedule }: TypeSchedule, report: ScheduleReport | undefined, limit: number): string {
  const { occurrences = [], next, isMore = false } = report ?? {};
  // Nobody asks after each minute of a week in which the schedule did not exist.
  const told = occurrences.filter(({ state }) => state !== "not_in_force");
  const shown = told.slice(0, limit);
  const untold = occurrences.length - told.length;
  return [
    `${schedule.name}: enqueues ${type} at ${schedule.cron} (${schedule.timeZone ?? "UTC"})`,
    next === undefined ? "switched off" : `next: ${timeText(next)}`,
    shown.length === 0 ? "Nothing in this time." : table(withoutEmpty(OCCURRENCE_COLUMNS, shown), shown),
    ...(untold > 0 ? [`${untold} more times when the schedule was not in force: new, changed or switched off.`] : []),
    ...(isMore || told.length > limit ? ["There are older ones: --until an earlier time, or a higher --limit."] : []),
  ].join("\n");
}
