import { createHash } from "node:crypto";

import stringify from "safe-stable-stringify";

import { InvalidPayloadError, PayloadTooLargeError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";

/** DynamoDB's item limit is 400 KB; the rest is left to steps, effects and the row itself. */
export const LARGEST_PAYLOAD_BYTES = 256 * 1024;

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

/**
 * A payload as it is stored (a JSON value) and its hash, which does not depend on the order of properties.
 *
 * @throws PayloadTooLargeError over 256 KB.
 */
export function storablePayload(type: string, payload: unknown): { readonly payload: unknown; readonly hash: string } {
  const json = stringify(payload) ?? "null";
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > LARGEST_PAYLOAD_BYTES) throw new PayloadTooLargeError(type, sizeBytes, LARGEST_PAYLOAD_BYTES);
  return { payload: JSON.parse(json) as unknown, hash: createHash("sha256").update(json).digest("hex") };
}
