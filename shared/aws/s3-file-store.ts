import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from "@aws-sdk/client-s3";

import type { BucketName } from "../contracts/buckets.ts";
import type { FileStore, NewFile } from "../ports/file-store.ts";
import type { ValueStore } from "../ports/value-store.ts";

/** Finds a bucket's physical name. */
export type BucketLookup = (bucket: BucketName) => string;

const PRECONDITION_FAILED = 412;

export class S3FileStore implements FileStore {
  readonly #client: S3Client;
  readonly #bucketName: BucketLookup;

  constructor(client: S3Client, bucketName: BucketLookup) {
    this.#client = client;
    this.#bucketName = bucketName;
  }

  async putOnce({ bucket, key, body, contentType }: NewFile): Promise<boolean> {
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucketName(bucket),
          Key: key,
          Body: body,
          ContentType: contentType,
          IfNoneMatch: "*",
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === PRECONDITION_FAILED) return false;
      throw error;
    }
  }

  async get(bucket: BucketName, key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucketName(bucket), Key: key }));
    if (Body === undefined) throw new Error(`S3 answered without a body for ${bucket}/${key}.`);
    return Body.transformToByteArray();
  }

  async remove(bucket: BucketName, key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucketName(bucket), Key: key }));
  }
}

/** Step results over the row's limit, in the `jobdata` bucket. Keys hold the claim's epoch: no two workers write the same one. */
export class S3ValueStore implements ValueStore {
  readonly #files: S3FileStore;

  constructor(files: S3FileStore) {
    this.#files = files;
  }

  async put(key: string, json: string): Promise<void> {
    await this.#files.putOnce({ bucket: "jobdata", key, body: Buffer.from(json), contentType: "application/json" });
  }

  async get(key: string): Promise<string> {
    return Buffer.from(await this.#files.get("jobdata", key)).toString();
  }
}
