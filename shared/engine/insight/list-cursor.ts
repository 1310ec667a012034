import type { EpochMs } from "../../job/job.ts";
import type { JobList, JobStore, ListEntry } from "../../ports/job-store.ts";

/** Reads of one list for one page. Past them, the page ends early and the next one goes on. */
export const READS_PER_LIST = 3;

/**
 * How far a list was used up: `undefined` to its end. Entries are named by the keys that `keyOf` makes of their ids: what
 * stands at the place and has been used.
 */
export type Position =
  | { readonly after?: string; readonly used: readonly string[] }
  | { readonly until: EpochMs; readonly used: readonly string[] };

interface CursorOptions {
  readonly store: JobStore;
  readonly list: JobList;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly limit: number;
  readonly now: EpochMs;
  readonly keyOf: (jobId: string) => string;
}

/**
 * Goes through one list, newest first, entry by entry. A store's page tokens lead only from page to page; a position in
 * between is the time of the first entry that was not used, and those of the same time that were.
 */
export class ListCursor {
  readonly #options: CursorOptions;
  #base: Position | undefined;
  #entries: readonly ListEntry[] = [];
  #used = 0;
  #next: string | undefined;
  #reads = 0;
  #itemsRead = 0;

  /** @param position where the page before left off; `undefined` at the end of the list. */
  constructor(options: CursorOptions, position: Position | undefined) {
    this.#options = options;
    this.#base = position;
  }

  get itemsRead(): number {
    return this.#itemsRead;
  }

  /** Whether all of the list was used. */
  get isAtEnd(): boolean {
    return this.#base === undefined;
  }

  /** The next entry; nothing at the list's end, and nothing when it may be read no further. */
  async peek(): Promise<ListEntry | undefined> {
    while (this.#used >= this.#entries.length && this.#base !== undefined && this.#reads < READS_PER_LIST) {
      await this.#read(this.#base);
    }
    return this.#entries[this.#used];
  }

  take(): void {
    this.#used += 1;
    if (this.#used >= this.#entries.length) this.#turn();
  }

  position(): Position | undefined {
    const next = this.#entries[this.#used];
    if (next === undefined || this.#base === undefined || this.#used === 0) return this.#base;
    const { keyOf } = this.#options;
    const used = this.#entries.slice(0, this.#used);
    const isOneTime = used[0]?.at === next.at;
    // More entries of one time than a page holds: only the token leads on through them.
    if (isOneTime) return { ...this.#base, used: [...this.#base.used, ...used.map(({ id }) => keyOf(id))] };
    return { until: next.at, used: used.filter(({ at }) => at === next.at).map(({ id }) => keyOf(id)) };
  }

  async #read(base: Position): Promise<void> {
    const { store, list, now, keyOf, from, until, limit } = this.#options;
    const place = "until" in base ? { until: base.until } : { until, ...(base.after && { after: base.after }) };
    const page = await store.list(list, { from, ...place, limit, isNewestFirst: true }, now);
    const used = new Set(base.used);
    this.#reads += 1;
    this.#itemsRead += page.entries.length;
    this.#entries = page.entries.filter(({ id }) => !used.has(keyOf(id)));
    this.#used = 0;
    this.#next = page.next;
    if (this.#entries.length === 0) this.#turn();
  }

  /** The page is used up: the next one begins after it. */
  #turn(): void {
    this.#base = this.#next === undefined ? undefined : { after: this.#next, used: [] };
    this.#entries = [];
    this.#used = 0;
  }
}
