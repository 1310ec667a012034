import type * as z from "zod";

import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore, VersionedRecord } from "../ports/record-store.ts";

/** A parsed record and the version it was read at. */
export interface Parsed<Body> {
  readonly body: Body;
  readonly version: number;
}

/** The same, with what else stands in the record: a newer version may have stored it. */
export interface ReadRecord<Body> extends Parsed<Body> {
  readonly stored: Readonly<Record<string, unknown>>;
}

/**
 * Reads a record of a known shape.
 *
 * @throws PermanentError `RECORD_INVALID` naming each problem, without the values, when it does not have that shape.
 */
export async function readRecord<Body>(
  records: RecordStore,
  key: RecordKey,
  schema: z.ZodType<Body>,
): Promise<ReadRecord<Body> | undefined> {
  const record = await records.get(key);
  return record && parseRecord(key, record, schema);
}

/**
 * A stored record in its shape.
 *
 * @throws PermanentError `RECORD_INVALID` naming each problem, without the values, when it does not have that shape.
 */
export function parseRecord<Body>(key: RecordKey, record: VersionedRecord, schema: z.ZodType<Body>): ReadRecord<Body> {
  const parsed = schema.safeParse(record.body);
  if (parsed.success) return { body: parsed.data, version: record.version, stored: record.body };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || key.kind}: ${message}`);
  throw new PermanentError(
    "RECORD_INVALID",
    `The ${key.kind} record ${nameOf(key)} is not right: ${problems.join("; ")}. Correct it, then replay the job.`,
  );
}

/** `order_1`, or `shop_1/order_1` where there are parts. */
const nameOf = ({ id, part }: RecordKey): string => (part === undefined || part === "-" ? id : `${id}/${part}`);
