import type { StoredValue } from "../job/job.ts";
import type { ValueStore } from "../ports/value-store.ts";

/** A value up to this size stands on the row itself; DynamoDB's item limit is 400 KB for everything. */
const LARGEST_INLINE_BYTES = 32 * 1024;

/**
 * Makes a value storable. `undefined` stays so; everything else goes through JSON, so that a memoised value equals the
 * first one.
 *
 * @param key where it goes when it is over 32 KB. The value is stored before any row names the key.
 */
export async function storeValue(values: ValueStore, key: string, value: unknown): Promise<StoredValue> {
  const json = JSON.stringify(value) as string | undefined; // undefined for undefined and functions, whatever its type says
  if (json === undefined) return {};
  if (Buffer.byteLength(json) <= LARGEST_INLINE_BYTES) return { value: JSON.parse(json) as unknown };
  await values.put(key, json);
  return { spilledTo: key };
}

export async function loadValue(values: ValueStore, stored: StoredValue): Promise<unknown> {
  return "spilledTo" in stored ? (JSON.parse(await values.get(stored.spilledTo)) as unknown) : stored.value;
}
