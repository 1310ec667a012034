import type { BucketName } from "../shared/contracts/buckets.ts";
import type { EpochMs } from "../shared/job/job.ts";
import type { RecordLists } from "../shared/job/record-lists.ts";
import type { NewFile } from "../shared/ports/file-store.ts";
import { MemoryFileStore } from "../test/support/memory-file-store.ts";
import { MemoryRecordStore, type StoredRecord as AnyRecord } from "../test/support/memory-record-store.ts";

/** A file that is there before the job runs. */
export interface GivenFile {
  readonly bucket: BucketName;
  readonly key: string;
  /** A text is stored as UTF-8. */
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
  /** The lists in which it stands: `model.given(body)` says them. None by default. */
  readonly lists?: RecordLists;
}

/** A file that the job has stored. */
export interface StoredFile extends NewFile {
  /** In virtual time. */
  readonly at: EpochMs;
  /** The body as UTF-8. */
  text(): string;
}

/** A record as it is at the end; its version says how often it was written, what was given included. */
export type StoredRecord = AnyRecord;

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

/** Records in memory, some of which no test has asked for. */
export class FakeRecords extends MemoryRecordStore {
  readonly #assumed = new Set<string>();

  /** Puts a record there that is nobody's business until somebody changes it; what is there stays. */
  async assume({ body, lists, ...key }: GivenRecord): Promise<void> {
    const { isCreated } = await this.create(key, body, lists);
    if (isCreated) this.#assumed.add(`${key.kind}#${key.id}`);
  }

  /** All records that the test has given, or a job has written. */
  given(): StoredRecord[] {
    return this.all().filter(({ kind, id, version }) => version > 1 || !this.#assumed.has(`${kind}#${id}`));
  }
}
