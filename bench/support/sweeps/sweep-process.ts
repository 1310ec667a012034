/**
 * A process as one of a sweep's function, its heap limited to the function's memory: runs a sweep's job twice, or those of
 * several, on the real engine and handlers, with the tables in the emulator that the argument names. Time is virtual: a page
 * takes so long that a sweep goes on in several claims. Prints what the runs came to, one line of JSON.
 */
import "../../../testing/environment.ts"; // before the handlers

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";

import { DynamoJobStore } from "../../../shared/aws/dynamo-job-store.ts";
import { DynamoRecordStore } from "../../../shared/aws/dynamo-record-store.ts";
import { systemIds } from "../../../shared/aws/system-ports.ts";
import { loadValue } from "../../../shared/engine/stored-value.ts";
import { createEnqueue } from "../../../shared/engine/enqueue.ts";
import type { JobContext } from "../../../shared/engine/job-context.ts";
import { PauseBoard } from "../../../shared/engine/pauses.ts";
import type { WorkerPorts } from "../../../shared/engine/worker-ports.ts";
import { Worker } from "../../../shared/engine/worker.ts";
import type { Job } from "../../../shared/job/job.ts";
import { isTerminal } from "../../../shared/job/job-state.ts";
import { deadlineMarginMs, jobTimes, permitGraceMs } from "../../../shared/job/job-times.ts";
import type { Services } from "../../../shared/lambda/compose-services.ts";
import type { OutgoingPermit } from "../../../shared/ports/job-queue.ts";
import type { RecordStore } from "../../../shared/ports/record-store.ts";
import { SettingsCache } from "../../../shared/records/settings-cache.ts";
import { SweepSettingsCache } from "../../../shared/records/sweep-settings.ts";
import type { AnyTested } from "../../../testing/options.ts";
import { MemoryValueStore } from "../../../test/support/memory-file-store.ts";
import { MemoryJobQueue } from "../../../test/support/memory-job-queue.ts";
import { MemoryRateLimiter } from "../../../test/support/memory-rate-limiter.ts";
import { MemoryRecordStore } from "../../../test/support/memory-record-store.ts";
import { MemoryScheduleLedger } from "../../../test/support/memory-schedule-ledger.ts";
import { MemoryReceipts } from "../../../test/support/simulation.ts";
import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import { sweepRuns, type SweepRun } from "./sweep-run.ts";
import { TableMeter } from "./table-meter.ts";
import { AS_OF } from "./test-records.ts";

type SweepPorts = Omit<WorkerPorts<unknown>, "definition" | "handler" | "times">;

const task = z.object({
  endpoint: z.url(),
  sweeps: z.array(z.object({ type: z.string(), file: z.string(), pageMs: z.number() })),
});
const MINUTE_MS = 60_000;
const SILENT = { info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };

/** Keeps the permits of one type: what it enqueues is another function's work. */
class OwnQueue extends MemoryJobQueue {
  readonly #type: string;

  constructor(clock: VirtualClock, type: string) {
    super(clock);
    this.#type = type;
  }

  override async send(outgoing: OutgoingPermit): Promise<void> {
    if (outgoing.permit.type === this.#type) await super.send(outgoing);
  }
}

/** Counts the jobs that it has created, by type. */
class CountingJobStore extends DynamoJobStore {
  created: Record<string, number> = {};

  override async create(job: Job): ReturnType<DynamoJobStore["create"]> {
    const answer = await super.create(job);
    if (answer.isCreated) this.created[job.type] = (this.created[job.type] ?? 0) + 1;
    return answer;
  }
}

class SweepProcess {
  readonly #clock = new VirtualClock(Date.parse(AS_OF));
  readonly #meter = new TableMeter();
  readonly #documents: DynamoDBDocumentClient;
  readonly #store: CountingJobStore;
  readonly #queue: OwnQueue;
  readonly #tested: AnyTested;
  readonly #pageMs: number;
  #peakHeapBytes = 0;
  #peakRssBytes = 0;

  constructor(tested: AnyTested, { endpoint, pageMs }: { readonly endpoint: string; readonly pageMs: number }) {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
    this.#documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    this.#meter.attach(this.#documents);
    this.#store = new CountingJobStore(this.#documents, "jobs");
    this.#queue = new OwnQueue(this.#clock, tested.definition.type);
    this.#tested = tested;
    this.#pageMs = pageMs;
  }

  async run(name: string): Promise<SweepRun> {
    const { definition } = this.#tested;
    const ports = this.#ports();
    const worker = this.#worker(ports);
    const payload = { dryRun: false, asOf: AS_OF };
    const { id } = await ports.enqueue(definition, payload, { idempotencyKey: name });
    this.#store.created = {};
    this.#meter.take();
    this.#peakHeapBytes = 0;
    const beganAt = performance.now();
    let claims = await this.#consumeAll(worker);
    // A message is returned a few times only: then the ticker sends another one, until the job has ended.
    while (await this.#isToGoOn(id)) {
      this.#clock.advance(MINUTE_MS);
      this.#queue.put(definition.type, JSON.stringify({ v: 1, type: definition.type, id, run: 1 }));
      claims += await this.#consumeAll(worker);
    }
    const seconds = (performance.now() - beganAt) / 1_000;
    const job = await this.#store.get(id);
    if (job === undefined || !isTerminal(job.status))
      throw new Error(`The job ${id} is ${job?.status}: ${JSON.stringify(job?.error)}`);
    const result =
      job.status === "completed" && job.result !== undefined && (await loadValue(ports.values, job.result));
    const created = { ...this.#store.created };
    const peaks = { peakHeapBytes: this.#peakHeapBytes, peakRssBytes: this.#peakRssBytes };
    return {
      status: job.status,
      result: result || job.error,
      claims,
      created,
      ...this.#meter.take(),
      ...peaks,
      seconds,
    };
  }

  close(): void {
    this.#documents.destroy();
  }

  /** A job that fails again and again is left alone: its run then says how it stands. */
  async #isToGoOn(id: string): Promise<boolean> {
    const job = await this.#store.get(id);
    return job?.history.at(-1)?.ending === "continue";
  }

  /** @returns how many claims it took. */
  async #consumeAll(worker: Worker<unknown>): Promise<number> {
    const { timeoutSeconds, visibilityTimeoutSeconds } = jobTimes(this.#tested.definition.run);
    let claims = 0;
    for (;;) {
      const message = this.#queue.receive(visibilityTimeoutSeconds);
      if (message === undefined && this.#queue.messages.length === 0) return claims;
      if (message === undefined) {
        this.#clock.advanceTo(Math.min(...this.#queue.messages.map(({ visibleAt }) => visibleAt)));
        continue;
      }
      claims += 1;
      const deadlineAt = this.#clock.now() + timeoutSeconds * 1_000 - deadlineMarginMs(timeoutSeconds);
      const { body, handle: receiptHandle, receiveCount } = message;
      const { isDone } = await worker.consume({ body, receiptHandle, receiveCount, deadlineAt });
      if (isDone) this.#queue.delete(receiptHandle);
    }
  }

  #ports(): SweepPorts {
    const clock = this.#clock;
    const flow = new MemoryRecordStore();
    const ports = {
      store: this.#store,
      queue: this.#queue,
      values: new MemoryValueStore(),
      records: flow,
      receipts: new MemoryReceipts(),
      ledger: new MemoryScheduleLedger(),
      limiter: new MemoryRateLimiter(),
      metrics: { count: () => {}, gauge: () => {} },
      pauses: new PauseBoard({ records: flow, clock }),
      clock,
      ids: systemIds,
      log: SILENT,
      permitGraceMs: permitGraceMs(),
    };
    return { ...ports, enqueue: createEnqueue(ports) };
  }

  #worker(ports: SweepPorts): Worker<unknown> {
    const { definition, handle } = this.#tested;
    const records = this.#slowRecords();
    const { clock, receipts } = ports;
    const settings = {
      settings: new SettingsCache(records, clock),
      sweepSettings: new SweepSettingsCache(records, clock),
    };
    const used: Partial<Services> = { records, receipts, clock, ...settings };
    const services = used as Services; // sweeps use no others
    return new Worker({
      ...ports,
      definition,
      times: jobTimes(definition.run),
      handler: (job) => handle(job as JobContext<never>, services), // its payload was parsed by its own definition
    });
  }

  /** Each page takes its time, which is virtual; and memory is looked at. */
  #slowRecords(): RecordStore {
    const records = new DynamoRecordStore(this.#documents, "records");
    const entries: RecordStore["entries"] = async (list, options) => {
      this.#clock.advance(this.#pageMs);
      const { heapUsed, rss } = process.memoryUsage();
      this.#peakHeapBytes = Math.max(this.#peakHeapBytes, heapUsed);
      this.#peakRssBytes = Math.max(this.#peakRssBytes, rss); // `maxRSS` would be the parent's, where that is larger
      return DynamoRecordStore.prototype.entries.call(records, list, options);
    };
    return Object.assign(records, { entries });
  }
}

const { endpoint, sweeps } = task.parse(JSON.parse(process.argv[2] ?? ""));
const runs: Record<string, SweepRun[]> = {};
for (const { type, file, pageMs } of sweeps) {
  const { handler } = (await import(`../../../functions/${file}.ts`)) as { readonly handler: AnyTested };
  const sweepProcess = new SweepProcess(handler, { endpoint, pageMs });
  runs[type] = [await sweepProcess.run("first"), await sweepProcess.run("second")];
  sweepProcess.close();
}
process.stdout.write(JSON.stringify(sweepRuns.parse(runs)));
