import { parseDueEntry, parseJobItem, parseListEntry, parseReadyEntry } from "../../shared/aws/job-item.ts";
import { keyOfList, pageToken, startKeyOf } from "../../shared/aws/job-list-key.ts";
import { JOBS_TABLE } from "../../shared/contracts/tables.ts";
import type { JobStatus } from "../../shared/job/job-state.ts";
import type { EpochMs, Job } from "../../shared/job/job.ts";
import type { Changes, Clause, Condition, Path, Transition } from "../../shared/job/transitions/transition.ts";
import type {
  Applied,
  DueEntry,
  JobList,
  JobStore,
  ListOptions,
  ListPage,
  ReadyEntry,
} from "../../shared/ports/job-store.ts";
import { plainCopy } from "./plain-copy.ts";

type Row = Record<string, unknown>;

/** The jobs table in memory: evaluates the very transitions that the DynamoDB adapter renders. */
export class MemoryJobStore implements JobStore {
  readonly #rows = new Map<string, Row>();

  create(job: Job): ReturnType<JobStore["create"]> {
    const existing = this.#rows.get(job.id);
    const isExpired = Number(existing?.["expiresAt"]) < Math.floor(job.createdAt / 1000);
    if (existing !== undefined && !isExpired) return Promise.resolve({ isCreated: false, existing: toJob(existing) });
    this.#rows.set(job.id, plainCopy(job) as unknown as Row);
    return Promise.resolve({ isCreated: true });
  }

  apply(jobId: string, transition: Transition): Promise<Applied> {
    const row = this.#rows.get(jobId);
    if (row === undefined) return Promise.resolve({ isApplied: false, job: undefined });
    if (!holds(row, transition.condition)) return Promise.resolve({ isApplied: false, job: toJob(row) });
    change(row, transition.changes);
    return Promise.resolve({ isApplied: true, job: toJob(row) });
  }

  get(jobId: string): Promise<Job | undefined> {
    const row = this.#rows.get(jobId);
    return Promise.resolve(row === undefined ? undefined : toJob(row));
  }

  getMany(jobIds: readonly string[]): Promise<readonly Job[]> {
    const rows = [...new Set(jobIds)].map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
    return Promise.resolve(rows.map(toJob));
  }

  async statuses(jobIds: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    return new Map((await this.getMany(jobIds)).map(({ id, status }) => [id, status]));
  }

  async *due(list: string, now: EpochMs): AsyncGenerator<readonly DueEntry[]> {
    const entries = [...this.#rows.values()]
      .filter(({ dueList, dueAt }) => dueList === list && Number(dueAt) <= now)
      .toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt));
    if (entries.length > 0) yield await Promise.resolve(plainCopy(entries).map(parseDueEntry));
  }

  async ready(type: string, limit: number, prefix = ""): Promise<readonly ReadyEntry[]> {
    await Promise.resolve();
    return [...this.#rows.values()]
      .filter(({ readyList, readyKey }) => readyList === type && String(readyKey).startsWith(prefix))
      .toSorted((a, b) => (String(a["readyKey"]) < String(b["readyKey"]) ? -1 : 1))
      .slice(0, limit)
      .map((row) => parseReadyEntry(plainCopy(row)));
  }

  async openChildren(parentId: string, limit: number): Promise<readonly string[]> {
    await Promise.resolve();
    return [...this.#rows.values()]
      .filter(({ openChildOf }) => openChildOf === parentId)
      .slice(0, limit)
      .map(({ id }) => String(id));
  }

  async list(list: JobList, options: ListOptions, now: EpochMs): Promise<ListPage> {
    await Promise.resolve();
    const { index, partition } = keyOfList(list);
    const { partitionKey, sortKey } = JOBS_TABLE.indexes[index];
    const { from = 0, until = Number.MAX_SAFE_INTEGER, limit, after } = options;
    const direction = options.isNewestFirst === true ? -1 : 1;
    const inOrder = (a: Row, b: Row) =>
      direction * (Number(a[sortKey]) - Number(b[sortKey]) || String(a["id"]).localeCompare(String(b["id"])));
    const start = after === undefined ? undefined : startKeyOf(list, after, { from, until });
    const rows = [...this.#rows.values()]
      .filter((row) => row[partitionKey] === partition && Number(row[sortKey]) >= from && Number(row[sortKey]) <= until)
      .filter((row) => start === undefined || inOrder(row, start) > 0)
      .toSorted(inOrder);
    const page = rows.slice(0, limit);
    const alive = page.filter((row) => index !== "ended" || Number(row["expiresAt"]) > Math.floor(now / 1000));
    const entries = alive.map((row) => parseListEntry(plainCopy(row), sortKey));
    const last = page.at(-1);
    return last === undefined || rows.length <= limit ? { entries } : { entries, next: pageToken(list, last) };
  }

  /** A row as it is stored, attributes that its status does not have included. */
  row(jobId: string): Readonly<Record<string, unknown>> {
    return plainCopy(this.#rows.get(jobId) ?? {});
  }

  /** All rows, for assertions. */
  jobs(): Job[] {
    return [...this.#rows.values()].map(toJob);
  }
}

const toJob = (row: Row): Job => parseJobItem(plainCopy(row));

function holds(row: Row, { all, any }: Condition): boolean {
  const every = (clauses: readonly Clause[]) => clauses.every((clause) => isTrue(row, clause));
  return every(all) && (any === undefined || any.some(every));
}

function isTrue(row: Row, clause: Clause): boolean {
  const value = read(row, clause.path);
  switch (clause.is) {
    case "equal":
      return value === clause.to;
    case "atMost":
      return typeof value === "number" && value <= clause.to;
    case "oneOf":
      return typeof value === "string" && clause.values.includes(value);
    case "absent":
      return value === undefined;
    case "present":
      return value !== undefined;
  }
}

function change(row: Row, { set, add, remove }: Changes): void {
  const paths = [...set.map(({ path }) => path), ...add.map(({ path }) => path), ...remove].map((path) =>
    path.join("."),
  );
  if (new Set(paths).size < paths.length) throw new Error(`Two document paths overlap: ${paths.join(", ")}.`);
  for (const { path, value } of set) parentOf(row, path)[path.at(-1) ?? ""] = plainCopy(value);
  for (const { path, by } of add) parentOf(row, path)[path.at(-1) ?? ""] = Number(read(row, path) ?? 0) + by;
  for (const path of remove) delete parentOf(row, path)[path.at(-1) ?? ""];
}

function read(row: Row, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (value as Row | undefined)?.[name], row);
}

/** DynamoDB refuses a path whose parent is missing; so does this. */
function parentOf(row: Row, path: Path): Row {
  const parent = path.slice(0, -1).reduce<unknown>((value, name) => (value as Row | undefined)?.[name], row);
  if (parent === undefined) throw new Error(`The document path ${path.join(".")} is invalid for this row.`);
  return parent as Row;
}
