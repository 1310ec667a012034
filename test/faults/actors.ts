import type { Permit } from "../../shared/contracts/messages.ts";
import type { Job } from "../../shared/job/job.ts";
import { deadlineMarginMs, jobTimes, MAX_RECEIVE_COUNT } from "../../shared/job/job-times.ts";
import type { MemoryMessage } from "../support/memory-job-queue.ts";
import { enginePorts, type EnginePorts, runCancel, runResolve, runTicker, workerOf } from "./engine-ports.ts";
import { nextRunOf } from "./next-runs.ts";
import type { Process, ProcessOptions } from "./process.ts";
import type { ClientCall, Occurrence } from "./subject.ts";
import { callsOf, rootBodyOf, rootIdOf, rootRowOf } from "./root-job.ts";
import type { World } from "./world.ts";

const API_TIMEOUT_MS = 15_000;
const TICKER_TIMEOUT_MS = 55_000;

/** Those who make things happen in a world: each starts one process. */
export class Actors {
  readonly #world: World;
  readonly #skewMs: (kind: Process["kind"]) => number;
  #started = 0;
  /** What nobody has told the client to be accepted. */
  #openCalls: readonly ClientCall[];
  /** What the root's queue gets for it first. */
  readonly #rootBody: string;

  constructor(world: World, skewMs: (kind: Process["kind"]) => number) {
    this.#world = world;
    this.#skewMs = skewMs;
    this.#rootBody = rootBodyOf(world.subject);
    this.#openCalls = callsOf(world.subject);
  }

  /** The caller has been told that all its jobs are accepted. */
  get isAccepted(): boolean {
    return this.#openCalls.length === 0;
  }

  /** Puts the root job's event on its queue, or has a client enqueue it; a client that got no answer asks again. */
  async submit(): Promise<void> {
    const { subject, queue } = this.#world;
    const { definition } = subject.root;
    if (subject.occurrence !== undefined) return this.#schedule(subject.occurrence);
    if (definition.triggers !== undefined) {
      queue.put(definition.type, this.#rootBody);
      this.#openCalls = [];
      return;
    }
    const process = this.#spawn("client", API_TIMEOUT_MS);
    const ports = enginePorts(this.#world, process);
    await this.#run(process, async () => {
      for (const call of this.#openCalls) await this.#ask(call, ports);
      if (subject.isPermitLost === true) queue.messages = queue.messages.filter(({ body }) => body !== this.#rootBody);
      for (const strange of subject.strangeMessages?.(rootIdOf(subject)) ?? []) queue.put(strange.queue, strange.body);
    });
  }

  /** The next run of a sweep, an hour later. */
  async runNext(number: number): Promise<void> {
    const process = this.#spawn("client", API_TIMEOUT_MS);
    await this.#run(process, () => nextRunOf(this.#world.subject, number)(enginePorts(this.#world, process)));
  }

  async #ask(call: ClientCall, ports: EnginePorts): Promise<void> {
    const known = new Set(this.#world.rows.versions.keys());
    const { id, isNew } = await call(ports);
    this.#openCalls = this.#openCalls.filter((each) => each !== call);
    if (!known.has(id) && !isNew)
      this.#world.findings.violation(`job ${id} is new, and its caller was told that it is not`);
  }

  /** EventBridge Scheduler puts the occurrence's tick onto the queue when its time comes. */
  #schedule({ at, isTickLost }: Occurrence): void {
    const { queue, now, subject } = this.#world;
    this.#openCalls = [];
    if (isTickLost === true) return;
    this.#world.after(at - now, () => queue.put(subject.root.definition.type, this.#rootBody));
  }

  /** A worker consumes a message, as Lambda's poller has it. */
  async consume(message: MemoryMessage): Promise<void> {
    const { queue, now } = this.#world;
    const handled = this.#world.typeOf(message.type);
    if (handled === undefined) throw new Error(`No type of this world takes messages of ${message.type}.`);
    if (message.receiveCount >= MAX_RECEIVE_COUNT) return this.#giveUp(message);
    const { timeoutSeconds, visibilityTimeoutSeconds } = jobTimes(handled.definition.run);
    message.receiveCount += 1;
    message.visibleAt = now + visibilityTimeoutSeconds * 1000;
    const process = this.#spawn("worker", timeoutSeconds * 1000, {
      type: message.type,
      messageRun: runOf(message.body),
    });
    const deadlineAt = now + process.skewMs + timeoutSeconds * 1000 - deadlineMarginMs(timeoutSeconds);
    const { body, handle, receiveCount } = message;
    const isStale = this.#isStale(message.type, body);
    this.#world.say(
      `${process.name} (skew ${process.skewMs / 1000} s) receives ${body}, for the ${receiveCount}. time`,
    );
    await this.#run(process, async () => {
      const worker = workerOf(this.#world, process, handled);
      const { isDone, isRuntimeStuck } = await worker.consume({
        body,
        receiptHandle: handle,
        receiveCount,
        deadlineAt,
        hasCompany: false,
      });
      if (!isDone && isStale && this.#isStale(message.type, body) && !process.isHurt)
        this.#world.findings.violation(`a message for a run that is over was kept: ${body}`);
      if (isRuntimeStuck) this.#world.kill(process, "because its handler does not stop");
      // The poller's own delete may fail as well: then the message comes again.
      if (isDone) await this.#world.call(process, "poller.delete", () => queue.delete(handle)).catch(() => {});
    });
  }

  async tick(): Promise<void> {
    const process = this.#spawn("ticker", TICKER_TIMEOUT_MS);
    await this.#run(process, () => runTicker(this.#world, process));
  }

  /** @returns the person's process. */
  async cancel(): Promise<Process> {
    const process = this.#spawn("person", API_TIMEOUT_MS);
    const rootId = rootRowOf(this.#world)?.id ?? rootIdOf(this.#world.subject);
    this.#world.say(`${process.name} cancels the job`);
    await this.#run(process, () => runCancel(this.#world, process, rootId));
    return process;
  }

  /** A person says what became of an effect. */
  async resolve(jobId: string, effect: string, decides: "truth" | "again"): Promise<void> {
    const process = this.#spawn("person", API_TIMEOUT_MS);
    const sent = this.#world.effects.lastSend(`${jobId}/${effect}`);
    const isAgain = sent === undefined || decides === "again";
    const decision = isAgain ? { again: true as const } : { sent: true as const, receipt: sent };
    this.#world.say(`${process.name} says of ${jobId}/${effect}: ${JSON.stringify(decision)}`);
    await this.#run(process, () => runResolve(this.#world, process, jobId, effect, decision));
  }

  /** SQS delivers a message twice: the root's first one, and those of all other jobs that nobody has spawned. */
  duplicate(): void {
    const { subject, rows, queue } = this.#world;
    const { type, triggers } = subject.root.definition;
    if (subject.calls !== undefined) {
      const jobs = rows.rows().filter(({ parent }) => parent === undefined);
      return jobs.forEach((job) => queue.put(job.type, bodyOf(job)));
    }
    const { occurrence } = subject;
    // What was never sent is not delivered twice.
    if (occurrence?.isTickLost === true) return;
    const isTickSent = occurrence !== undefined && occurrence.at <= this.#world.now;
    const isSent = triggers !== undefined || isTickSent || rows.versions.has(rootIdOf(subject));
    if (isSent) queue.put(type, this.#rootBody);
  }

  #spawn(kind: Process["kind"], lifeMs: number, rest: Pick<ProcessOptions, "type" | "messageRun"> = {}): Process {
    this.#started += 1;
    const killAt = this.#world.now + lifeMs;
    const name = `${rest.type ?? kind} ${this.#started}`;
    return this.#world.spawn({ name, kind, killAt, skewMs: this.#skewMs(kind), ...rest });
  }

  /** Runs a process up to its first call. */
  async #run(process: Process, main: () => Promise<unknown>): Promise<void> {
    const end = (outcome: string) => {
      if (!process.isAlive) return;
      this.#world.say(`${process.name} ends${outcome}`);
      this.#world.end(process);
    };
    void main().then(
      () => end(""),
      (error: unknown) => end(`: ${String(error)}`),
    );
    await this.#world.rest();
  }

  /** Whether a permit is for a run that is over, or that never was: of no use, but for a look at a waiting row. */
  #isStale(type: string, body: string): boolean {
    const row = this.#world.rows.rows().find(({ id }) => body.includes(`"${id}"`));
    const run = runOf(body);
    if (row?.status === "waiting") return false;
    return row?.type === type && run !== undefined && (run < row.run || run > row.run + 1);
  }

  /** SQS's own safety net: received too often, a message goes to the DLQ as it is. */
  #giveUp(message: MemoryMessage): void {
    this.#world.say(`SQS gives up ${message.body}`);
    this.#world.givenUp.add(message.body);
    this.#world.queue.delete(message.handle);
    this.#world.queue.deadLetters.push({ type: message.type, body: message.body });
  }
}

/** A job's first permit. */
const bodyOf = ({ type, id }: Pick<Job, "type" | "id">): string => JSON.stringify({ v: 1, type, id, run: 1 });

/** The run that a message names; an event's job begins with 1. */
function runOf(body: string): number | undefined {
  try {
    const message = JSON.parse(body) as Partial<Permit>;
    return message.run ?? 1;
  } catch {
    return undefined;
  }
}
