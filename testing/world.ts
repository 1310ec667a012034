import { createEnqueue } from "../shared/engine/enqueue.ts";
import type { JobContext } from "../shared/engine/job-context.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import { PauseBoard } from "../shared/engine/pauses.ts";
import { tick } from "../shared/engine/ticker.ts";
import { Worker } from "../shared/engine/worker.ts";
import type { Job } from "../shared/job/job.ts";
import { deadlineMarginMs, jobTimes, MAX_RECEIVE_COUNT, permitGraceMs } from "../shared/job/job-times.ts";
import { SeededRandom } from "../local/seeded-random.ts";
import { gated } from "../test/faults/calls.ts";
import { MemoryValueStore } from "../test/support/memory-file-store.ts";
import { fixedLinks } from "../test/support/fixed-links.ts";
import { MemoryJobQueue, type MemoryMessage } from "../test/support/memory-job-queue.ts";
import { MemoryJobStore } from "../test/support/memory-job-store.ts";
import { MemoryRateLimiter } from "../test/support/memory-rate-limiter.ts";
import { MemoryReceiptStore } from "../test/support/memory-receipt-store.ts";
import { MemoryRecordStore } from "../test/support/memory-record-store.ts";
import { MemoryScheduleLedger } from "../test/support/memory-schedule-ledger.ts";
import { MemoryLog } from "../test/support/simulation.ts";
import { FakeMailPace } from "./fake-mail-pace.ts";
import { FakeMailer, type Post } from "./fake-mailer.ts";
import { FakeMessenger } from "./fake-messenger.ts";
import { FakePages } from "./fake-pages.ts";
import { FakeFiles, FakeRecords } from "./fakes.ts";
import type { FaultPlan } from "./faults.ts";
import { TestKitError } from "./kit-error.ts";
import { allowedServices, denying } from "./needs.ts";
import { begin, Observation, observed } from "./observation.ts";
import type { AnyTested, WorldOptions } from "./options.ts";
import { epochOfMoment, TestClock } from "./test-clock.ts";
import { WorkerProcess } from "./worker-process.ts";

const CALL_MS = 10;
const PATIENCE_MS = 2_000;
const NO_METRICS = { count: () => {}, gauge: () => {} };

/** Everything outside the handler, in memory and virtual time. The engine that runs in it is the real one. */
export class World {
  readonly clock: TestClock;
  readonly store = new MemoryJobStore();
  readonly queue: MemoryJobQueue;
  readonly values = new MemoryValueStore();
  readonly receipts = new MemoryReceiptStore();
  readonly ledger = new MemoryScheduleLedger();
  readonly files: FakeFiles;
  readonly records = new FakeRecords();
  readonly mailer: FakeMailer;
  readonly mailPace: FakeMailPace;
  readonly messenger: FakeMessenger;
  readonly pages: FakePages;
  readonly log = new MemoryLog();
  readonly types: ReadonlyMap<string, AnyTested>;
  /** Every call that a worker has made, in order. */
  readonly calls: string[] = [];
  readonly observations = new Map<string, Observation>();
  /** What jobs were enqueued with, by id. */
  readonly optionsOf = new Map<string, EnqueueOptions>();
  /** What is wrong with the test or the definition, whatever became of the job. */
  readonly problems = new Set<string>();
  /** Invocations so far. */
  invocations = 0;
  readonly options: WorldOptions;
  readonly #plan: FaultPlan;
  /** The engine's own records. */
  readonly #flow = new MemoryRecordStore();
  readonly #limiter = new MemoryRateLimiter();
  readonly #pauses: PauseBoard;
  readonly #random: SeededRandom | undefined;
  #ids = 0;

  constructor(types: readonly AnyTested[], options: WorldOptions, plan: FaultPlan) {
    this.options = options;
    this.#plan = plan;
    this.types = new Map(types.map((tested) => [tested.definition.type, tested]));
    this.clock = new TestClock(options.now === undefined ? undefined : epochOfMoment(options.now));
    this.queue = new MemoryJobQueue(this.clock);
    this.files = new FakeFiles(() => this.clock.now());
    this.#pauses = new PauseBoard({ records: this.#flow, clock: this.clock });
    this.#random = options.seed === undefined ? undefined : new SeededRandom(options.seed);
    this.mailer = new FakeMailer(this.#post(options.mail ?? [], options.isMailReported));
    this.mailPace = new FakeMailPace(this.clock, options.mailTurnsMs ?? []);
    this.pages = new FakePages(options.pages ?? {});
    this.messenger = new FakeMessenger(this.#post(options.messages ?? [], options.isMessageReported));
  }

  /** The ports of those who meet no faults: the client, the ticker, a person. */
  get ports() {
    const ids = { newId: () => `id-${(this.#ids += 1)}`, random: () => this.#random?.next() ?? 0 };
    const { store, queue, values, receipts, ledger, clock, log } = this;
    const world = { store, queue, values, receipts, ledger, records: this.#flow, limiter: this.#limiter };
    return { ...world, clock, ids, log, metrics: NO_METRICS, pauses: this.#pauses, permitGraceMs: permitGraceMs() };
  }

  /** The rows of types that run here. */
  live(): Job[] {
    return this.store.jobs().filter(({ type }) => this.types.has(type));
  }

  seen(jobId: string): Observation {
    const seen = this.observations.get(jobId) ?? new Observation();
    this.observations.set(jobId, seen);
    return seen;
  }

  tick(): Promise<unknown> {
    const types = [...this.types.values()].map(({ definition }) => definition);
    // No schedules: the only occurrence is the one that the test asks for.
    return tick({ ...this.ports, types, schedules: [] }, Number.POSITIVE_INFINITY);
  }

  /** One invocation of the type's function, with one message. */
  async invoke(message: MemoryMessage, tested: AnyTested): Promise<void> {
    if (message.receiveCount >= MAX_RECEIVE_COUNT) return this.#giveUp(message);
    const { timeoutSeconds, visibilityTimeoutSeconds } = jobTimes(tested.definition.run);
    const now = this.clock.now();
    this.invocations += 1;
    message.receiveCount += 1;
    message.visibleAt = now + visibilityTimeoutSeconds * 1000;
    const process = this.#spawn(now + timeoutSeconds * 1000);
    const deadlineAt = now + timeoutSeconds * 1000 - deadlineMarginMs(timeoutSeconds);
    const { body, handle: receiptHandle, receiveCount } = message;
    const consumed = await process.run(() =>
      this.#worker(process, tested).consume({ body, receiptHandle, receiveCount, deadlineAt }),
    );
    process.end();
    if (consumed?.isDone === true) this.queue.delete(receiptHandle);
  }

  #spawn(killAt: number): WorkerProcess {
    const { latencyMs = CALL_MS, patienceMs = PATIENCE_MS } = this.options;
    return new WorkerProcess({
      clock: this.clock,
      killAt,
      patienceMs,
      // Whatever the effect does takes its time itself.
      latencyMs: (call) =>
        call.startsWith("effect.") ? 0 : typeof latencyMs === "number" ? latencyMs : latencyMs(call),
      onCall: (call) => this.#plan(call, this.calls.push(call)),
    });
  }

  #worker(process: WorkerProcess, { definition, handle }: AnyTested): Worker<unknown> {
    const gate = <Port extends object>(name: string, port: Port): Port => gated(process.call, name, port);
    const { store, queue, values, receipts, ledger, records: flow, limiter, ...rest } = this.ports;
    const gatedPorts = {
      store: gate("store", store),
      queue: gate("queue", queue),
      values: gate("values", values),
      receipts: gate("receipts", receipts),
      ledger: gate("ledger", ledger),
      records: gate("engine", flow),
      limiter: gate("limiter", limiter),
    };
    const base = { ...rest, ...gatedPorts };
    const deny = denying(definition, this.problems);
    const services = allowedServices(
      definition,
      {
        files: gate("files", this.files),
        mailer: gate("mailer", this.mailer),
        mailPace: gate("mailPace", this.mailPace),
        links: fixedLinks,
        messenger: gate("messenger", this.messenger),
        pages: gate("pages", this.pages),
        records: gate("records", this.records),
        receipts: gatedPorts.receipts,
        clock: this.clock,
      },
      deny,
    );
    const handler = (job: JobContext<unknown>) => {
      const seen = this.seen(job.id);
      const watched = observed(job, {
        seen,
        definition,
        deny,
        now: () => this.clock.now(),
        call: process.call,
        onProblem: (problem) => this.problems.add(problem),
        onEnqueued: (id, options) => this.optionsOf.set(id, options),
      });
      // Its payload was parsed by its own definition.
      return begin(seen, () => handle(watched as JobContext<never>, services));
    };
    return new Worker({ ...base, enqueue: createEnqueue(base), definition, handler, times: jobTimes(definition.run) });
  }

  #post<Plan>(plan: Plan, isReported = true): Post<Plan> {
    const onProblem = (problem: string) => void this.problems.add(problem);
    return { clock: this.clock, plan, receipts: isReported ? this.receipts : undefined, onProblem };
  }

  /** SQS's own safety net. */
  #giveUp({ handle, type, body }: MemoryMessage): void {
    this.queue.delete(handle);
    this.queue.deadLetters.push({ type, body });
  }

  /** @throws TestKitError for what is wrong with the test or the definition. */
  assertSound(): void {
    if (this.problems.size > 0) throw new TestKitError([...this.problems].join("\n"));
  }
}
