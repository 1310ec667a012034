/** What holds for the files of one bucket. */
interface BucketRules {
  /** Days after which a file goes; `undefined` keeps every version of it for good. */
  readonly lifetimeDays: number | undefined;
  /** Whether functions may only read it. */
  readonly isReadOnly?: true;
}

/** The buckets, by the names that job definitions use in `needs.files`. */
export const BUCKETS = {
  /** Invoice PDFs: kept, never overwritten. */
  invoices: { lifetimeDays: undefined },
  /** Gift card PDFs: kept, never overwritten. */
  giftcards: { lifetimeDays: undefined },
  /** Images that the owner stores: logo, thumbnails of products. Functions only read them. */
  assets: { lifetimeDays: undefined, isReadOnly: true },
  /** Of broadcasts: audiences that the owner stores, their pages, the final reports. They hold addresses, so they go. */
  broadcasts: { lifetimeDays: 400 },
  /** What clean-ups have taken out of the tables: audit entries, log lines. Written once, as JSON lines. */
  archives: { lifetimeDays: undefined },
  /** Files of the stores' support requests, which the stores put there; the clean-up deletes them, or this at the latest. */
  attachments: { lifetimeDays: 1_100 },
  /**
   * Payloads and results too large for the job row; kept while a row may name them: a job that begins in 200 days at most,
   * and its longest retention.
   */
  jobdata: { lifetimeDays: 400 },
} as const satisfies Record<string, BucketRules>;

/** A bucket's name in definitions and handlers, not its physical name on AWS. */
export type BucketName = keyof typeof BUCKETS;

export const isBucketName = (name: string): name is BucketName => Object.hasOwn(BUCKETS, name);

const RULES: Readonly<Record<string, BucketRules>> = BUCKETS;

/** Whether functions may only read the files of a bucket: the owner stores them. */
export const isReadOnlyBucket = (name: string): boolean => RULES[name]?.isReadOnly === true;

/** The environment variable that tells a function a bucket's physical name. */
export const bucketVariable = (name: string): string => `BUCKET_${name.toUpperCase()}`;
