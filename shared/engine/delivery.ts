import type { EpochMs } from "../job/job.ts";

/** One received message. */
export interface Delivery {
  readonly body: string;
  readonly receiptHandle: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** When user code must have ended, so that there is time left to record the attempt. */
  readonly deadlineAt: EpochMs;
  /** Other jobs run in this process at the same time: only first attempts begin then. False by default. */
  readonly hasCompany?: boolean;
}
