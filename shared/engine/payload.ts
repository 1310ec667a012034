import { createHash } from "node:crypto";

import stringify from "safe-stable-stringify";

import { InvalidPayloadError, PayloadTooLargeError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { Job } from "../job/job.ts";
import type { ValueStore } from "../ports/value-store.ts";

/** A larger payload lies in S3: a row pays a write unit per KB with each of its writes. */
const LARGEST_INLINE_BYTES = 32 * 1024;
/** DynamoDB's item limit is 400 KB; the rest is left to steps, effects and the row itself. */
const LARGEST_ROW_BYTES = 256 * 1024;
/** Beyond this, a payload is a file: store it, and pass its key. */
const LARGEST_PAYLOAD_BYTES = 5 * 1024 * 1024;
/** What lies in S3 is kept for 400 days; a job that begins later than this, with its retries and replays, might outlive it. */
const LONGEST_SPILLED_LIFE_MS = 200 * 24 * 60 * 60 * 1000;

/**
 * Parses a payload by its type's schema.
 *
 * @throws InvalidPayloadError listing every problem, without the values.
 */
export function parsePayload<Payload>(definition: JobDefinition<Payload>, payload: unknown): Payload {
  const parsed = definition.payload.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new InvalidPayloadError(
    definition.type,
    parsed.error.issues.map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`),
  );
}

export interface StorablePayload {
  /** The JSON value for the row; null where the payload is spilled. */
  readonly payload: unknown;
  /** Of the whole payload; it does not depend on the order of properties. */
  readonly hash: string;
  /** What to store in S3, before the row. */
  readonly spilled?: { readonly key: string; readonly json: string };
}

/**
 * A payload as it is stored: on the row up to 32 KB, else in S3 under a key that its row names. Without `spill`, on the
 * row up to 256 KB.
 *
 * @param spill.lifeMs how long from now the job may begin: what begins in over 200 days stays on the row.
 * @throws PayloadTooLargeError over 5 MB, or over 256 KB where it must stay on the row.
 */
export function storablePayload(
  type: string,
  payload: unknown,
  spill?: { readonly id: string; readonly lifeMs: number },
): StorablePayload {
  const json = stringify(payload) ?? "null";
  const hash = createHash("sha256").update(json).digest("hex");
  const sizeBytes = Buffer.byteLength(json);
  const canSpill = spill !== undefined && spill.lifeMs <= LONGEST_SPILLED_LIFE_MS;
  const limitBytes = canSpill ? LARGEST_PAYLOAD_BYTES : LARGEST_ROW_BYTES;
  if (sizeBytes > limitBytes) throw new PayloadTooLargeError(type, sizeBytes, limitBytes);
  if (!canSpill || sizeBytes <= LARGEST_INLINE_BYTES) return { payload: storableValue(type, json), hash };
  return { payload: null, hash, spilled: { key: `payloads/${type}/${spill.id}/${hash}.json`, json } };
}

/** @throws InvalidPayloadError for numbers that DynamoDB's client does not take. */
function storableValue(type: string, json: string): unknown {
  return JSON.parse(json, (_name, value: unknown) => {
    if (typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw new InvalidPayloadError(type, ["a number is beyond 2^53: pass it as text"]);
  });
}

/** A job's payload, from wherever it lies. */
export async function loadPayload(
  values: Pick<ValueStore, "get">,
  { payload, payloadAt }: Pick<Job, "payload" | "payloadAt">,
): Promise<unknown> {
  return payloadAt === undefined ? payload : (JSON.parse(await values.get(payloadAt)) as unknown);
}
