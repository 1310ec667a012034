import type { EpochMs, Job } from "../../shared/job/job.ts";
import { isAllowed, isTerminal, type JobStatus } from "../../shared/job/job-state.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Findings } from "./findings.ts";
import type { Process } from "./process.ts";

const READY: readonly JobStatus[] = ["pending", "retrying"];

/** Writes of a worker about a row that it need not have claimed, and what the row may be then. */
const UNCLAIMED_WRITES: Readonly<Record<string, readonly JobStatus[]>> = {
  claim: [...READY, "processing"],
  restart: ["failed"],
  payDeadLetter: ["failed"],
  makeReady: READY,
  takeRateSlot: READY,
  putOff: READY,
  wake: ["waiting"],
  forgo: ["waiting"],
  stillWaiting: ["waiting"],
  addDependant: [...READY, "processing", "waiting", "needs_review"],
  postpone: ["pending"],
};
/** Those of them that only the function of the row's own type makes. */
const OF_OWN_TYPE = new Set(["makeReady", "takeRateSlot", "putOff", "wake", "forgo", "stillWaiting"]);

/** One write of a row that was accepted. */
export interface RowWrite {
  readonly process: Process;
  readonly name: string;
  readonly before: Job;
  readonly after: Job;
}

/** Watches every accepted write of every row, and keeps what the rows were. */
export class RowMonitors {
  /** All versions of each row, the newest last. */
  readonly versions = new Map<string, Job[]>();
  /** Runs of each job that have failed. */
  readonly failedRuns = new Map<string, Set<number>>();
  /** Number of the write by which a job's cancel was accepted. */
  readonly cancelledAt = new Map<string, number>();
  writes = 0;
  readonly #findings: Findings;
  readonly #clock: Clock;

  constructor(findings: Findings, clock: Clock) {
    this.#findings = findings;
    this.#clock = clock;
  }

  /** The newest version of every row. */
  rows(): Job[] {
    return [...this.versions.values()].flatMap((versions) => versions.slice(-1));
  }

  created(job: Job): void {
    this.writes += 1;
    if (this.versions.has(job.id))
      this.#findings.duplicate(`the row of ${job.id} was created over the one that was there`);
    if (dueAtOf(job) === undefined) this.#bad(job, `was created as ${job.status}, and is in no due index`);
    this.versions.set(job.id, [job]);
  }

  wrote(write: RowWrite): void {
    this.writes += 1;
    this.#remember(write);
    this.#checkMove(write);
    this.#checkMemory(write);
    if (write.name === "claim") this.#checkClaim(write);
    if (write.process.kind === "worker") this.#checkWriter(write);
    if (write.name === "restart") this.#checkRestart(write);
  }

  #remember({ process, name, before, after }: RowWrite): void {
    this.versions.set(after.id, [...(this.versions.get(after.id) ?? []), after]);
    if (name === "claim") process.held.set(after.id, { write: this.writes, at: this.#clock.now(), job: after });
    if (before.status !== "failed" && after.status === "failed") {
      this.failedRuns.set(after.id, (this.failedRuns.get(after.id) ?? new Set()).add(after.run));
    }
    const isCancel = after.cancelRequestedAt !== undefined || after.status === "cancelled";
    if (isCancel && !this.cancelledAt.has(after.id)) this.cancelledAt.set(after.id, this.writes);
  }

  #checkMove({ process, name, before, after }: RowWrite): void {
    const by = `by ${name} of a ${process.kind}`;
    const isMoved = before.status !== after.status;
    if (isMoved && !isAllowed(before.status, after.status))
      this.#bad(after, `moved from ${before.status} to ${after.status} ${by}`);
    if (isMoved && isTerminal(before.status) && !(before.status === "failed" && after.status === "pending")) {
      this.#bad(after, `left ${before.status}, which is terminal, ${by}`);
    }
    if (after.epoch !== before.epoch + (name === "claim" ? 1 : 0))
      this.#bad(after, `its epoch went from ${before.epoch} to ${after.epoch} ${by}`);
    if (after.run < before.run) this.#bad(after, `its run went back ${by}`);
    if (after.attempts < 0) this.#bad(after, `has ${after.attempts} attempts ${by}`);
    if (!isTerminal(after.status) && dueAtOf(after) === undefined)
      this.#bad(after, `is ${after.status} and in no due index ${by}`);
  }

  /** What was recorded stays: step results, receipts, and the look into open effects before a final failure. */
  #checkMemory({ process, name, before, after }: RowWrite): void {
    for (const [step, result] of Object.entries(before.steps)) {
      if (JSON.stringify(after.steps[step]) !== JSON.stringify(result))
        this.#bad(after, `its step ${step} was changed by ${name}`);
    }
    for (const [effect, { receipt }] of Object.entries(before.effects)) {
      // Once a sweep's page is done, what was kept of its items' effects goes.
      if (name === "checkpoint" && effect.startsWith("sweep-")) continue;
      if (receipt !== undefined && after.effects[effect]?.receipt === undefined)
        this.#bad(after, `its receipt of ${effect} was lost by ${name}`);
    }
    if (after.status !== "failed" || before.status === "failed") return;
    for (const [effect, { intent, receipt, wait }] of Object.entries(after.effects)) {
      if (intent === undefined || receipt !== undefined) continue;
      const now = this.#clock.now() + process.skewMs;
      const isLookedInto = wait?.token === intent.token && wait.until <= now;
      if (!isLookedInto) this.#bad(after, `failed while its effect ${effect} was open and not looked into`);
      if (intent.onUnknown === "review")
        this.#bad(after, `failed instead of asking a person about its effect ${effect}`);
    }
  }

  #checkClaim({ process, before, after }: RowWrite): void {
    const now = this.#clock.now() + process.skewMs;
    if (before.type !== process.type) this.#bad(after, `was claimed by a worker of ${process.type}`);
    if (after.attempts !== before.attempts + 1) this.#bad(after, "was claimed without counting the attempt");
    // Any permit of a prioritised type is leave to run its best job, and a wake may name the run in which a job was put.
    const isAnyRun = before.priority !== undefined || process.sawWaiting.has(before.id);
    if (before.run !== process.messageRun && !isAnyRun)
      this.#bad(after, `was claimed in run ${before.run} by a message for run ${process.messageRun}`);
    if (before.status === "processing") {
      if (before.leaseUntil > now) this.#bad(after, "was claimed before its lease had ended");
    } else if ("runAt" in before && before.runAt !== undefined && before.runAt > now) {
      this.#bad(after, "was claimed before it was due");
    }
  }

  /** Only the holder of the claim writes, and only while the row is processing; but for what concerns unclaimed rows. */
  #checkWriter({ process, name, before, after }: RowWrite): void {
    const from = UNCLAIMED_WRITES[name];
    if (from !== undefined) {
      if (!from.includes(before.status)) this.#bad(after, `was ${before.status} when ${name} was written`);
      if (OF_OWN_TYPE.has(name) && before.type !== process.type)
        this.#bad(after, `got ${name} by a worker of ${process.type}`);
      return;
    }
    const isHeld = before.status === "processing" && process.drawnIds.has(before.claimToken);
    if (!isHeld) this.#bad(after, `a stale write was accepted: ${name} on a row that was ${before.status}`);
  }

  #checkRestart({ process, before, after }: RowWrite): void {
    if (after.run !== before.run + 1) this.#bad(after, `was restarted from run ${before.run} to ${after.run}`);
    if (process.kind === "worker" && process.messageRun !== before.run + 1)
      this.#bad(after, "was restarted by a message for another run");
  }

  #bad({ id }: Job, text: string): void {
    this.#findings.violation(`job ${id} ${text}`);
  }
}

/** When somebody has to look at a row again, or nothing. */
export function dueAtOf(job: Job): EpochMs | undefined {
  return "dueAt" in job ? job.dueAt : undefined;
}
