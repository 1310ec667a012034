import { EffectRefusedError } from "../../shared/errors/job-errors.ts";
import { pause } from "../../shared/engine/pauses.ts";
import type { BucketName } from "../../shared/contracts/buckets.ts";
import { permitGraceMs } from "../../shared/job/job-times.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { MemoryFileStore, MemoryValueStore } from "../support/memory-file-store.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryMailer, type SentMail } from "../support/memory-mailer.ts";
import { MemoryMessenger, type SentMessage } from "../support/memory-messenger.ts";
import { MemoryRateLimiter } from "../support/memory-rate-limiter.ts";
import { MemoryReceiptStore } from "../support/memory-receipt-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryScheduleLedger } from "../support/memory-schedule-ledger.ts";
import type { Call } from "./calls.ts";
import { EffectMonitors } from "./effect-monitors.ts";
import type { Fault } from "./fault-plan.ts";
import { Findings } from "./findings.ts";
import { FlowMonitors } from "./flow-monitors.ts";
import { LimitMonitors } from "./limit-monitors.ts";
import { Machine } from "./machine.ts";
import type { Process } from "./process.ts";
import { reportMail } from "./mail-reports.ts";
import { reportMessage } from "./message-reports.ts";
import { RowMonitors } from "./row-monitors.ts";
import type { HandledType, Subject } from "./subject.ts";

/** A call that its client has given up is done so much later: before the next attempt, or past any lease. */
const BELATED_MS = 2_000;
/** A frozen process thaws so long after the lease: others have done its work by then. */
const PAST_LEASE_MS = 150_000;
const LATE_MS = 30 * 60 * 1000;
/** Services report what they took so much later. */
const USUAL_LAG_MS = 10_000;

export interface WorldOptions {
  readonly subject: Subject;
  readonly store?: JobStore;
  /** Versions by which the due index is behind for a row, as of now; 0 is right. */
  readonly lag?: () => number;
  /** Randomness of the processes (jitter). */
  readonly random?: () => number;
  /** How long the report of a mail or a message takes. */
  readonly reportLagMs?: () => number;
  readonly isTraced?: boolean;
}

/** Everything outside the processes: time, tables, queues, buckets, mail, messages; and the calls that processes make to it. */
export class World extends Machine {
  readonly subject: Subject;
  readonly store: JobStore;
  readonly queue = new MemoryJobQueue(this.clock);
  readonly files = new MemoryFileStore();
  readonly values = new MemoryValueStore();
  readonly records = new MemoryRecordStore();
  readonly receipts = new MemoryReceiptStore();
  readonly ledger = new MemoryScheduleLedger();
  /** The engine's own records. */
  readonly flow = new MemoryRecordStore();
  readonly limiter = new MemoryRateLimiter();
  readonly mailer: MemoryMailer;
  readonly messenger: MemoryMessenger;
  readonly findings = new Findings();
  readonly rows = new RowMonitors(this.findings, this.clock);
  readonly effects = new EffectMonitors(this.findings, this.rows, this.clock);
  readonly waits = new FlowMonitors(this.findings, this.rows);
  readonly limits = new LimitMonitors(this.findings, this.clock);
  readonly options: WorldOptions;
  /** Calls that wait to be let through or answered, oldest first. */
  calls: Call[] = [];
  /** Requests whose clients have given them up: still to be done. */
  lateCalls: Call[] = [];
  /** Mails and messages whose reports are still on their way. */
  openReports = 0;
  /** Bodies that SQS has put into a DLQ by itself, because they were received too often. */
  readonly givenUp = new Set<string>();
  /** No more faults and lags: what is left has to come to its end. */
  isCalm = false;
  readonly firsts = new Set<string>();
  isRepaired = false;
  pausedUntil = 0;
  ids = 0;

  constructor(options: WorldOptions) {
    super(options.isTraced === true);
    this.options = options;
    this.subject = options.subject;
    this.store = options.store ?? new MemoryJobStore();
    this.mailer = new MemoryMailer(this.clock, (mail) => reportMail(this, mail));
    this.messenger = new MemoryMessenger(this.clock, (message) => reportMessage(this, message));
    this.findings.onFound = (text) => this.say(`!!! ${text}`);
  }

  /** What people got: mails and messages. */
  get sent(): readonly (SentMail | SentMessage)[] {
    return [...this.mailer.mails, ...this.messenger.messages];
  }

  /** When the next report comes; nobody reports in some worlds. */
  reportLagMs(): number {
    return this.subject.reportLagMs ?? this.options.reportLagMs?.() ?? USUAL_LAG_MS;
  }

  get permitGraceMs(): number {
    return permitGraceMs();
  }

  /** Every schedule of the world's types. */
  get schedules() {
    return this.subject.types.flatMap(({ definition: { type, schedules = [] } }) =>
      schedules.map((schedule) => ({ type, schedule })),
    );
  }

  /** Puts there what is there from the start. */
  async furnish(): Promise<void> {
    const { records, files, pause: planned } = this.subject;
    for (const { body, lists, ...key } of records) await this.records.create(key, body, lists);
    for (const { text, ...file } of files) {
      // The type's own `needs.files` name its buckets.
      const bucket = file.bucket as BucketName;
      await this.files.putOnce({ ...file, bucket, body: Buffer.from(text), contentType: "text/plain" });
    }
    if (planned?.from === "start") await this.pause(planned.forMs);
  }

  typeOf(type: string): HandledType | undefined {
    return this.subject.types.find(({ definition }) => definition.type === type);
  }

  /** A person pauses the root's type. */
  async pause(forMs: number): Promise<void> {
    const { type } = this.subject.root.definition;
    this.pausedUntil = this.now + forMs;
    this.say(`a person pauses ${type}`);
    await pause({ records: this.flow, clock: this.clock }, { type }, { by: "ada", until: this.pausedUntil });
  }

  /** Until when a type is paused; 0 is not at all. */
  pauseOf(type: string): EpochMs {
    return type === this.subject.root.definition.type ? this.pausedUntil : 0;
  }

  /** A process makes a call: it waits for the world. Dead processes wait for ever. */
  call(process: Process, name: string, perform: () => unknown, effect?: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (process.isDead) return;
      process.pendingCalls += 1;
      this.calls.push({ process, name, effect, perform, issuedAt: this.now, resolve, reject });
    });
  }

  /** Calls that may be let through now. */
  releasable(): Call[] {
    return this.calls.filter(({ process }) => !process.isFrozen);
  }

  /** Lets a call through, with its fault, and its answer back. */
  async release(call: Call, fault: Fault | "none"): Promise<void> {
    await this.request(call, fault);
    if (call.answer !== undefined && call.process.isAlive && !call.process.isFrozen) await this.deliver(call);
  }

  /** Lets a call through. Its answer waits to be delivered. */
  async request(call: Call, fault: Fault | "none"): Promise<void> {
    const { process } = call;
    if (call.effect !== undefined && this.now > process.killAt)
      this.kill(process, "before a call that it should not live to make");
    if (process.isDead) return this.#forget(call);
    // What user code still does after its process has ended its invocation meets no fault of its own.
    if (process.hasEnded) return this.perform(call).then(() => this.deliver(call));
    this.say(`${process.name} ${call.name}${fault === "none" ? "" : `   <== ${fault}`}`);
    await this.#strike(call, fault);
  }

  async #strike(call: Call, fault: Fault | "none"): Promise<void> {
    const { process } = call;
    process.isHurt ||= fault !== "none";
    switch (fault) {
      case "before":
        return this.kill(process, "before the call");
      case "refused":
        return this.#fail(call, new Error("The connection was refused."));
      case "throttled":
        if (call.effect !== undefined) this.effects.refused(process, call.effect);
        return this.#fail(call, throttled(call));
      case "belated":
      case "late":
        this.after(fault === "late" ? LATE_MS : BELATED_MS, () => this.lateCalls.push(call));
        return this.#fail(call, new Error("The call timed out."));
      case "stall":
        return this.freeze(process, this.#longestLeaseMs() + PAST_LEASE_MS);
      case "again":
        await this.perform(call);
        return this.perform(call);
      case "lost":
        await this.perform(call);
        return this.#fail(call, new Error("The answer was lost."));
      case "after":
        await this.perform(call);
        return this.kill(process, "after the call");
      case "freeze":
        await this.perform(call);
        return this.freeze(process, this.#longestLeaseMs() + PAST_LEASE_MS);
      case "none":
        return this.perform(call);
    }
  }

  /** Does what a call asks for. */
  async perform(call: Call): Promise<void> {
    try {
      call.answer = { value: await call.perform() };
    } catch (error) {
      call.answer = { error };
    }
  }

  async deliver(call: Call): Promise<void> {
    this.#forget(call);
    const { process, answer } = call;
    if (!process.isAlive || answer === undefined) return;
    if ("error" in answer) call.reject(answer.error);
    else call.resolve(answer.value);
    await this.rest();
  }

  #fail(call: Call, error: Error): void {
    call.answer = { error };
  }

  #longestLeaseMs(): number {
    return 2000 * Math.max(...this.subject.types.map(({ definition }) => definition.run.timeoutSeconds));
  }

  #forget(call: Call): void {
    if (!this.calls.includes(call)) return;
    this.calls = this.calls.filter((each) => each !== call);
    call.process.pendingCalls -= 1;
  }

  /** Drops what dead processes were waiting for. */
  forgetTheDead(): void {
    for (const call of this.calls) if (call.process.isDead) this.#forget(call);
  }
}

/** The client of mails and messages tells a throttled call for certain from an unknown one. */
function throttled({ effect }: Call): Error {
  const message = "Too many requests.";
  if (effect !== undefined) return new EffectRefusedError("Throttling", message, { isPermanent: false });
  return Object.assign(new Error(message), { name: "ThrottlingException" });
}
