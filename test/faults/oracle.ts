import { isTerminal, type JobStatus } from "../../shared/job/job-state.ts";
import type { Permit } from "../../shared/contracts/messages.ts";
import { rootIdOf, rootRowOf } from "./root-job.ts";
import type { World } from "./world.ts";

/** What a run has left in the world, times and versions left out. */
export interface Remains {
  readonly rootStatus: JobStatus | undefined;
  readonly rootAttempts: number;
  /** `id status` of every job but those that report mails. */
  readonly jobs: readonly string[];
  /** `recipient, subject, job/effect` of every mail. */
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
  const isReport = (id: string) => id.includes("-evt-mail-");
  return {
    rootStatus: root?.status,
    rootAttempts: root?.attempts ?? 0,
    jobs: rows.filter(({ id }) => !isReport(id)).map(({ id, status }) => `${unnumbered(id)} ${status}`),
    mails: world.mailer.mails.map(({ to, subject, jobId, effect }) => `${to}, ${subject}, ${jobId}/${effect}`),
    files: world.files.names(),
    records: await recordsOf(world),
    parked: [
      ...new Set(
        world.queue.deadLetters
          .map(({ body }) => body)
          .filter((body) => letterOf(body) === undefined && !world.givenUp.has(body)),
      ),
    ],
  };
}

async function recordsOf({ records, subject }: World): Promise<string[]> {
  const needed = subject.types.flatMap(({ definition }) => Object.keys(definition.needs.records ?? {}));
  const kinds = new Set([...needed, ...subject.records.map(({ kind }) => kind)]);
  const keys = [...kinds].flatMap((kind) => records.namesOf(kind).map((name) => ({ kind, name })));
  return Promise.all(
    keys.map(async ({ kind, name }) => {
      const [id = "", part = "-"] = name.split("/");
      const record = await records.get({ kind, id, part });
      return `${kind}#${unnumbered(name)} = ${JSON.stringify(record?.body)}`;
    }),
  );
}

/** Ids that processes draw differ from run to run. */
const unnumbered = (name: string): string => name.replace(/-id-\d+/, "-id");

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
  const isOther = alsoAllowed.some((status) =>
    found.jobs.some((job) => job.endsWith(` ${status}`) && !baseline.jobs.includes(job)),
  );
  if (!isOther && found.rootStatus !== baseline.rootStatus) findings.lose(`the job ended ${found.rootStatus}`);
  for (const part of ["jobs", "mails", "files", "records", "parked"] as const) {
    const [missing, extra] = difference(baseline[part], found[part]);
    const isThereOnce = (each: string) => part === "mails" && found.mails.includes(each);
    if (!isOther) for (const each of missing) if (!isThereOnce(each)) findings.lose(`${part}: ${each}`);
    for (const each of extra) {
      // A job that ended otherwise may have left its records half-way, never others.
      if ((part === "jobs" || part === "records") && isOther && isSameName(each, baseline[part])) continue;
      if (part === "mails" && isAllowedResend(world, each)) continue;
      findings.duplicate(`${part}: ${each}`);
    }
  }
}

function judgeRows({ rows, findings, receipts, mailer, subject }: World): void {
  for (const job of rows.rows()) {
    if (!isTerminal(job.status)) findings.lose(`job ${job.id} is ${job.status} at the end`);
  }
  if (subject.isUnreported === true) return;
  for (const { id, jobId, effect } of mailer.mails) {
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

/** Every mail of a completed job stands on its row, with a receipt. */
function judgeLedger({ rows, mailer, findings }: World): void {
  for (const job of rows.rows()) {
    if (job.status !== "completed") continue;
    for (const { effect, id } of mailer.mails.filter(({ jobId }) => jobId === job.id)) {
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
