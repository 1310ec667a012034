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

/** Business records. Reads are strongly consistent, writes are one conditional put. */
export interface RecordStore {
  get(key: RecordKey): Promise<VersionedRecord | undefined>;
  /** Writes a record unless there is one already; then that one comes back. */
  create(key: RecordKey, body: object): Promise<{ readonly isCreated: boolean; readonly record: VersionedRecord }>;
  /** Overwrites version `version` of a record. False when somebody changed it since. */
  replace(key: RecordKey, version: number, body: object): Promise<boolean>;
}
