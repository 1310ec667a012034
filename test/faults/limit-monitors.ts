import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { EpochMs, Job } from "../../shared/job/job.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Findings } from "./findings.ts";
import type { Process } from "./process.ts";
import type { RowWrite } from "./row-monitors.ts";

/** User code under way. */
interface Running {
  readonly process: Process;
  readonly jobId: string;
  readonly key: string;
}

/** A slot of a rate limit that a process has reserved. */
interface Slot {
  readonly key: string;
  readonly at: EpochMs;
}

/** Watches what may not begin: beyond a limit, during a pause, or past a time to live. */
export class LimitMonitors {
  readonly #findings: Findings;
  readonly #clock: Clock;
  #running: Running[] = [];
  readonly #slots = new Map<Process, Slot[]>();
  /** Slots that stood on a row when it was claimed. */
  readonly #usedSlots = new Set<string>();
  /** Jobs whose user code has begun. */
  readonly #begun = new Set<string>();

  constructor(findings: Findings, clock: Clock) {
    this.#findings = findings;
    this.#clock = clock;
  }

  /** A rate limit has given a process a slot. */
  reserved(process: Process, slot: Slot): void {
    this.#slots.set(process, [...(this.#slots.get(process) ?? []), slot]);
  }

  /** A worker that finds a dead one's job does not wait: not even where that one was alive, and settles in between. */
  read(process: Process, job: Job | undefined): void {
    if (job?.status === "waiting") process.sawWaiting.add(job.id);
    if (job?.status === "processing" && job.leaseUntil <= this.#clock.now() + process.skewMs)
      process.takesOver.add(job.id);
  }

  wrote(write: RowWrite, pausedUntil: EpochMs): void {
    const { name, after } = write;
    // A claim that was taken over does not count: so far the promise goes, by `ConcurrencyLimit`.
    if (name === "claim") this.#running = this.#running.filter(({ jobId }) => jobId !== after.id);
    if (name === "takeRateSlot") this.#checkSlotTaken(write);
    if (name === "expire" && this.#begun.has(after.id)) this.#bad(after.id, "has expired after it had begun");
    if (name === "claim" && write.before.status !== "processing") {
      this.#checkPause(write, pausedUntil);
      this.#checkRate(write);
    }
  }

  /** User code begins. */
  began(process: Process, { id }: JobContext<unknown>, { limits }: Pick<JobDefinition, "limits">): void {
    const job = process.held.get(id)?.job;
    if (job === undefined) return;
    const isFirstClaim = job.epoch === 1 && !this.#begun.has(id);
    this.#begun.add(id);
    if (isFirstClaim && job.startBy !== undefined && "claimedAt" in job && job.startBy < job.claimedAt)
      this.#bad(id, "began after its time to live");
    const { concurrency } = limits ?? {};
    if (concurrency === undefined || job.concurrencyKey === undefined) return;
    const key = job.concurrencyKey;
    this.#running = [...this.#running.filter((each) => each.process !== process), { process, jobId: id, key }];
    const beside = new Set(
      this.#running.filter((each) => each.key === key && this.#isRunning(each)).map((each) => each.jobId),
    );
    if (beside.size > concurrency.limit)
      this.#findings.violation(`${[...beside].join(" and ")} run at the same time, of ${concurrency.limit} allowed`);
  }

  /** User code has returned or thrown. */
  ended(process: Process): void {
    this.#running = this.#running.filter((each) => each.process !== process);
  }

  /** A process lives until its function's timeout; one that was frozen and outlives it is what the fence is for. */
  #isRunning({ process }: Running): boolean {
    return !process.isDead && this.#clock.now() <= process.killAt;
  }

  /** Jobs wait without using an attempt, for a slot that this very process has reserved. */
  #checkSlotTaken({ process, before, after }: RowWrite): void {
    if (after.attempts !== before.attempts) this.#bad(after.id, "used an attempt by waiting for its rate limit");
    const isOwn = this.#takeSlot(process, (slot) => slot.key === after.rateKey && slot.at === after.rateSlotAt);
    if (!isOwn) this.#bad(after.id, "has a slot of its rate limit that nobody gave it");
  }

  /** Each attempt that is not a dead worker's, taken over, has a slot of its own whose time has come. */
  #checkRate({ process, before }: RowWrite): void {
    if (before.rateKey === undefined) return;
    const now = this.#clock.now() + process.skewMs;
    if (before.rateSlotAt !== undefined) {
      const slot = `${before.id} ${before.rateSlotAt}`;
      if (this.#usedSlots.has(slot)) this.#bad(before.id, "used a slot of its rate limit twice");
      this.#usedSlots.add(slot);
      if (before.rateSlotAt > now) this.#bad(before.id, "began before the slot of its rate limit");
      return;
    }
    const mayBeEarly = process.takesOver.has(before.id);
    const isOwn = this.#takeSlot(process, ({ key, at }) => key === before.rateKey && (mayBeEarly || at <= now));
    if (!isOwn) this.#bad(before.id, "began without a slot of its rate limit");
  }

  /** A slot is used once. */
  #takeSlot(process: Process, isIt: (slot: Slot) => boolean): boolean {
    const slots = this.#slots.get(process) ?? [];
    const found = slots.find(isIt);
    this.#slots.set(
      process,
      slots.filter((slot) => slot !== found),
    );
    return found !== undefined;
  }

  #checkPause({ process, before }: RowWrite, pausedUntil: EpochMs): void {
    const now = this.#clock.now() + process.skewMs;
    if (now < pausedUntil) this.#bad(before.id, "was claimed during a pause of its type");
  }

  #bad(id: Job["id"], text: string): void {
    this.#findings.violation(`job ${id} ${text}`);
  }
}
