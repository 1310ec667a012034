import type * as z from "zod";

import { BacklineError } from "../errors/backline-error.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { ListIndexName, RecordLists } from "../job/record-lists.ts";
import type { EntryOptions, ListEntry, RecordKey, RecordStore, VersionedRecord } from "../ports/record-store.ts";
import { parseRecord, type ReadRecord } from "./record.ts";

/** Others may come first so often. A record whose version is no number, but a text, lets nobody change it, ever. */
const MOST_TRIES = 100;

/** Names a record of a known kind. */
export type ModelKey = Omit<RecordKey, "kind">;

export interface RecordModelOptions<Body> {
  /** What `needs.records` names. */
  readonly kind: string;
  readonly schema: z.ZodType<Body>;
  readonly keyOf: (body: Body) => ModelKey;
  /** Where sweeps find it, by what it says now; nowhere by default. */
  readonly listsOf?: (body: Body) => RecordLists;
}

/** Where an entry leads: the record as it is now, or nothing when it is gone. Not parsed: one broken record stops no page. */
export interface Found extends ListEntry {
  readonly record: VersionedRecord | undefined;
}

/**
 * Records of one kind: their shape, their keys, and the lists in which they stand, which every write brings up to date. It
 * keeps what it does not know of a record, which a newer version may have stored.
 */
export class RecordModel<Body extends object> {
  readonly kind: string;
  readonly #options: RecordModelOptions<Body>;

  constructor(options: RecordModelOptions<Body>) {
    this.kind = options.kind;
    this.#options = options;
  }

  /**
   * Stores a record unless there is one already.
   *
   * @returns whether it was stored.
   * @throws z.ZodError listing every problem.
   */
  async create(records: RecordStore, given: Body): Promise<boolean> {
    const body = this.#options.schema.parse(given);
    return (await records.create(this.#key(this.#options.keyOf(body)), body, this.#listsOf(body))).isCreated;
  }

  /** @throws PermanentError `RECORD_INVALID` naming each problem, without the values. */
  async read(records: RecordStore, key: ModelKey): Promise<ReadRecord<Body> | undefined> {
    const record = await records.get(this.#key(key));
    return record && this.parse(key, record);
  }

  /** @throws PermanentError `RECORD_NOT_FOUND`, `RECORD_INVALID` */
  async get(records: RecordStore, key: ModelKey): Promise<ReadRecord<Body>> {
    const record = await this.read(records, key);
    if (record !== undefined) return record;
    throw new PermanentError("RECORD_NOT_FOUND", `There is no ${this.kind} ${nameOf(key)}.`);
  }

  /**
   * What follows from a record (keys of mails, notifications) goes by the id that it says: one that says another's would be
   * taken for that one.
   *
   * @throws PermanentError `RECORD_INVALID` naming each problem, without the values.
   */
  parse(key: ModelKey, record: VersionedRecord): ReadRecord<Body> {
    const parsed = parseRecord(this.#key(key), record, this.#options.schema);
    const own = this.#options.keyOf(parsed.body);
    if (own.id === key.id && (own.part ?? "-") === (key.part ?? "-")) return parsed;
    const name = `${this.kind} record ${nameOf(key)}`;
    throw new PermanentError("RECORD_INVALID", `The ${name} says that it is another one. Store it under its own key.`);
  }

  /**
   * Changes a record, however many others change it too: `change` is asked again with what they have made of it. Nothing is
   * written when it gives nothing.
   *
   * @returns the record as it then is.
   * @throws PermanentError `RECORD_NOT_FOUND`, `RECORD_INVALID`; BacklineError `RECORD_UNCHANGEABLE` after a hundred refusals;
   *   z.ZodError for a change that is not right; what `change` throws.
   */
  async update(records: RecordStore, key: ModelKey, change: (body: Body) => Partial<Body> | undefined): Promise<Body> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const known = await this.get(records, key);
      const changes = change(known.body);
      if (changes === undefined) return known.body;
      const changed = await this.replace(records, key, known, changes);
      if (changed !== undefined) return changed;
    }
    throw new BacklineError(
      "RECORD_UNCHANGEABLE",
      `No change of ${this.kind} ${nameOf(key)} was accepted: look at its version.`,
    );
  }

  /**
   * Changes a record as it was read. What is `undefined` in the changes goes.
   *
   * @returns the record as it then is; `undefined`, with nothing written, when somebody has changed it since.
   * @throws z.ZodError for a change that is not right.
   */
  async replace(
    records: RecordStore,
    key: ModelKey,
    { body, version, stored }: ReadRecord<Body>,
    changes: Partial<Body>,
  ): Promise<Body | undefined> {
    const next = this.#options.schema.parse({ ...body, ...changes });
    // The rest stays as it is stored, what nobody here knows included.
    const changed = Object.fromEntries(Object.keys(changes).map((name) => [name, next[name as keyof Body]])); // its own
    const isWritten = await records.replace(this.#key(key), version, { ...stored, ...changed }, this.#listsOf(next));
    return isWritten ? next : undefined;
  }

  /** Deletes a record as it was read. False when somebody has changed it since. */
  remove(records: RecordStore, key: ModelKey, version: number): Promise<boolean> {
    return records.remove(this.#key(key), version);
  }

  /** A page of one of the kind's lists; fewer than `limit` when there are no more. */
  entries(
    records: RecordStore,
    { index, list }: { readonly index: ListIndexName; readonly list: string },
    options?: EntryOptions,
  ): Promise<readonly ListEntry[]> {
    return records.entries({ kind: this.kind, index, list }, options);
  }

  /** The record behind an entry. */
  async find(records: RecordStore, entry: ListEntry): Promise<Found> {
    return { ...entry, record: await records.get(this.#key(entry)) };
  }

  /** A record that is there from the start, for examples and tests: with its key and lists. */
  given(given: Body): { kind: string; id: string; part?: string; body: Body; lists: RecordLists } {
    const body = this.#options.schema.parse(given);
    return { kind: this.kind, ...this.#options.keyOf(body), body, lists: this.#listsOf(body) };
  }

  #key({ id, part }: ModelKey): RecordKey {
    return { kind: this.kind, id, ...(part !== undefined && { part }) };
  }

  #listsOf(body: Body): RecordLists {
    return this.#options.listsOf?.(body) ?? {};
  }
}

const nameOf = ({ id, part }: ModelKey): string => (part === undefined ? id : `${id}/${part}`);
