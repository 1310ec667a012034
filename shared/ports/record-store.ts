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

/** Business records. Reads are strongly consistent, writes are one conditional put. */
export interface RecordStore {
  get(key: RecordKey): Promise<VersionedRecord | undefined>;
  /** The records under one kind and id, in the order of their parts; fewer than `limit` when there are no more. */
  list(key: Omit<RecordKey, "part">, options?: ListOptions): Promise<readonly ListedRecord[]>;
  /** Writes a record unless there is one already; then that one comes back. */
  create(key: RecordKey, body: object): Promise<{ readonly isCreated: boolean; readonly record: VersionedRecord }>;
  /** Overwrites version `version` of a record. False when somebody changed it since. */
  replace(key: RecordKey, version: number, body: object): Promise<boolean>;
}
