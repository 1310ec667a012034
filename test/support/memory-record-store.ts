import type {
  ListedRecord,
  ListOptions,
  RecordKey,
  RecordStore,
  VersionedRecord,
} from "../../shared/ports/record-store.ts";
import { plainCopy } from "./plain-copy.ts";

/** A record with the whole of its key. */
export interface StoredRecord extends VersionedRecord, Required<RecordKey> {}

/** Business records in memory. */
export class MemoryRecordStore implements RecordStore {
  readonly #records = new Map<string, StoredRecord>();

  async get(key: RecordKey): Promise<VersionedRecord | undefined> {
    await Promise.resolve();
    return contentOf(this.#records.get(nameOf(key)));
  }

  async list(
    { kind, id }: Omit<RecordKey, "part">,
    { prefix = "", after, limit = 100 }: ListOptions = {},
  ): Promise<readonly ListedRecord[]> {
    await Promise.resolve();
    return [...this.#records.values()]
      .filter((record) => record.kind === kind && record.id === id && record.part.startsWith(prefix))
      .filter(({ part }) => after === undefined || compareBytes(part, after) > 0)
      .toSorted((one, other) => compareBytes(one.part, other.part))
      .slice(0, limit)
      .map(({ part, body, version }) => plainCopy({ part, body, version }));
  }

  async create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    await Promise.resolve();
    const existing = contentOf(this.#records.get(nameOf(key)));
    if (existing !== undefined) return { isCreated: false, record: existing };
    return { isCreated: true, record: this.#put(key, { body: copyOf(body), version: 1 }) };
  }

  async replace(key: RecordKey, version: number, body: object): Promise<boolean> {
    await Promise.resolve();
    if (this.#records.get(nameOf(key))?.version !== version) return false;
    this.#put(key, { body: copyOf(body), version: version + 1 });
    return true;
  }

  /** Every record, in the order in which they were created. */
  all(): StoredRecord[] {
    return [...this.#records.values()].map((record) => plainCopy(record));
  }

  /** Names of all records of a kind, `id/part`. */
  namesOf(kind: string): string[] {
    return [...this.#records.values()].filter((record) => record.kind === kind).map(({ id, part }) => `${id}/${part}`);
  }

  #put({ kind, id, part = "-" }: RecordKey, content: VersionedRecord): VersionedRecord {
    this.#records.set(nameOf({ kind, id, part }), { kind, id, part, ...content });
    return plainCopy(content);
  }
}

const nameOf = ({ kind, id, part = "-" }: RecordKey): string => JSON.stringify([kind, id, part]);

/** As JSON brings it back: a table keeps no `undefined`. */
const copyOf = (body: object) => JSON.parse(JSON.stringify(body)) as VersionedRecord["body"];

const contentOf = (record: StoredRecord | undefined): VersionedRecord | undefined =>
  record && plainCopy({ body: record.body, version: record.version });

/** DynamoDB's order; that of JavaScript's texts differs beyond the basic plane. */
const compareBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
