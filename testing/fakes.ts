import type { BucketName } from "../shared/contracts/buckets.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { NewFile } from "../shared/ports/file-store.ts";
import type { RecordKey, RecordStore } from "../shared/ports/record-store.ts";
import { MemoryFileStore } from "../test/support/memory-file-store.ts";
import { MemoryRecordStore } from "../test/support/memory-record-store.ts";

/** A file that is there before the job runs. */
export interface GivenFile {
  readonly bucket: BucketName;
  readonly key: string;
  readonly body: Uint8Array | string;
  /** `application/octet-stream` by default. */
  readonly contentType?: string;
}

/** A business record that is there before the job runs. */
export interface GivenRecord {
  readonly kind: string;
  readonly id: string;
  /** `-` by default. */
  readonly part?: string;
  readonly body: object;
}

/** A file that the job has stored. */
export interface StoredFile extends NewFile {
  /** In virtual time. */
  readonly at: EpochMs;
  /** The body as UTF-8. */
  text(): string;
}

/** A record as it is at the end. */
export interface StoredRecord {
  readonly kind: string;
  readonly id: string;
  readonly part: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often it was written, what was given included. */
  readonly version: number;
}

/** Buckets in memory that remember what was stored, and when. */
export class FakeFiles extends MemoryFileStore {
  readonly stored: StoredFile[] = [];
  readonly #now: () => EpochMs;

  constructor(now: () => EpochMs) {
    super();
    this.#now = now;
  }

  give({ contentType = "application/octet-stream", body, ...rest }: GivenFile): Promise<boolean> {
    return super.putOnce({ ...rest, contentType, body: typeof body === "string" ? Buffer.from(body) : body });
  }

  override async putOnce(file: NewFile): Promise<boolean> {
    const isStored = await super.putOnce({ ...file, body: Uint8Array.from(file.body) });
    const text = () => Buffer.from(file.body).toString("utf8");
    if (isStored) this.stored.push({ ...file, at: this.#now(), text });
    return isStored;
  }
}

/** Records in memory that can be listed. */
export class FakeRecords extends MemoryRecordStore {
  readonly #kinds = new Set<string>();

  override create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    this.#kinds.add(key.kind);
    return super.create(key, body);
  }

  async all(): Promise<StoredRecord[]> {
    const keys = [...this.#kinds].flatMap((kind) => this.namesOf(kind).map((name) => keyOf(kind, name)));
    const found = await Promise.all(keys.map(async (key) => ({ ...key, stored: await this.get(key) })));
    return found.flatMap(({ stored, ...key }) => (stored === undefined ? [] : [{ ...key, ...stored }]));
  }
}

/** A part has no slash in it; an id may have. */
function keyOf(kind: string, name: string) {
  const slash = name.lastIndexOf("/");
  return { kind, id: name.slice(0, slash), part: name.slice(slash + 1) };
}
