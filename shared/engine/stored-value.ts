import { PermanentError } from "../errors/job-errors.ts";
import type { StoredValue } from "../job/job.ts";
import type { ValueStore } from "../ports/value-store.ts";
import type { JobRun } from "./job-run.ts";

/** A value up to this size stands on the row itself. */
const LARGEST_INLINE_BYTES = 32 * 1024;
/** And all of a row's values together up to this: DynamoDB's limit is 400 KB an item, and a payload may have 256 KB. */
const LARGEST_INLINE_TOTAL_BYTES = 96 * 1024;

/**
 * Makes a value of a run storable, as JSON text: every number survives, and a memoised value equals the first one.
 *
 * @param name the file's name under the run's own folder, for a value that is too large for the row. It is stored before
 *   any row names it, and no other claim writes to the same folder.
 * @throws PermanentError `VALUE_NOT_JSON` when it has no JSON form (a cycle, a BigInt).
 */
export async function storeValue(
  { values, run }: { readonly values: ValueStore; readonly run: JobRun },
  name: string,
  value: unknown,
): Promise<StoredValue> {
  const json = toJson(value);
  if (json === undefined) return {};
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= LARGEST_INLINE_BYTES && run.inlineBytes() + sizeBytes <= LARGEST_INLINE_TOTAL_BYTES) return { json };
  // The time of creation: an id may be used again once its row has expired, and its epochs begin anew.
  const { type, id, createdAt } = run.job;
  const key = `steps/${type}/${id}/${createdAt}-${run.epoch}/${name}`;
  await values.put(key, json);
  return { spilledTo: key };
}

export async function loadValue(values: ValueStore, stored: StoredValue): Promise<unknown> {
  const json = "spilledTo" in stored ? await values.get(stored.spilledTo) : stored.json;
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}

/** `undefined` for undefined and functions, whatever the built-in's type says. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const message = "A step or handler returned something that has no JSON form. Return plain data.";
    throw new PermanentError("VALUE_NOT_JSON", message, { cause: error });
  }
}
