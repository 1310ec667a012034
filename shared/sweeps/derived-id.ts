import { createHash } from "node:crypto";

const LONGEST_ID = 128;

/** An id that follows from what it is about, the same each time; a hash of it where it is too long for one. */
export function derivedId(...parts: readonly string[]): string {
  const id = parts.join("-");
  return id.length <= LONGEST_ID ? id : createHash("sha256").update(id).digest("hex");
}
