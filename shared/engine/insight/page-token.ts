import { createHash } from "node:crypto";

import stringify from "safe-stable-stringify";
import * as z from "zod";

import { InvalidCursorError } from "../../errors/job-errors.ts";
import type { JobList } from "../../ports/job-store.ts";
import type { CheckedQuery } from "./job-query.ts";
import type { Position } from "./list-cursor.ts";

/** Where a page ended: how far each list was used up, and which jobs were shown that may still move into another list. */
export interface PagePlace {
  /** By list, in the order of `sourcesOf`; `undefined` for one that was used up. */
  readonly positions: readonly (Position | undefined)[];
  /** Keys (`keyOfJob`) of the jobs shown before they had ended; the last `MOST_SHOWN`. */
  readonly shown: readonly string[];
}

/** A token of 3 KB at most. Past so many jobs, one that ends meanwhile may come a second time. */
const MOST_SHOWN = 500;
/** 36 bits: among 500 jobs, one in a hundred million is taken for another. */
const KEY_LENGTH = 6;

const key = z.string().length(KEY_LENGTH);
const usedKeys = z.array(key).max(200);
const position = z.union([
  z.strictObject({ until: z.int().min(0), used: usedKeys }),
  z.strictObject({ after: z.string().min(1).max(2_000).exactOptional(), used: usedKeys }),
]);
const place = z.strictObject({
  listing: z.string(),
  positions: z.array(position.nullable()),
  shown: z.string().regex(/^[\w-]*$/),
});

/** Stands for a job in a token: short, and says nothing about it. */
export const keyOfJob = (jobId: string): string => hash(jobId).slice(0, KEY_LENGTH);

/** What a token belongs to: a query, and the lists that answer it (they change with the catalog). */
export interface Listing {
  readonly query: CheckedQuery;
  readonly lists: readonly JobList[];
}

export function pageTokenOf(listing: Listing, { positions, shown }: PagePlace): string {
  const told: z.infer<typeof place> = {
    listing: nameOf(listing),
    positions: positions.map((each) => each ?? null) as z.infer<typeof place>["positions"],
    shown: shown.slice(-MOST_SHOWN).join(""),
  };
  return Buffer.from(JSON.stringify(told)).toString("base64url");
}

/** @throws InvalidCursorError for a token that no page of this listing has given. */
export function readPageToken(listing: Listing, token: string): PagePlace {
  const read = place.safeParse(jsonOf(token));
  if (!read.success || read.data.listing !== nameOf(listing)) throw new InvalidCursorError();
  const { positions, shown } = read.data;
  const isWithin = (each: Position | null) =>
    each === null || !("until" in each) || (each.until >= listing.query.from && each.until <= listing.query.until);
  if (positions.length !== listing.lists.length || !positions.every(isWithin)) throw new InvalidCursorError();
  return { positions: positions.map((each) => each ?? undefined), shown: shown.match(/.{6}/g) ?? [] };
}

function jsonOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    return undefined; // not JSON: no token
  }
}

/** Pages of one query may differ in size. */
function nameOf({ query: { limit: _limit, after: _after, ...query }, lists }: Listing): string {
  return hash(stringify([query, lists])).slice(0, 12);
}

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url");
