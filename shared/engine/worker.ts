import { describeError } from "../errors/describe-error.ts";
import { queueMessage, type Permit, type QueueMessage } from "../contracts/messages.ts";
import type { EpochMs, Job, ProcessingJob, WaitingJob } from "../job/job.ts";
import { isTerminal } from "../job/job-state.ts";
import { LONGEST_HIDE_SECONDS, MAX_RETURNS } from "../job/job-times.ts";
import { DEFAULT_TENANT } from "../job/tenant.ts";
import { claim } from "../job/transitions/claim.ts";
import { restart } from "../job/transitions/control.ts";
import type { Log } from "../ports/log.ts";
import { admit } from "./admission.ts";
import type { Delivery } from "./delivery.ts";
import { execute, type Ending } from "./execute.ts";
import { lookAtDependencies } from "./flow/look.ts";
import { passGate, tryLater, type Candidate } from "./gate.ts";
import type { WorkerPorts } from "./worker-ports.ts";
import { JobRun } from "./job-run.ts";
import { giveSlotBack, type Holder } from "./limits/concurrency-slots.ts";
import { ACKNOWLEDGE, lookAgain, park, returnedUntil, type Outcome } from "./outcome.ts";
import { payDebt, settle, settleExpired, settleFinally, type Settling } from "./settle.ts";

/** What the queue's poller has to know: delete the message, or leave it. */
export interface Consumed {
  readonly isDone: boolean;
  /** User code still runs although its time is over: end the process, or it would wake up inside the next invocation. */
  readonly isRuntimeStuck: boolean;
  /** Nothing was done, for its company: deliver it again, alone. So many attempts it has had. */
  readonly mustBeAlone?: { readonly attempts: number };
}

/** An attempt that took more of its function's timeout than this is worth a look before it becomes a TIMEOUT. */
const NEAR_TIMEOUT = 0.8;

/**
 * A message that waits for its job to run alone comes back this long after the deadline, should its turn not come: past
 * the function's end (see `deadlineMarginMs`), and long before its visibility timeout.
 */
const BACK_AFTER_DEADLINE_MS = 5_000;

const CRASH_LOOP = {
  code: "CRASH_LOOP",
  message:
    "The last attempt ended without a word, and none is left: its process was killed at the timeout, exited or ran out of " +
    'memory. The function\'s log says which after this job\'s last "Job started.": "Task timed out", "Runtime.ExitError" or ' +
    '"heap out of memory".',
};

/** A claim, or the row that refused it. */
type Tried = { readonly job: ProcessingJob } | { readonly row: Job | undefined };

interface RunOptions {
  readonly delivery: Delivery;
  readonly slot: Holder | undefined;
  readonly onStuck: () => void;
}

/** A message that was used for another job: it cannot bring that one back, so it is not kept for a retry. */
const usedUp = (delivery: Delivery): Delivery => ({ ...delivery, receiveCount: MAX_RETURNS });

/** Only a job that has never begun expires: one that has may have open effects. */
const hasExpired = ({ startBy, epoch }: ProcessingJob, now: EpochMs): boolean =>
  startBy !== undefined && startBy < now && epoch === 1;

/**
 * The consumer of one job type's queue: message → permit → claim → run → settle → acknowledge.
 *
 * The message is only leave to look; the row decides. Whatever throws here (AWS out of reach, a bug) leaves the message
 * in the queue, to come back when its visibility ends.
 */
export class Worker<Payload> {
  readonly #ports: WorkerPorts<Payload>;

  constructor(ports: WorkerPorts<Payload>) {
    this.#ports = ports;
  }

  async consume(delivery: Delivery): Promise<Consumed> {
    let isRuntimeStuck = false;
    try {
      const outcome = await this.#process(delivery, () => (isRuntimeStuck = true));
      const isDone = await this.#dispose(delivery, outcome);
      if (outcome.kind !== "alone") return { isDone, isRuntimeStuck };
      return { isDone, isRuntimeStuck, mustBeAlone: { attempts: outcome.attempts } };
    } catch (error) {
      this.#ports.log.error("Message returned to the queue.", error, { errorCode: describeError(error).code });
      return { isDone: false, isRuntimeStuck };
    }
  }

  async #process(delivery: Delivery, onStuck: () => void): Promise<Outcome> {
    const message = parseMessage(delivery.body, this.#ports.definition.type);
    if (message === undefined) return park("MALFORMED_MESSAGE");
    const admitted = await admit(this.#ports, message, delivery.receiveCount);
    return "outcome" in admitted ? admitted.outcome : this.#use(admitted.permit, delivery, onStuck);
  }

  /** Runs the job that a permit lets run: its own, or, of a prioritised type, the best one. */
  async #use(permit: Permit, delivery: Delivery, onStuck: () => void): Promise<Outcome> {
    const passed = await passGate(this.#ports, permit, delivery);
    if ("outcome" in passed) return passed.outcome;
    if ("refused" in passed) return this.#refusedOrAgain(permit, passed.refused, delivery, onStuck);
    for await (const candidate of passed.candidates) {
      const isOwn = candidate.permit.id === permit.id;
      const tried = await this.#tryToClaim(candidate, delivery);
      if ("job" in tried) {
        const run = { delivery: isOwn ? delivery : usedUp(delivery), slot: candidate.slot, onStuck };
        return this.#run(tried.job, run);
      }
      if (candidate.slot !== undefined) await giveSlotBack(this.#ports, candidate.slot, this.#ports.clock.now());
      if (passed.isAnyones) continue;
      return this.#refusedOrAgain(permit, tried.row, delivery, onStuck);
    }
    return this.#nothingReady(permit, delivery);
  }

  async #refusedOrAgain(
    permit: Permit,
    row: Job | undefined,
    delivery: Delivery,
    onStuck: () => void,
  ): Promise<Outcome> {
    const refused = await this.#refused(permit, row, delivery);
    if (refused !== "again") return refused;
    return this.#use({ ...permit, run: Math.max(permit.run, row?.run ?? 0) }, delivery, onStuck);
  }

  /** Of a prioritised type: nothing is ready, or what is ready waits for its concurrency key. */
  async #nothingReady({ id }: Permit, { receiveCount }: Delivery): Promise<Outcome> {
    const job = await this.#ports.store.get(id);
    if (job?.status !== "pending" && job?.status !== "retrying") return ACKNOWLEDGE;
    return tryLater(this.#ports, job, { receiveCount, found: "in line" });
  }

  async #tryToClaim({ permit, slot }: Candidate, delivery: Delivery): Promise<Tried> {
    const { store, clock, ids, times } = this.#ports;
    const token = ids.newId();
    const applied = await store.apply(
      permit.id,
      claim({
        type: permit.type,
        run: permit.run,
        now: clock.now(),
        token,
        leaseMs: times.leaseMs,
        // The slot is for this very claim: with another in between, its holder would give away this one's.
        ...(slot && { epoch: slot.epoch - 1 }),
        isFirstAttemptOnly: delivery.hasCompany === true,
      }),
    );
    // Died here: the lease ends, the attempt is counted, and the message or the ticker brings the job back.
    const { job } = applied;
    // A refused claim that finds its own token had succeeded: the answer was lost and the client asked again.
    const isMine = job?.status === "processing" && (applied.isApplied || job.claimToken === token);
    return isMine ? { job } : { row: job };
  }

  /** A replayed dead letter begins the job's next run. */
  async #restart(job: Job): Promise<"again"> {
    const { store, clock, times } = this.#ports;
    await store.apply(
      job.id,
      restart({ type: job.type, run: job.run, now: clock.now(), graceMs: times.permitGraceMs }),
    );
    // Died here: pending in its new run; this message comes back as an ordinary permit for it.
    // Refused: another copy of the dead letter has restarted it; the next claim settles who runs it.
    return "again";
  }

  async #look(job: WaitingJob, { receiveCount }: Delivery): Promise<Outcome | "again"> {
    const looked = await lookAtDependencies({ ...this.#ports, permitGraceMs: this.#ports.times.permitGraceMs }, job);
    if (looked === "ready") return "again";
    // The message of the wait itself looks a few times for what ended meanwhile; a permit of the ticker's, once.
    return looked === "waiting" && job.permits === 0 ? lookAgain(this.#ports.clock.now(), receiveCount) : ACKNOWLEDGE;
  }

  /** A claim was refused: the row says why, and what becomes of the message; `again` when it may be claimed now. */
  async #refused(permit: Permit, job: Job | undefined, delivery: Delivery): Promise<Outcome | "again"> {
    if (job === undefined) return park("JOB_NOT_FOUND");
    if (job.type !== permit.type) return park("WRONG_TYPE");
    const isNextRun = permit.run === job.run + 1;
    if (isNextRun && job.status === "failed") return this.#restart(job);
    // Who was told to wake it may know an earlier run of it: a look does no harm.
    if (job.status === "waiting" && permit.run <= job.run) return this.#look(job, delivery);
    if (permit.run !== job.run && !(isNextRun && !isTerminal(job.status))) return this.#drop("stale run", permit);
    if (job.status === "failed" && job.dlqOwed === true) {
      await payDebt(this.#ports, { ...job, errorCode: job.error.code });
      return ACKNOWLEDGE;
    }
    switch (job.status) {
      case "waiting":
        return this.#look(job, delivery);
      case "processing":
      case "pending":
      case "retrying": {
        const now = this.#ports.clock.now();
        // Only its company was in the way. While a job is processing, `runAt` is the end of its lease.
        if (delivery.hasCompany === true && job.attempts > 0 && job.runAt <= now)
          return { kind: "alone", attempts: job.attempts, until: delivery.deadlineAt + BACK_AFTER_DEADLINE_MS };
        const until = job.status === "processing" ? job.leaseUntil : Math.max(job.runAt, now + 1000);
        return returnedUntil(until, delivery.receiveCount);
      }
      case "needs_review":
      case "completed":
      case "failed":
      case "cancelled":
        return this.#drop(`job is ${job.status}`, permit);
    }
  }

  #drop(reason: string, { id, type }: Permit): Outcome {
    this.#ports.log.info("Permit dropped.", { jobId: id, jobType: type, reason });
    return ACKNOWLEDGE;
  }

  async #run(job: ProcessingJob, { delivery, slot, onStuck }: RunOptions): Promise<Outcome> {
    const { clock } = this.#ports;
    let isStuck = false;
    const outcome = await this.#attempt(job, delivery, () => (isStuck = true));
    if (isStuck) onStuck();
    // What still runs keeps its slot until that ends by itself.
    else if (slot !== undefined) await giveSlotBack(this.#ports, slot, clock.now());
    return outcome;
  }

  async #attempt(job: ProcessingJob, delivery: Delivery, onStuck: () => void): Promise<Outcome> {
    const { store, clock, definition } = this.#ports;
    const run = new JobRun(job, { store, clock, retentionDays: definition.retentionDays });
    const log = this.#logFor(job);
    const settling: Settling = {
      ports: this.#ports,
      run,
      receiveCount: delivery.receiveCount,
      isAttemptUsed: false,
    };
    if (job.cancelRequestedAt !== undefined)
      return settle(settling, { kind: "halted", halt: { why: "cancel_requested" } });
    if (job.failing !== undefined) return settleFinally(settling, job.failing);
    if (hasExpired(job, clock.now())) return settleExpired(settling);
    if (job.attempts > this.#ports.definition.retry.maxAttempts)
      return settleFinally(settling, run.errorOf(CRASH_LOOP));
    log.info("Job started.", { attempt: job.attempts });
    const { ending, hasEnded } = await execute(this.#ports, run, log, delivery.deadlineAt);
    const outcome = await settle({ ...settling, isAttemptUsed: true }, ending);
    this.#report(job, ending, outcome, log);
    if (!hasEnded()) onStuck();
    return outcome;
  }

  #report(job: ProcessingJob, ending: Ending, outcome: Outcome, log: Log): void {
    const { clock, metrics, times } = this.#ports;
    const durationMs = clock.now() - job.claimedAt;
    const why = ending.kind === "halted" ? ending.halt.why : undefined;
    const status = outcome.kind === "acknowledge" ? outcome.ended : undefined;
    log.info(status === "completed" ? "Job completed." : "Attempt ended.", {
      ending: ending.kind,
      why,
      status,
      durationMs,
    });
    if (ending.kind === "threw" || why === "deadline") metrics.count("jobErrors");
    if (durationMs > NEAR_TIMEOUT * times.timeoutSeconds * 1000) metrics.count("nearTimeouts");
  }

  #logFor({ id, type, run, epoch, correlationId, tenant }: ProcessingJob): Log {
    return this.#ports.log.with({ jobId: id, jobType: type, run, epoch, correlationId, tenant });
  }

  /** Does what the outcome says. True when the message may be deleted. */
  async #dispose(delivery: Delivery, outcome: Outcome): Promise<boolean> {
    const { queue, definition, log } = this.#ports;
    switch (outcome.kind) {
      case "acknowledge":
        return true;
      case "alone":
        // Passed over so often that SQS would park it: the row is in the due index, and the ticker sends another permit.
        if (delivery.receiveCount >= MAX_RETURNS) return true;
        return this.#hide(delivery, outcome.until);
      case "hide":
        return this.#hide(delivery, outcome.until);
      case "park":
        log.error("Message parked in the DLQ.", undefined, { jobType: definition.type, errorCode: outcome.code });
        await queue.deadLetter(definition.type, delivery.body, DEFAULT_TENANT);
        // Died here: it comes back and is parked again; a person sees two of it.
        return true;
    }
  }

  async #hide({ receiptHandle }: Delivery, until: EpochMs): Promise<false> {
    const { queue, clock, definition } = this.#ports;
    const seconds = Math.ceil(Math.max(until - clock.now(), 0) / 1000);
    await queue.hide(definition.type, receiptHandle, Math.min(seconds, LONGEST_HIDE_SECONDS));
    return false;
  }
}

function parseMessage(body: string, type: string): QueueMessage | undefined {
  try {
    const parsed = queueMessage.safeParse(JSON.parse(body));
    return parsed.success && parsed.data.type === type ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON: the caller parks it
  }
}
