import type { BucketName } from "../contracts/buckets.ts";

export interface NewFile {
  readonly bucket: BucketName;
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** Files in buckets. */
export interface FileStore {
  /** Stores a file unless its key is taken; a file is written once and never changes. True when this call stored it. */
  putOnce(file: NewFile): Promise<boolean>;
  /** @throws when there is no such file. */
  get(bucket: BucketName, key: string): Promise<Uint8Array>;
}
