import type { BucketName } from "../contracts/buckets.ts";

/** A file to be stored. Write it under a key that follows from the work, so that a second attempt finds it. */
export interface NewFile {
  /** By its name in `contracts/buckets`. */
  readonly bucket: BucketName;
  readonly key: string;
  readonly body: Uint8Array;
  /** Media type, such as `application/pdf`. */
  readonly contentType: string;
}

/** Files in buckets. */
export interface FileStore {
  /** Stores a file unless its key is taken; a file is written once and never changes. True when this call stored it. */
  putOnce(file: NewFile): Promise<boolean>;
  /** @throws when there is no such file. */
  get(bucket: BucketName, key: string): Promise<Uint8Array>;
  /** Deletes a file; nothing happens when there is none. */
  remove(bucket: BucketName, key: string): Promise<void>;
}
