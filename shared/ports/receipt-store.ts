import type { EpochMs } from "../job/job.ts";

/** A report of the other side that an effect happened. */
export interface StoredReceipt {
  /** The other side's own id of what it did, such as SES's message id. */
  readonly id: string;
  /** When the other side says that it happened. */
  readonly at: EpochMs;
}

/** What the other side reported of an effect, such as SES's `Send` or `Delivery` of a mail. */
export interface ReportedReceipt {
  readonly jobId: string;
  readonly effect: string;
  /** The other side's own id of what it did. */
  readonly messageId: string;
  /** As the other side names it: `Send`, `Delivery`, `Bounce`. */
  readonly eventType: string;
  readonly at: EpochMs;
}

/** What others reported of our effects. */
export interface ReceiptStore {
  /**
   * The first receipt of an effect that is not older than `since`.
   * Nothing found proves nothing: the report may still be on its way.
   */
  find(jobId: string, effect: string, since?: EpochMs): Promise<StoredReceipt | undefined>;
  /** Stores a report; the same one again changes nothing. */
  put(report: ReportedReceipt): Promise<void>;
  /** All reports of a job's effects, oldest first. */
  list(jobId: string): Promise<readonly ReportedReceipt[]>;
}
