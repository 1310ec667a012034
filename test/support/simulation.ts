import type { Permit } from "../../shared/contracts/messages.ts";
import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobHandler } from "../../shared/engine/worker-ports.ts";
import { PauseBoard } from "../../shared/engine/pauses.ts";
import { tick } from "../../shared/engine/ticker.ts";
import type { Delivery } from "../../shared/engine/delivery.ts";
import { Worker } from "../../shared/engine/worker.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { Job } from "../../shared/job/job.ts";
import { jobTimes } from "../../shared/job/job-times.ts";
import type { IdSource } from "../../shared/ports/id-source.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { ReceiptStore, ReportedReceipt } from "../../shared/ports/receipt-store.ts";
import type { ValueStore } from "../../shared/ports/value-store.ts";
import { MemoryJobQueue } from "./memory-job-queue.ts";
import { MemoryJobStore } from "./memory-job-store.ts";
import { MemoryRateLimiter } from "./memory-rate-limiter.ts";
import { MemoryRecordStore } from "./memory-record-store.ts";
import { MemoryScheduleLedger } from "./memory-schedule-ledger.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The process that made a call is gone: nothing after it happens. */
export class ProcessDied extends Error {}

/**
 * What happens to a call of the engine to the world: `before` kills the process before it, `after` once it was done,
 * `lost` does it and lets the answer get lost (the call throws, the process lives on), `again` does it twice, as an AWS
 * client does that got no answer the first time.
 */
export type Fault = "before" | "after" | "lost" | "again" | "none";
export type FaultPlan = (call: { readonly number: number; readonly name: string }) => Fault;

const MINUTE_MS = 60_000;

/** A job type and its handler, the payload's type forgotten. */
export interface SimulatedType {
  readonly definition: JobDefinition;
  readonly handler: JobHandler<never>;
}

/** One job type's queue, worker and ticker in virtual time. The engine is the real one; only the ports are in memory. */
export class Simulation<Payload> {
  readonly clock = new VirtualClock();
  readonly store = new MemoryJobStore();
  readonly queue = new MemoryJobQueue(this.clock);
  readonly receipts = new MemoryReceipts();
  readonly ledger = new MemoryScheduleLedger();
  readonly records = new MemoryRecordStore();
  readonly pauses = new PauseBoard({ records: this.records, clock: this.clock });
  readonly log = new MemoryLog();
  readonly calls: string[] = [];
  readonly metrics: string[] = [];
  readonly limiter = new MemoryRateLimiter();
  readonly #definition: JobDefinition<Payload>;
  readonly #types: readonly SimulatedType[];
  readonly #values = new Map<string, string>();
  readonly #naps = new Set<number>();
  #ids = 0;
  #plan: FaultPlan = () => "none";
  #process = { isDead: false };

  /** @param others Further types, for jobs that enqueue or wait for each other. */
  constructor(definition: JobDefinition<Payload>, handler: JobHandler<Payload>, others: readonly SimulatedType[] = []) {
    this.#definition = definition;
    this.#types = [{ definition, handler }, ...others];
  }

  get times() {
    return jobTimes(this.#definition.run);
  }

  get ids(): IdSource {
    return { newId: () => `id-${(this.#ids += 1)}`, random: () => 0 };
  }

  get controlPorts() {
    const { store, queue, clock, log, times } = this;
    return { store, queue, clock, log, values: this.#valueStore(), permitGraceMs: times.permitGraceMs };
  }

  get enqueuePorts() {
    return { ...this.controlPorts, records: this.records, values: this.#valueStore(), ids: this.ids };
  }

  get tickerPorts() {
    const { ledger } = this;
    return {
      ...this.controlPorts,
      ledger,
      records: this.records,
      pauses: this.pauses,
      types: this.#types.map(({ definition }) => definition),
      schedules: this.#types.flatMap(({ definition: { type, schedules = [] } }) =>
        schedules.map((schedule) => ({ type, schedule })),
      ),
    };
  }

  /** Faults for the calls from now on, counted from 1. */
  inject(plan: FaultPlan): void {
    this.calls.length = 0;
    this.#plan = plan;
  }

  async enqueue(payload: NoInfer<Payload>, options = {}): Promise<string> {
    return (await createEnqueue(this.enqueuePorts)(this.#definition, payload, options)).id;
  }

  /** Enqueues in a process of its own, under the fault plan: it may die, or an answer may get lost. */
  async enqueueUnderFaults(
    payload: NoInfer<Payload>,
    options = {},
  ): Promise<"died" | "failed" | { readonly id: string }> {
    const process = { isDead: false };
    const { store, queue, records, values } = this.enqueuePorts;
    const faulty = this.#allFaulty({ store, queue, records, values }, process);
    try {
      return await createEnqueue({ ...this.enqueuePorts, ...faulty })(this.#definition, payload, options);
    } catch {
      return process.isDead ? "died" : "failed";
    }
  }

  /** Receives one message and consumes it in a process of its own, which may die. Nothing when no message is visible. */
  async consumeOne(
    circumstances: Partial<Pick<Delivery, "hasCompany" | "deadlineAt">> = {},
  ): Promise<"done" | "returned" | "died" | "must be alone" | undefined> {
    const message = this.queue.receive(this.times.visibilityTimeoutSeconds);
    if (message === undefined) return undefined;
    const process = { isDead: false };
    this.#process = process;
    const type = this.#typeOf(message.type);
    const deadlineAt = this.clock.now() + jobTimes(type.definition.run).timeoutSeconds * 900;
    const delivery = {
      body: message.body,
      receiptHandle: message.handle,
      receiveCount: message.receiveCount,
      deadlineAt,
      ...circumstances,
    };
    const { isDone, mustBeAlone } = await this.#worker(process, type).consume(delivery);
    if (process.isDead) return "died";
    if (isDone) this.queue.delete(message.handle);
    if (mustBeAlone !== undefined) return "must be alone";
    return isDone ? "done" : "returned";
  }

  async tick(): Promise<void> {
    await tick(this.tickerPorts, Number.POSITIVE_INFINITY);
  }

  /** Lets time pass, with a tick a minute, until nothing is left to do. Fails when that takes longer than `limitMs`, a week. */
  async settle(limitMs = 7 * 24 * 60 * MINUTE_MS): Promise<void> {
    const end = this.clock.now() + limitMs;
    while (!this.#isQuiet()) {
      if ((await this.consumeOne()) !== undefined) continue;
      const next = Math.min(this.clock.now() + MINUTE_MS, ...this.queue.messages.map(({ visibleAt }) => visibleAt));
      this.clock.advanceTo(Math.max(next, this.clock.now() + 1));
      if (this.clock.now() > end) throw new Error(`Not quiet in time: ${JSON.stringify(this.store.jobs())}`);
      await this.tick();
    }
  }

  /**
   * The same with several workers at once, whose handlers overlap while they `nap`; the ticker comes at whole minutes. Stops
   * early when `isEnough` says so.
   */
  async settleTogether(workers: number, isEnough: () => boolean = () => false): Promise<void> {
    const end = this.clock.now() + 7 * 24 * 60 * MINUTE_MS;
    const busy = new Set<Promise<unknown>>();
    let nextTickAt = (Math.floor(this.clock.now() / MINUTE_MS) + 1) * MINUTE_MS;
    while (busy.size > 0 || !(isEnough() || this.#isQuiet())) {
      while (!isEnough() && busy.size < workers && this.#nextMessageAt() <= this.clock.now()) {
        const consuming: Promise<unknown> = this.consumeOne().finally(() => busy.delete(consuming));
        busy.add(consuming);
      }
      const { size } = busy;
      // All that is not napping goes on until it naps or ends: in memory nothing else takes time.
      await new Promise((resolve) => setImmediate(resolve));
      if (busy.size < size) continue;
      const nextMessageAt = size < workers ? this.#nextMessageAt() : Number.POSITIVE_INFINITY;
      this.clock.advanceTo(Math.min(nextTickAt, nextMessageAt, ...this.#naps));
      if (this.clock.now() > end) throw new Error(`Not quiet in time: ${JSON.stringify(this.store.jobs())}`);
      if (this.clock.now() < nextTickAt) continue;
      nextTickAt += MINUTE_MS;
      await this.tick();
    }
  }

  /** A handler's work that takes so long; other workers go on meanwhile. Only under `settleTogether`. */
  async nap(ms: number): Promise<void> {
    const at = this.clock.now() + ms;
    this.#naps.add(at);
    await new Promise<void>((resolve) => this.clock.after(ms, resolve));
    this.#naps.delete(at);
  }

  /** A call of the handler to the world outside, under the fault plan like the engine's own. */
  outside<Answer>(name: string, action: () => Answer): Promise<Answer> {
    return this.#called(name, action, this.#process) as Promise<Answer>;
  }

  /** The only job there is. */
  job(): Job {
    const [job, ...others] = this.store.jobs();
    if (job === undefined || others.length > 0) throw new Error(`There are ${this.store.jobs().length} jobs.`);
    return job;
  }

  deadLetter(): Permit | undefined {
    const body = this.queue.deadLetters.at(-1)?.body;
    return body === undefined ? undefined : (JSON.parse(body) as Permit);
  }

  #isQuiet(): boolean {
    if (this.queue.messages.length > 0) return false;
    return !this.store.jobs().some((job) => job.status !== "needs_review" && "dueAt" in job && job.dueAt !== undefined);
  }

  #nextMessageAt(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.queue.messages.map(({ visibleAt }) => visibleAt));
  }

  #typeOf(name: string): SimulatedType {
    const type = this.#types.find(({ definition }) => definition.type === name);
    if (type === undefined) throw new Error(`There is no type ${name} in this simulation.`);
    return type;
  }

  #worker(process: { isDead: boolean }, { definition, handler }: SimulatedType): Worker<unknown> {
    const { store, queue, receipts, ledger, records, limiter, pauses, clock, ids, log } = this;
    const world = { store, queue, receipts, ledger, records, limiter, values: this.#valueStore() };
    const faulty = this.#allFaulty(world, process);
    const metrics = { count: (name: string) => void this.metrics.push(name), gauge: () => {} };
    const times = jobTimes(definition.run);
    const base = { ...faulty, pauses, clock, ids, log, metrics, permitGraceMs: times.permitGraceMs };
    // Its payload was parsed by its own definition.
    return new Worker({
      ...base,
      enqueue: createEnqueue(base),
      times,
      definition,
      handler: handler as JobHandler<unknown>,
    });
  }

  #allFaulty<World extends Readonly<Record<string, object>>>(world: World, process: { isDead: boolean }): World {
    const entries = Object.entries(world).map(([name, port]) => [name, this.#faulty(name, port, process)]);
    return Object.fromEntries(entries) as World; // the same names
  }

  /** Lets the fault plan decide about every call of a port. */
  #faulty<Port extends object>(portName: string, port: Port, process: { isDead: boolean }): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          const call = (): unknown => Reflect.apply(member, target, args);
          return this.#called(`${portName}.${String(property)}`, call, process);
        };
      },
    });
  }

  async #called(name: string, call: () => unknown, process: { isDead: boolean }): Promise<unknown> {
    if (process.isDead) throw new ProcessDied();
    this.calls.push(name);
    const fault = this.#plan({ number: this.calls.length, name });
    if (fault === "before") process.isDead = true;
    if (process.isDead) throw new ProcessDied();
    if (fault === "again") await call();
    const answer = await call();
    if (fault === "again") return answer;
    if (fault === "after") process.isDead = true;
    if (fault !== "none") throw fault === "lost" ? new Error("The answer was lost.") : new ProcessDied();
    return answer;
  }

  #valueStore(): ValueStore {
    return {
      // As S3 with `If-None-Match`: what lies there stays.
      put: (key, json) => Promise.resolve(void (this.#values.has(key) || this.#values.set(key, json))),
      get: (key) => Promise.resolve(this.#values.get(key) ?? ""),
    };
  }
}

export class MemoryReceipts implements ReceiptStore {
  readonly all: ReportedReceipt[] = [];

  find(jobId: string, effect: string, since = 0) {
    const found = this.all.find((each) => each.jobId === jobId && each.effect === effect && each.at >= since);
    return Promise.resolve(found === undefined ? undefined : { id: found.messageId, at: found.at });
  }

  put(report: ReportedReceipt): Promise<void> {
    this.all.push(report);
    return Promise.resolve();
  }

  list(jobId: string): Promise<readonly ReportedReceipt[]> {
    return Promise.resolve(this.all.filter((report) => report.jobId === jobId).toSorted((a, b) => a.at - b.at));
  }
}

/** Keeps log lines for assertions. */
export class MemoryLog implements Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[];
  readonly #fields: object;

  constructor(lines: MemoryLog["lines"] = [], fields: object = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  info(message: string, fields: object = {}): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields: object = {}): void {
    this.#write("warn", message, fields);
  }

  error(message: string, thrown: unknown, fields: object = {}): void {
    this.#write("error", message, { ...fields, thrown });
  }

  with(fields: object): Log {
    return new MemoryLog(this.lines, { ...this.#fields, ...fields });
  }

  #write(level: string, message: string, fields: object): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
