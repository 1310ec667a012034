import { createHash } from "node:crypto";

/**
 * The same for errors of one cause: a hash of the code and of what is constant in the message. Numbers, ids, quoted values and
 * addresses do not count. Stack traces do not either: in minified bundles they change with every build.
 */
export function fingerprintOf({ code, message }: { readonly code: string; readonly message: string }): string {
  const constant = message
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, "<value>")
    .replaceAll(/<email>|[^\s@]+@[^\s@]+/g, "<value>")
    .replaceAll(/\S*\d\S*/g, "<value>")
    .replaceAll(/\s+/g, " ");
  return createHash("sha256").update(`${code}\n${constant}`).digest("hex").slice(0, 12);
}
