import type { BucketName } from "../shared/contracts/buckets.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { GivenFile, GivenRecord } from "./fakes.ts";
import { TestKitError } from "./kit-error.ts";

/** A definition's own `example`: its payload, and the options with what must be there first. */
export interface Example<Payload> {
  readonly payload: Payload;
  readonly options: { readonly records: readonly GivenRecord[]; readonly files: readonly GivenFile[] };
}

/**
 * What `runJob` and `checkJob` take to run a type's example.
 *
 * @throws TestKitError when the definition has none.
 */
export function exampleOf<Payload>({
  definition: { type, example },
}: {
  readonly definition: Pick<JobDefinition<Payload>, "type" | "example">;
}): Example<Payload> {
  if (example === undefined) throw new TestKitError(`The definition of ${type} has no \`example\`. Add one to it.`);
  const { payload, records = [], files = [] } = example;
  const given = files.map(({ bucket, key, text }) => ({ bucket: bucket as BucketName, key, body: text })); // as the type's `needs.files` name it
  return { payload, options: { records, files: given } };
}
