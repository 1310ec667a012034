/** S3 answers a role that may not list the bucket, as no function may, 403 for a key that is not there. */
const MISSING: ReadonlySet<string> = new Set(["NoSuchKey", "NotFound", "AccessDenied"]);

/** Whether a `FileStore`'s `get` has failed because there is no such file; all else may pass. */
export const isMissingFile = (error: unknown): error is Error => error instanceof Error && MISSING.has(error.name);
