import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import { acknowledge } from "../acknowledge.ts";
import type { BucketReference, DataReferences } from "../stacks/data-stack.ts";

/** The objects that a function may use: one bucket, one pattern of keys. */
export interface Folder {
  readonly bucket: string;
  readonly keys: string;
}

/** Step results of a type that are too large for the job row; its result is the last of them. */
export const stepFolder = (type: string): Folder => ({ bucket: "jobdata", keys: `steps/${type}/*` });

/** Payloads of a type that are too large for the job row. */
export const payloadFolder = (type: string): Folder => ({ bucket: "jobdata", keys: `payloads/${type}/*` });

/** @throws RangeError for a name that is not in `contracts/buckets`. */
export function bucketOf({ buckets }: DataReferences, name: string): BucketReference {
  const bucket = buckets[name];
  if (bucket === undefined) throw new RangeError(`There is no bucket "${name}" in shared/contracts/buckets.ts.`);
  return bucket;
}

export interface AllowedObjects {
  readonly sid: string;
  readonly actions: readonly ("s3:GetObject" | "s3:PutObject" | "s3:DeleteObject")[];
  readonly folders: readonly Folder[];
}

/** Allows actions on the objects of some folders; nothing where there is no folder. */
export function allowObjects(data: DataReferences, { sid, actions, folders }: AllowedObjects): PolicyStatement[] {
  if (folders.length === 0) return [];
  const resources = folders.map(({ bucket, keys }) => `${bucketOf(data, bucket).arn}/${keys}`);
  return [new PolicyStatement({ sid, actions: [...actions], resources })];
}

/** cdk-nag reports every `*` in a resource; objects have no names yet when a role is made. */
export function acknowledgeFolders(scope: Construct, data: DataReferences, folders: readonly Folder[]): void {
  for (const { bucket, keys } of folders) {
    const finding = `Resource::${bucketOf(data, bucket).arnExport}/${keys}` as const;
    acknowledge(
      scope,
      `AwsSolutions-IAM5[${finding}]`,
      `Objects in ${bucket} are named by the jobs that they belong to.`,
    );
  }
}
