import type { RecordKey, RecordStore, VersionedRecord } from "../../shared/ports/record-store.ts";

/** Business records in memory. */
export class MemoryRecordStore implements RecordStore {
  readonly #records = new Map<string, VersionedRecord>();

  async get(key: RecordKey): Promise<VersionedRecord | undefined> {
    await Promise.resolve();
    return structuredClone(this.#records.get(nameOf(key)));
  }

  async create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    await Promise.resolve();
    const existing = this.#records.get(nameOf(key));
    if (existing !== undefined) return { isCreated: false, record: structuredClone(existing) };
    const record = { body: JSON.parse(JSON.stringify(body)) as VersionedRecord["body"], version: 1 };
    this.#records.set(nameOf(key), record);
    return { isCreated: true, record };
  }

  async replace(key: RecordKey, version: number, body: object): Promise<boolean> {
    await Promise.resolve();
    if (this.#records.get(nameOf(key))?.version !== version) return false;
    const copy = JSON.parse(JSON.stringify(body)) as VersionedRecord["body"];
    this.#records.set(nameOf(key), { body: copy, version: version + 1 });
    return true;
  }

  /** Names of all records of a kind, `id/part`. */
  namesOf(kind: string): string[] {
    const prefix = `${kind}#`;
    return [...this.#records.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }
}

const nameOf = ({ kind, id, part = "-" }: RecordKey): string => `${kind}#${id}/${part}`;
