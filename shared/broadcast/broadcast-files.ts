import { createHash } from "node:crypto";

import pMap from "p-map";
import stringify from "safe-stable-stringify";
import * as z from "zod";

import { broadcastMail, type BroadcastMail, type BroadcastPayload } from "../contracts/broadcast.ts";
import type { FileStore } from "../ports/file-store.ts";
import { broadcastRecipient, type BroadcastRecipient } from "./audience.ts";
import type { Broadcast } from "./broadcast-record.ts";

/** A page is one job: its recipients are mailed one slice after the other, and many pages at a time. */
const LEAST_PAGE_SIZE = 50;
/** Pages are their broadcast's children: 1,000 at most, with 100 KB of ids. */
const MOST_PAGES = 700;
const FILES_AT_ONCE = 20;

/** Of what a broadcast says and whom it is for, whatever the order of its properties. */
export const contentHashOf = ({ audience, mail }: BroadcastPayload): string => hashOf({ audience, mail });

/**
 * Stores the pages of an audience and what they get. The folder's name follows from both: an attempt that died in here and
 * the next one, which may find another audience, never mix their pages.
 */
export async function storePages(
  files: FileStore,
  { broadcastId, mail }: Pick<BroadcastPayload, "broadcastId" | "mail">,
  recipients: readonly BroadcastRecipient[],
): Promise<Pick<Broadcast, "pagesKey" | "pages">> {
  const pagesKey = `pages/${broadcastId}/${hashOf({ mail, recipients }).slice(0, 20)}`;
  const pages = pagesOf(recipients);
  await pMap(pages, (page, number) => putJson(files, pageKeyOf(pagesKey, number), page), {
    concurrency: FILES_AT_ONCE,
  });
  await putJson(files, mailKeyOf(pagesKey), mail);
  return { pagesKey, pages: pages.length };
}

export async function readPage(
  files: FileStore,
  { pagesKey }: Pick<Broadcast, "pagesKey">,
  page: number,
): Promise<readonly BroadcastRecipient[]> {
  return z.array(broadcastRecipient).parse(await getJson(files, pageKeyOf(pagesKey, page)));
}

export async function readMail(files: FileStore, { pagesKey }: Pick<Broadcast, "pagesKey">): Promise<BroadcastMail> {
  return broadcastMail.parse(await getJson(files, mailKeyOf(pagesKey)));
}

/** All recipients, page by page. */
export async function readAllPages(
  files: FileStore,
  broadcast: Pick<Broadcast, "pagesKey" | "pages">,
): Promise<readonly (readonly BroadcastRecipient[])[]> {
  const numbers = Array.from({ length: broadcast.pages }, (_, number) => number);
  return pMap(numbers, (number) => readPage(files, broadcast, number), { concurrency: FILES_AT_ONCE });
}

function pagesOf(recipients: readonly BroadcastRecipient[]): (readonly BroadcastRecipient[])[] {
  const size = Math.max(LEAST_PAGE_SIZE, Math.ceil(recipients.length / MOST_PAGES));
  const count = Math.ceil(recipients.length / size);
  return Array.from({ length: count }, (_, number) => recipients.slice(number * size, (number + 1) * size));
}

const pageKeyOf = (pagesKey: string, page: number): string => `${pagesKey}/${page}.json`;
const mailKeyOf = (pagesKey: string): string => `${pagesKey}/mail.json`;

const hashOf = (value: unknown): string =>
  createHash("sha256")
    .update(stringify(value) ?? "")
    .digest("hex");

async function putJson(files: FileStore, key: string, value: unknown): Promise<void> {
  const body = Buffer.from(JSON.stringify(value));
  await files.putOnce({ bucket: "broadcasts", key, body, contentType: "application/json" });
}

async function getJson(files: FileStore, key: string): Promise<unknown> {
  return JSON.parse(Buffer.from(await files.get("broadcasts", key)).toString("utf8"));
}
