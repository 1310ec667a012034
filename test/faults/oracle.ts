import { isTerminal, type JobStatus } from "../../shared/job/job-state.ts";
import type { Permit } from "../../shared/contracts/messages.ts";
import type { StoredRecord } from "../support/memory-record-store.ts";
import { ARCHIVES, archivedIn } from "./archived-records.ts";
import { hadNextRun, isUndone, workOf } from "./next-runs.ts";
import { rootIdOf, rootRowOf } from "./root-job.ts";
import type { World } from "./world.ts";

/** What a run has left in the world, times and versions left out. */
export interface Remains {
  readonly rootStatus: JobStatus | undefined;
  readonly rootAttempts: number;
  /** `id status` of every job but those that report mails. */
  readonly jobs: readonly string[];
  /** `recipient, subject, job/effect` of every mail; of a message, its words stand for the subject. */
  readonly mails: readonly string[];
  readonly files: readonly string[];
  /** `name = body` of every record. */
  readonly records: readonly string[];
  /** Bodies that nobody could use. */
  readonly parked: readonly string[];
}

export async function remainsOf(world: World): Promise<Remains> {
  const rows = world.rows.rows();
  const root = rootRowOf(world);
  return {
    rootStatus: root?.status,
    rootAttempts: root?.attempts ?? 0,
    jobs: rows.filter(({ id }) => !isReport(id)).map(({ id, status }) => `${unnumbered(id)} ${status}`),
    mails: world.sent.map((each) => `${each.to}, ${wordsOf(each)}, ${each.jobId}/${each.effect}`),
    files: await filesOf(world),
    records: recordsOf(world),
    parked: [
      ...new Set(
        world.queue.deadLetters
          .map(({ body }) => body)
          .filter((body) => letterOf(body) === undefined && !world.givenUp.has(body)),
      ),
    ],
  };
}

/** Names of files; of the archives, what is in them, for their names say which run stored them. */
async function filesOf({ files }: World): Promise<string[]> {
  const names = files.names().filter((name) => !name.startsWith(ARCHIVES));
  return [...names, ...(await archivedIn(files))];
}

/** Jobs that only bring the reports of mails and messages. */
const isReport = (id: string): boolean => /-evt-mail-|^twilio_event-SM/.test(id);

const wordsOf = (sent: World["sent"][number]): string =>
  "subject" in sent ? sent.subject : JSON.stringify(sent.content);

/** What is counted of mails and messages, sent again or not: the mails and messages themselves are judged. */
const STATISTICS = new Set(["mail_event", "message"]);

function recordsOf({ records }: World): string[] {
  return records
    .all()
    .filter(({ kind }) => !STATISTICS.has(kind))
    .map(lineOf);
}

const lineOf = (record: Omit<StoredRecord, "version">): string =>
  alike(`${record.kind}#${record.id}/${record.part} = ${JSON.stringify(comparable(record))}`);

/** What was there from the start, as `remainsOf` has it. */
function givenOf({ subject }: World): ReadonlySet<string> {
  // As JSON brings it back, like all records.
  const bodyOf = (body: object) => JSON.parse(JSON.stringify(body)) as StoredRecord["body"];
  return new Set([
    ...subject.records.map(({ kind, id, part = "-", body }) => lineOf({ kind, id, part, body: bodyOf(body) })),
    ...subject.files.map(({ bucket, key }) => `${bucket}/${key}`),
  ]);
}

/**
 * Properties that say who was first: of a broadcast's recipient, its job tells the mail's id and itself, or SES the status
 * alone; a sweep's lock names the run that had it last.
 */
const TOLD_BY_THE_FIRST = new Set(["messageId", "jobId"]);

/** What of a record is the same whatever happened on the way, its properties in order. */
function comparable({ kind, part, body }: Omit<StoredRecord, "version">): object {
  const isOfTheFirst = (kind === "broadcast" && part.startsWith("r#")) || kind === "sweep_lock";
  const kept = Object.entries(body).filter(([name]) => !isOfTheFirst || !TOLD_BY_THE_FIRST.has(name));
  return Object.fromEntries(kept.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Ids that processes draw differ from run to run. */
const unnumbered = (name: string): string => name.replace(/-id-\d+/, "-id");

/** What differs from run to run: times, ids that processes or services give, and a gift card's code with its hash. */
const DIFFERING: readonly (readonly [RegExp, string])[] = [
  [/-id-\d+/g, "-id"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"],
  [/\b17\d{8}(?:\d{3})?\b/g, "<time>"],
  [/\bmail-\d+\b|\bSM\d{32}\b/g, "<id>"],
  [/\b(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\b/g, "<code>"],
  [/\bcode-[0-9a-f]{64}\b/g, "<code>"],
];

const alike = (text: string): string =>
  DIFFERING.reduce((plain, [pattern, replacement]) => plain.replaceAll(pattern, replacement), text);

export interface Expectation {
  readonly baseline: Remains;
  /** Statuses in which a job may end instead of the baseline's; there may then be less, never more. */
  readonly alsoAllowed: readonly JobStatus[];
}

/** Judges a run that has come to rest by what a run without faults leaves. */
export async function judge(world: World, { baseline, alsoAllowed }: Expectation): Promise<void> {
  const { findings } = world;
  const found = await remainsOf(world);
  judgeRows(world);
  judgeLetters(world);
  judgeLedger(world);
  world.effects.judgePersonsWords();
  await judgeSchedule(world);
  if (world.subject.isRightToo?.(found, world.rows) === true) return;
  if (isUndone(world)) findings.lose("what none of a sweep's runs has done");
  const isOther = alsoAllowed.some((status) =>
    workOf(world.subject, found.jobs).some((job) => job.endsWith(` ${status}`) && !baseline.jobs.includes(job)),
  );
  const mayEndSo = world.subject.isSweep === true && alsoAllowed.some((status) => status === found.rootStatus);
  const given = givenOf(world);
  if (!isOther && !mayEndSo && found.rootStatus !== baseline.rootStatus)
    findings.lose(`the job ended ${found.rootStatus}`);
  for (const part of ["jobs", "mails", "files", "records", "parked"] as const) {
    const [missing, extra] = difference(workOf(world.subject, baseline[part]), workOf(world.subject, found[part]));
    const isThereOnce = (each: string) => part === "mails" && found.mails.includes(each);
    if (!isOther) for (const each of missing) if (!isThereOnce(each)) findings.lose(`${part}: ${each}`);
    for (const each of extra) {
      // A job that ended otherwise may have left its records half-way, never others.
      if ((part === "jobs" || part === "records") && isOther && isSameName(each, baseline[part])) continue;
      // Nor has it deleted what it might have.
      if (isOther && given.has(each)) continue;
      if (part === "mails" && isAllowedResend(world, each)) continue;
      // A run that gave up with its file stored: the next one archives what is left, once more.
      if (part === "files" && baseline.files.includes(each) && each.startsWith(ARCHIVES) && hadNextRun(world)) continue;
      findings.duplicate(`${part}: ${each}`);
    }
  }
}

function judgeRows({ rows, findings, receipts, sent, subject }: World): void {
  for (const job of rows.rows()) {
    if (!isTerminal(job.status)) findings.lose(`job ${job.id} is ${job.status} at the end`);
  }
  if (subject.isUnreported === true) return;
  for (const { id, jobId, effect } of sent) {
    const isReported = receipts.of(jobId, effect).some(({ messageId }) => messageId === id);
    if (!isReported) findings.lose(`the report of ${id}`);
  }
}

/** Every failed row has its dead letter, and every dead letter a run that failed. */
function judgeLetters({ queue, rows, findings }: World): void {
  const letters = queue.deadLetters.flatMap(({ body }) => letterOf(body) ?? []);
  for (const job of rows.rows()) {
    if (job.status !== "failed") continue;
    if (job.dlqOwed === true) findings.violation(`job ${job.id} still owes its dead letter`);
    const isThere = letters.some(({ id, run }) => id === job.id && run === job.run + 1);
    if (!isThere) findings.lose(`the dead letter of ${job.id}, run ${job.run}`);
  }
  for (const { id, run } of letters) {
    if (rows.failedRuns.get(id)?.has(run - 1) !== true)
      findings.violation(`there is a dead letter for run ${run} of ${id}, whose run ${run - 1} has not failed`);
  }
}

/** Every mail and message of a completed job stands on its row, with a receipt. */
function judgeLedger({ rows, sent, findings }: World): void {
  for (const job of rows.rows()) {
    if (job.status !== "completed") continue;
    for (const { effect, id } of sent.filter(({ jobId }) => jobId === job.id)) {
      // Those of a sweep's items go with their pages.
      if (job.effects[effect]?.receipt === undefined && !effect.startsWith("sweep-"))
        findings.violation(`job ${job.id} is completed and has no receipt of ${id}`);
    }
  }
}

/** The occurrence is accounted for once, by its job. */
async function judgeSchedule({ subject, ledger, rows, findings }: World): Promise<void> {
  if (subject.occurrence === undefined) return;
  const { schedule, at } = subject.occurrence;
  const [entry, ...others] = await ledger.list(schedule, { from: 0, until: Number.MAX_SAFE_INTEGER, limit: 1_000 });
  const isRun = entry?.at === at && entry.decision === "run" && entry.jobId === rootIdOf(subject);
  if (!isRun || !rows.versions.has(rootIdOf(subject))) findings.lose(`the occurrence of ${schedule} in its ledger`);
  if (others.length > 0) findings.duplicate(`${others.length} more entries in the ledger of ${schedule}`);
}

/** A dead letter that the engine has made; other bodies in a DLQ are parked. */
function letterOf(body: string): Permit | undefined {
  try {
    const { id, run, error } = JSON.parse(body) as Partial<Permit>;
    return typeof id === "string" && typeof run === "number" && error !== undefined
      ? { v: 1, type: "", id, run, error }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAllowedResend({ effects }: World, mail: string): boolean {
  const key = mail.split(", ").at(-1) ?? "";
  const left = effects.allowedResends.get(key) ?? 0;
  effects.allowedResends.set(key, left - 1);
  return left > 0;
}

const isSameName = (one: string, others: readonly string[]): boolean =>
  others.some((each) => each.split(" ", 1)[0] === one.split(" ", 1)[0]);

/** What is only in the first list, and what is only in the second; equals count. */
function difference(expected: readonly string[], found: readonly string[]): readonly [string[], string[]] {
  const extra = [...found];
  const missing = expected.filter((each) => {
    const index = extra.indexOf(each);
    if (index >= 0) extra.splice(index, 1);
    return index < 0;
  });
  return [missing, extra];
}
