/**
 * `npm run bench:cost`: what a job costs in DynamoDB: requests, and write units with those of the indexes. The emulator
 * counts the table's units; the indexes' follow from AWS's rule, see `indexUnits`.
 * The budgets of the design: a plain job 8 write units, an email job 10 (rows up to 1 KB; each further KB costs as much again).
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";

import { exampleOrder } from "../local/example-payment.ts";
import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import { systemIds } from "../shared/aws/system-ports.ts";
import { JOBS_TABLE } from "../shared/contracts/tables.ts";
import { createEnqueue } from "../shared/engine/enqueue.ts";
import { PauseBoard } from "../shared/engine/pauses.ts";
import type { JobHandler } from "../shared/engine/worker-ports.ts";
import { Worker } from "../shared/engine/worker.ts";
import { defineJob } from "../shared/job/define-job.ts";
import type { Job } from "../shared/job/job.ts";
import { jobTimes } from "../shared/job/job-times.ts";
import { fixed } from "../shared/job/retry-policy.ts";
import type { Transition } from "../shared/job/transitions/transition.ts";
import type { Applied, JobStore } from "../shared/ports/job-store.ts";
import { indexUnits } from "./support/index-units.ts";
import { openDynaliteTables } from "../test/support/dynalite-tables.ts";
import { MemoryJobQueue } from "../test/support/memory-job-queue.ts";
import { MemoryRateLimiter } from "../test/support/memory-rate-limiter.ts";
import { MemoryRecordStore } from "../test/support/memory-record-store.ts";
import { MemoryScheduleLedger } from "../test/support/memory-schedule-ledger.ts";
import { MemoryLog, MemoryReceipts } from "../test/support/simulation.ts";
import { VirtualClock } from "../test/support/virtual-clock.ts";

const definition = defineJob({
  type: "bench",
  summary: "Measured.",
  payload: z.unknown(),
  retry: { maxAttempts: 3, backoff: fixed(1) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

const plain: JobHandler<unknown> = () => Promise.resolve();
const email: JobHandler<unknown> = async (job) => {
  await job.step("pdf", () => ({ key: "main/2026/INV-2026-000001-ord_1.pdf" }));
  await job.effect("mail", { onUnknown: "resend", send: () => Promise.resolve({ id: "0100018f-0000" }) });
};

interface Usage {
  requests: number;
  tableUnits: number;
  indexUnits: number;
}

/** Asks for each answer's consumed capacity, and adds it up. */
function meter(documents: DynamoDBDocumentClient, usage: Usage): void {
  documents.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
      const { ConsumedCapacity: capacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
      usage.requests += 1;
      usage.tableUnits += "ConsistentRead" in args.input ? 0 : (capacity?.CapacityUnits ?? 0);
      return answer;
    },
    { step: "initialize" },
  );
}

/** Counts what each write does to the row's entries in the indexes. */
class MeteredJobStore extends DynamoJobStore {
  readonly #usage: Usage;
  #row: Readonly<Record<string, unknown>> = {};

  constructor(documents: DynamoDBDocumentClient, usage: Usage) {
    super(documents, "jobs");
    this.#usage = usage;
  }

  override async create(job: Job): ReturnType<JobStore["create"]> {
    this.#count(job);
    return super.create(job);
  }

  override async apply(jobId: string, transition: Transition): Promise<Applied> {
    const applied = await super.apply(jobId, transition);
    if (applied.isApplied) this.#count(applied.job);
    return applied;
  }

  #count(job: Job): void {
    const after: Readonly<Record<string, unknown>> = { ...job };
    for (const index of Object.values(JOBS_TABLE.indexes)) {
      this.#usage.indexUnits += indexUnits(index, this.#row, after);
    }
    this.#row = after;
  }
}

async function measure(handler: JobHandler<unknown>, payload: unknown): Promise<Usage> {
  const tables = await openDynaliteTables();
  const usage: Usage = { requests: 0, tableUnits: 0, indexUnits: 0 };
  meter(tables.documents, usage);
  const clock = new VirtualClock();
  const times = jobTimes(definition.run);
  const ports = {
    store: new MeteredJobStore(tables.documents, usage),
    queue: new MemoryJobQueue(clock),
    clock,
    ids: systemIds,
    log: new MemoryLog(),
    records: new MemoryRecordStore(),
    values: { put: () => Promise.resolve(), get: () => Promise.resolve("") },
    permitGraceMs: times.permitGraceMs,
  };
  const enqueue = createEnqueue(ports);
  const outside = {
    receipts: new MemoryReceipts(),
    ledger: new MemoryScheduleLedger(),
    metrics: { count: () => {}, gauge: () => {} },
    limiter: new MemoryRateLimiter(),
    pauses: new PauseBoard(ports),
  };
  const worker = new Worker({ ...ports, ...outside, enqueue, definition, times, handler });
  await enqueue(definition, payload);
  const message = ports.queue.receive(times.visibilityTimeoutSeconds);
  if (message === undefined) throw new Error("No message was sent.");
  const { isDone } = await worker.consume({
    body: message.body,
    receiptHandle: "",
    receiveCount: 1,
    deadlineAt: clock.now() + 1000,
  });
  await tables.close();
  if (!isDone) throw new Error("The job was not done.");
  return usage;
}

const { customer, lines } = exampleOrder();
const cases: [string, JobHandler<unknown>, unknown][] = [
  ["plain job, small payload", plain, { orderId: "ord_1" }],
  ["email job (step and effect), small payload", email, { orderId: "ord_1" }],
  ["email job, an invoice of 3 lines", email, { customer, lines }],
  ["email job, an invoice of 50 lines", email, { customer, lines: Array.from({ length: 50 }, () => lines[0]) }],
];
for (const [name, handler, payload] of cases) {
  const { requests, tableUnits, indexUnits: ofIndex } = await measure(handler, payload);
  const units = `${tableUnits + ofIndex} write units (${tableUnits} table, ${ofIndex} index)`;
  process.stdout.write(`${name}: ${requests} requests, ${units}\n`);
}
