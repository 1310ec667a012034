import { createHash } from "node:crypto";

import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED, type SweepPage, type SweepTotals } from "../engine/sweep.ts";
import { describeError } from "../errors/describe-error.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { isMissingFile } from "../errors/missing-file.ts";
import type { EpochMs } from "../job/job.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { ListEntry } from "../ports/record-store.ts";
import { readArchive, writeArchive, type ArchiveItem } from "./archive-file.ts";
import { itemKey } from "./item-key.ts";
import { AT_ONCE, readListPage, type ListRange } from "./list-page.ts";
import { tryItem } from "./try-item.ts";

const HASH_LENGTH = 16;

type ArchivePage = SweepPage<ArchiveItem, ListEntry>;

/** Which records are archived and deleted. Their keys must not be used again: a page that is visited again goes by key and version. */
export interface RecordArchive<Body extends object> extends ListRange<Body> {
  /** The files go into its bucket `archives`. */
  readonly files: FileStore;
  /** The sweep's time: its day (UTC) is in the names of the files. */
  readonly asOf: EpochMs;
  /** Whether the record, as it is now, is to be archived: the list is only a hint. */
  isDue(body: Body): boolean;
}

/**
 * Archives records as JSON lines, a file a page, and deletes them. A file has some 50 KB, and 20 MB where every record is as large
 * as the table allows.
 *
 * ```
 * page without file ──► read its records ──► store the file, once ──► delete each at the version that is in the file
 * page with a file, for a crash came behind it ──► the file is the page ──┘
 * ```
 *
 * A file's name follows from job, sweep and cursor, and files never change: a record is in one file of the job, and nothing is
 * deleted that is in none, whatever crashes. What was changed since it was archived stays, counts as skipped, and is archived as
 * it then is by the next run. Only what a job has stored and could not delete, for it gave up for good, is archived again by the
 * next one; key and version in the lines tell.
 *
 * The files are not compressed: they are small, and the S3 console, `jq` and Athena read them as they are.
 *
 * @param name unique in the handler, as a sweep's.
 * @returns totals whose `done` counts the records that were archived and deleted.
 */
export function archiveRecords<Body extends object>(
  job: Pick<JobContext<SweepPayload>, "id" | "sweep" | "payload">,
  name: string,
  archive: RecordArchive<Body>,
): Promise<SweepTotals> {
  const { dryRun } = job.payload;
  return job.sweep<ArchiveItem, ListEntry>(name, {
    page: (after) => (dryRun ? readPage(archive, after) : archivedPage(job, name, archive, after)),
    key: itemKey,
    isDue: ({ version, problem }) => {
      if (problem !== undefined) throw new PermanentError("RECORD_INVALID", problem);
      return version !== undefined;
    },
    each: (item) => tryItem(() => removeArchived(archive, item)),
    isDryRun: dryRun,
    concurrency: AT_ONCE,
  });
}

/** How the names of a job's files begin: `audit/2026/03/01/cleanup_old_audit_logs-x-`. */
export const archivePrefix = (kind: string, asOf: EpochMs, jobId: string): string =>
  `${kind}/${new Date(asOf).toISOString().slice(0, 10).replaceAll("-", "/")}/${jobId}-`;

async function archivedPage<Body extends object>(
  job: Pick<JobContext<SweepPayload>, "id">,
  name: string,
  archive: RecordArchive<Body>,
  after: ListEntry | undefined,
): Promise<ArchivePage> {
  const { files, model, asOf } = archive;
  const { kind } = model;
  const place = createHash("sha256")
    .update(JSON.stringify([name, after ?? null]))
    .digest("hex");
  const key = `${archivePrefix(kind, asOf, job.id)}${place.slice(0, HASH_LENGTH)}.jsonl`;
  const known = await knownPage(files, key);
  if (known !== undefined) return known;
  const page = await readPage(archive, after);
  // Without file: nothing of it is deleted, so that it can be read again.
  if (page.items.every(({ version }) => version === undefined)) return page;
  const isStored = await writeArchive(files, { key, kind, jobId: job.id, asOf }, page);
  // Died here: the next visit finds the file, and goes by it. As does whoever was late: a run that has lost its lease may have
  // stored it, of records that are no longer the same.
  return isStored ? page : readArchive(files, key);
}

async function knownPage(files: FileStore, key: string): Promise<ArchivePage | undefined> {
  try {
    return await readArchive(files, key);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}

const readPage = <Body extends object>(
  archive: RecordArchive<Body>,
  after: ListEntry | undefined,
): Promise<ArchivePage> => readListPage(archive, after, (entry) => readItem(archive, entry));

/** A record that is wrong in itself is an error of its own: nobody else's file waits for it. */
async function readItem<Body extends object>(archive: RecordArchive<Body>, entry: ListEntry): Promise<ArchiveItem> {
  const { records, model } = archive;
  const { id, part, record } = await model.find(records, entry);
  if (record === undefined) return { id, part };
  try {
    const isArchived = archive.isDue(model.parse(entry, record).body);
    return isArchived ? { id, part, version: record.version, record: record.body } : { id, part };
  } catch (error) {
    return { id, part, problem: describeError(error).message };
  }
}

/** One that is gone counts as done: nobody else deletes it, so this job has, before a crash. */
async function removeArchived<Body extends object>(
  { records, model }: RecordArchive<Body>,
  { id, part, version }: ArchiveItem,
): Promise<unknown> {
  const isRemoved = version !== undefined && (await model.remove(records, { id, part }, version));
  return isRemoved ? undefined : SKIPPED;
}
