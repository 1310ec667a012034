/** The buckets, by the names that job definitions use in `needs.files`. */
export const BUCKETS = {
  /** Invoice PDFs: kept, never overwritten. */
  invoices: { lifetimeDays: undefined },
  /**
   * Payloads and results too large for the job row; kept while a row may name them: a job that begins in 200 days at most,
   * and its longest retention.
   */
  jobdata: { lifetimeDays: 400 },
} as const satisfies Record<string, { readonly lifetimeDays: number | undefined }>;

/** A bucket's name in definitions and handlers, not its physical name on AWS. */
export type BucketName = keyof typeof BUCKETS;

/** The environment variable that tells a function a bucket's physical name. */
export const bucketVariable = (name: string): string => `BUCKET_${name.toUpperCase()}`;
