import * as z from "zod";

import type { SweepPage } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { ListEntry } from "../ports/record-store.ts";

/** A record of a page: archived, at a version, or left out. */
export interface ArchiveItem {
  readonly id: string;
  readonly part: string;
  /** The version that is in the file; absent where the record is in none. */
  readonly version?: number | undefined;
  /** What the record says, until it is in the file. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Why it could not be read. */
  readonly problem?: string | undefined;
}

/** A file's name, and what its first line says it is. */
export interface ArchiveName {
  readonly key: string;
  /** Of the records. */
  readonly kind: string;
  readonly jobId: string;
  readonly asOf: EpochMs;
}

const place = { id: z.string(), part: z.string() };

/** First line of a file: what it is, and what a second visit of its page needs beside the records. */
const head = z.object({
  archive: z.string(),
  jobId: z.string(),
  asOf: z.string(),
  leftOut: z.array(z.object({ ...place, problem: z.string().optional() })),
  next: z.object({ ...place, at: z.number() }).optional(),
});

/** Every further line: a record with its key and version. */
const line = z.object({ ...place, version: z.number() });

/** Stores a page's file, unless there is one. True when this call stored it. */
export function writeArchive(
  files: FileStore,
  { key, kind, jobId, asOf }: ArchiveName,
  page: SweepPage<ArchiveItem, ListEntry>,
) {
  const archived = page.items.filter(({ version }) => version !== undefined);
  const leftOut = page.items.filter(({ version }) => version === undefined);
  const first: z.infer<typeof head> = {
    archive: kind,
    jobId,
    asOf: new Date(asOf).toISOString(),
    leftOut: leftOut.map(({ id, part, problem }) => ({ id, part, problem })),
    ...(page.next && { next: page.next }),
  };
  const others = archived.map(({ id, part, version, record }) => ({ id, part, version, record }));
  const body = [first, ...others].map((each) => `${JSON.stringify(each)}\n`).join("");
  return files.putOnce({ bucket: "archives", key, body: Buffer.from(body), contentType: "application/x-ndjson" });
}

/**
 * A page as its file has it: its items are those of the file, whatever has become of the records since.
 *
 * @throws when there is no such file: see `isMissingFile`.
 */
export async function readArchive(files: FileStore, key: string): Promise<SweepPage<ArchiveItem, ListEntry>> {
  const text = Buffer.from(await files.get("archives", key)).toString();
  const [first = "", ...others] = text.trimEnd().split("\n");
  const { leftOut, next } = head.parse(JSON.parse(first));
  return { items: [...others.map((each) => line.parse(JSON.parse(each))), ...leftOut], ...(next && { next }) };
}
