import type { JobDefinition } from "../job/define-job.ts";
import type { JobTimes } from "../job/job-times.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { ScheduleLedger } from "../ports/schedule-ledger.ts";
import type { ValueStore } from "../ports/value-store.ts";
import type { Enqueue } from "./enqueue.ts";
import type { JobContext } from "./job-context.ts";
import type { PauseBoard } from "./pauses.ts";

export type JobHandler<Payload> = (job: JobContext<Payload>) => Promise<unknown>;

export interface WorkerPorts<Payload> {
  readonly definition: JobDefinition<Payload>;
  readonly handler: JobHandler<Payload>;
  readonly times: JobTimes;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly receipts: ReceiptStore;
  readonly values: ValueStore;
  readonly ledger: ScheduleLedger;
  /** The engine's own records: slots of concurrency keys, lanes, debounced jobs. */
  readonly records: RecordStore;
  readonly limiter: RateLimiter;
  readonly pauses: PauseBoard;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly enqueue: Enqueue;
}
