import { createHash } from "node:crypto";

import type { BacklineError } from "../errors/backline-error.ts";

/** What fetching a page came to. */
export interface Fetched {
  readonly url: string;
  /** Its status, or the code of the error: `200`, `TIMEOUT`. */
  readonly answer: string;
  /** Of pages that were read to their end. */
  readonly ms?: number;
  readonly bytes?: number;
  /** Why it is not warm. */
  readonly failure?: BacklineError;
}

/** A page that was slow. */
export interface SlowPage {
  /** Without its query. */
  readonly url: string;
  readonly ms: number;
  readonly bytes: number;
}

/** What all pages came to so far. It travels in a sweep's cursor, which has 4 KB at most. */
export interface WarmReport {
  /** How many pages gave each answer: `{ "200": 40, "503": 1, "TIMEOUT": 2 }`; some thirty answers, then `other`. */
  readonly answers: Readonly<Record<string, number>>;
  /** The five slowest, slowest first. */
  readonly slowest: readonly SlowPage[];
}

export const EMPTY_REPORT: WarmReport = { answers: {}, slowest: [] };

const MOST_SLOW_PAGES = 5;
/** A store may answer whatever it likes. */
const MOST_ANSWERS = 30;
const LONGEST_NAME = 128;
const HASH_LENGTH = 8;

/** The report with further pages in it. */
export function withPages({ answers, slowest }: WarmReport, pages: readonly Fetched[]): WarmReport {
  const counts = { ...answers };
  for (const { answer } of pages) {
    const isCounted = answer in counts || Object.keys(counts).length < MOST_ANSWERS;
    const name = isCounted ? answer : "other";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const timed = pages.flatMap(({ url, ms, bytes }) =>
    ms === undefined || bytes === undefined ? [] : [{ url: pageName(url), ms, bytes }],
  );
  const all = [...slowest, ...timed].sort((one, other) => other.ms - one.ms);
  return { answers: counts, slowest: all.slice(0, MOST_SLOW_PAGES) };
}

/**
 * Names a page in errors and reports, 128 characters at most: its URL without credentials and query, which may be secrets. A
 * hash stands for what is left out.
 */
export function pageName(text: string): string {
  const { origin, pathname, search } = new URL(text);
  const name = `${origin}${pathname}${search === "" ? "" : `?${hashOf(search)}`}`;
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - HASH_LENGTH - 1)}~${hashOf(text)}`;
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
