import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

import type { BucketName } from "../contracts/buckets.ts";
import type { BucketLookup } from "./s3-file-store.ts";

/** A file to be fetched by somebody who has no AWS credentials. */
export interface FileToFetch {
  readonly bucket: BucketName;
  readonly key: string;
  /** What it is called when it is saved. */
  readonly filename: string;
  readonly contentType: string;
}

/** Long enough to follow a redirect, too short to be passed on. A download that has begun goes on. */
const LIFETIME_SECONDS = 60;

/** URLs of S3 that carry their own permission, of the function's role, for a minute. Making one calls nobody. */
export class PresignedFiles {
  readonly #client: S3Client;
  readonly #bucketName: BucketLookup;

  constructor(client: S3Client, bucketName: BucketLookup) {
    this.#client = client;
    this.#bucketName = bucketName;
  }

  url({ bucket, key, filename, contentType }: FileToFetch): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.#bucketName(bucket),
      Key: key,
      ResponseContentDisposition: saveAs(filename),
      ResponseContentType: contentType,
    });
    return getSignedUrl(this.#client, command, { expiresIn: LIFETIME_SECONDS });
  }
}

/** Always saved and never shown: what is in it cannot act as a page. RFC 6266, with a name in ASCII for old programs. */
function saveAs(filename: string): string {
  const ascii = filename.replaceAll(/[^A-Za-z0-9._ -]/g, "_");
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
