import { createHash } from "node:crypto";

import * as z from "zod";

import { BUCKETS, type BucketName } from "../contracts/buckets.ts";
import { moment } from "../contracts/fields.ts";
import type { EpochMs } from "../job/job.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord } from "../records/record.ts";
import { DAY_MS } from "../job/durations.ts";

const bucketName = z.custom<BucketName>((value) => typeof value === "string" && Object.hasOwn(BUCKETS, value));

const fileLink = z.object({
  bucket: bucketName,
  key: z.string().min(1),
  filename: z.string().min(1),
  contentType: z.string().min(1),
  /** From then on it leads nowhere. */
  until: moment,
  revokedAt: moment.optional(),
  /** When DynamoDB may forget it, epoch seconds. */
  expiresAt: z.number(),
});
export type FileLinkRecord = z.infer<typeof fileLink>;

/** A file that somebody may fetch. */
export type LinkedFile = Pick<FileLinkRecord, "bucket" | "key" | "filename" | "contentType">;

const LIFETIME_MS = 7 * DAY_MS;
/** A mail that is sent again says a day until which there is some time left. */
const LEAST_TIME_LEFT_MS = DAY_MS;
/** So long somebody who follows an old link is told that it has expired by its record; later, by its signature only. */
const KEPT_AFTERWARDS_MS = 30 * DAY_MS;

const keyOf = (id: string): RecordKey => ({ kind: "file_link", id });

/** The link of one job to one file: an attempt that begins again makes the same one. */
function linkIdOf(jobId: string, { bucket, key }: LinkedFile): string {
  return createHash("sha256")
    .update(JSON.stringify([jobId, bucket, key]))
    .digest("hex")
    .slice(0, 32);
}

/**
 * Lets whoever has the link fetch a file for 7 days. The same job and file again give the same link; one with less than a day
 * left is renewed (its mail is sent again), one that was revoked stays so.
 */
export async function createFileLink(
  records: RecordStore,
  { jobId, file, now }: { readonly jobId: string; readonly file: LinkedFile; readonly now: EpochMs },
): Promise<{ readonly id: string; readonly until: string }> {
  const id = linkIdOf(jobId, file);
  const fresh = { ...file, ...lifetimeFrom(now) };
  const { record } = await records.create(keyOf(id), fresh);
  const known = z.parse(fileLink, record.body);
  if (Date.parse(known.until) - now >= LEAST_TIME_LEFT_MS) return { id, until: known.until };
  const { revokedAt } = known;
  const renewed = { ...fresh, ...(revokedAt !== undefined && { revokedAt }) };
  if (await records.replace(keyOf(id), record.version, renewed)) return { id, until: renewed.until };
  return createFileLink(records, { jobId, file, now }); // somebody renewed or revoked it meanwhile
}

function lifetimeFrom(now: EpochMs): Pick<FileLinkRecord, "until" | "expiresAt"> {
  const untilMs = now + LIFETIME_MS;
  return {
    until: new Date(untilMs).toISOString(),
    expiresAt: Math.ceil((untilMs + KEPT_AFTERWARDS_MS) / 1000),
  };
}

/** What a link of ours leads to now. */
export type FollowedLink = { readonly state: "open"; readonly file: LinkedFile } | { readonly state: "over" };

/** @param id of a token whose signature is right: one without a record has expired long ago. */
export async function followFileLink(records: RecordStore, id: string, now: EpochMs): Promise<FollowedLink> {
  const link = (await readRecord(records, keyOf(id), fileLink))?.body;
  if (link === undefined || link.revokedAt !== undefined || Date.parse(link.until) <= now) return { state: "over" };
  const { bucket, key, filename, contentType } = link;
  return { state: "open", file: { bucket, key, filename, contentType } };
}

/**
 * Ends a link now. Whoever fetches the file just then may go on for a minute.
 *
 * @returns the file that it led to; `undefined` when there is no such link.
 */
export async function revokeFileLink(
  records: RecordStore,
  id: string,
  at: EpochMs,
): Promise<FileLinkRecord | undefined> {
  const known = await readRecord(records, keyOf(id), fileLink);
  if (known === undefined || known.body.revokedAt !== undefined) return known?.body;
  const revoked = { ...known.body, revokedAt: new Date(at).toISOString() };
  if (await records.replace(keyOf(id), known.version, revoked)) return revoked;
  return revokeFileLink(records, id, at); // renewed meanwhile
}
