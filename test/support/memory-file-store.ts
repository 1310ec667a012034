import type { BucketName } from "../../shared/contracts/buckets.ts";
import type { FileStore, NewFile } from "../../shared/ports/file-store.ts";
import type { ValueStore } from "../../shared/ports/value-store.ts";

/** Buckets in memory. */
export class MemoryFileStore implements FileStore {
  readonly #files = new Map<string, NewFile>();

  async putOnce(file: NewFile): Promise<boolean> {
    await Promise.resolve();
    const name = nameOf(file.bucket, file.key);
    if (this.#files.has(name)) return false;
    this.#files.set(name, file);
    return true;
  }

  async get(bucket: BucketName, key: string): Promise<Uint8Array> {
    await Promise.resolve();
    const file = this.#files.get(nameOf(bucket, key));
    if (file === undefined) throw missing(nameOf(bucket, key));
    return file.body;
  }

  async remove(bucket: BucketName, key: string): Promise<void> {
    await Promise.resolve();
    this.#files.delete(nameOf(bucket, key));
  }

  /** `bucket/key` of every file. */
  names(): string[] {
    return [...this.#files.keys()];
  }
}

/** Large step results in memory. */
export class MemoryValueStore implements ValueStore {
  readonly #values = new Map<string, string>();

  async put(key: string, json: string): Promise<void> {
    await Promise.resolve();
    if (!this.#values.has(key)) this.#values.set(key, json);
  }

  async get(key: string): Promise<string> {
    await Promise.resolve();
    const json = this.#values.get(key);
    if (json === undefined) throw new Error(`There is no value ${key}.`);
    return json;
  }
}

const nameOf = (bucket: string, key: string): string => `${bucket}/${key}`;

/** Named as S3 names it. */
const missing = (name: string): Error => Object.assign(new Error(`There is no file ${name}.`), { name: "NoSuchKey" });
