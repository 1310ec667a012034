import type { ListIndexName, RecordLists } from "../job/record-lists.ts";

/** A business record with its version: what `replace` checks, so that no concurrent change is overwritten. */
export interface VersionedRecord {
  readonly body: Readonly<Record<string, unknown>>;
  /** 1 when it was created, one more with each `replace`. */
  readonly version: number;
}

/** Kind and id of a record: `order` and `ord_42`. The kind is what a function's role is limited to. */
export interface RecordKey {
  /** What `needs.records` names: `order`. */
  readonly kind: string;
  /** Unique within the kind: `ord_42`. */
  readonly id: string;
  /** Several records under one id; `-` by default. */
  readonly part?: string;
}

/** A record of a list, with its place in it. */
export interface ListedRecord extends VersionedRecord {
  readonly part: string;
}

/** Which of the records under one id are wanted. */
export interface ListOptions {
  /** Only parts that begin so; all by default. */
  readonly prefix?: string;
  /** Only parts behind this one, in the order of their UTF-8 bytes: the last part of the page before. */
  readonly after?: string;
  /** At most so many, 1 to 1,000; 100 by default. */
  readonly limit?: number;
}

/** A list of records of one kind, in the order of a time; see `RecordLists`. */
export interface RecordList {
  readonly kind: string;
  readonly index: ListIndexName;
  readonly list: string;
}

/** A record's place in a list, as the list knows it: the record itself may have moved on. */
export interface ListEntry extends Required<Omit<RecordKey, "kind">> {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Which of a list's entries are wanted. */
export interface EntryOptions {
  /** First time, included; from the beginning by default. */
  readonly from?: number;
  /** Last time, included; to the end by default. */
  readonly to?: number;
  /** Only entries behind this one: the last of the page before, which need not be there any more. */
  readonly after?: ListEntry;
  /** At most so many, 1 to 1,000; 100 by default. */
  readonly limit?: number;
}

/** Business records. Reads by key are strongly consistent, writes are one conditional call. */
export interface RecordStore {
  get(key: RecordKey): Promise<VersionedRecord | undefined>;
  /** The records under one kind and id, in the order of their parts; fewer than `limit` when there are no more. */
  list(key: Omit<RecordKey, "part">, options?: ListOptions): Promise<readonly ListedRecord[]>;
  /**
   * What stands in a list, earliest first, equal times in any one order, each record once; fewer than `limit` when there are
   * no more. Only a hint, some moments behind: read the record before anything is done about it. One that moves meanwhile may
   * be in a later page, too.
   */
  entries(list: RecordList, options?: EntryOptions): Promise<readonly ListEntry[]>;
  /** Writes a record, and puts it into lists, unless there is one already; then that one comes back. */
  create(
    key: RecordKey,
    body: object,
    lists?: RecordLists,
  ): Promise<{ readonly isCreated: boolean; readonly record: VersionedRecord }>;
  /** Overwrites version `version` of a record; it then stands in `lists` and no others. False when somebody changed it since. */
  replace(key: RecordKey, version: number, body: object, lists?: RecordLists): Promise<boolean>;
  /** Deletes version `version` of a record. False when somebody changed it since; true when there is none (any more). */
  remove(key: RecordKey, version: number): Promise<boolean>;
}
