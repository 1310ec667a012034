import { describeError } from "../errors/describe-error.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { SnoozeUntil } from "../errors/postponements.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { EpochMs, JobError, StoredValue } from "../job/job.ts";
import { LONGEST_HIDE_SECONDS, MAX_RETURNS } from "../job/job-times.ts";
import { backoffDelayMs } from "../job/retry-policy.ts";
import type { Transition } from "../job/transitions/transition.ts";
import { payDeadLetter } from "../job/transitions/upkeep.ts";
import {
  complete,
  expire,
  fail,
  goOn,
  release,
  retry,
  review,
  snooze,
  stop,
  wait,
  type WorkerWrite,
} from "../job/transitions/worker-writes.ts";
import { dueAheadOf } from "./new-job.ts";
import { awaitReceipt, keepReceipt, searchReceipts } from "./effects.ts";
import type { Ending } from "./execute.ts";
import type { WorkerPorts } from "./worker-ports.ts";
import type { Halt, JobRun } from "./job-run.ts";
import { announceEnd } from "./flow/announce-end.ts";
import { ACKNOWLEDGE, ended, hiddenUntil, lookAgain, returnedUntil, type Outcome } from "./outcome.ts";
import { storeValue } from "./stored-value.ts";

const TIMEOUT = { code: "TIMEOUT", message: "The attempt ran out of time." };

/** What settling uses of a worker: whatever its payload is, it does not matter here. */
export type SettlingPorts = Omit<WorkerPorts<unknown>, "definition" | "handler"> & {
  readonly definition: Pick<JobDefinition, "retry">;
};

/** What the endings of a run need: the ports, the run, and how often its message was received. */
export interface Settling {
  readonly ports: SettlingPorts;
  readonly run: JobRun;
  readonly receiveCount: number;
  /** Whether this claim counts as an attempt should it end in the final failure: user code has run. */
  readonly isAttemptUsed: boolean;
}

/** Writes how a run ended, and says what becomes of its message. */
export async function settle(settling: Settling, ending: Ending): Promise<Outcome> {
  switch (ending.kind) {
    case "returned":
      return settleReturned(settling, ending.result);
    case "threw":
      return settleThrown(settling, settling.run.errorOf(ending), ending.isPermanent);
    case "halted":
      return settleHalted(settling, ending.halt);
    case "snoozed":
      return bringBack(settling, snoozedUntil(settling, ending.when), snooze);
    case "continued":
      return bringBack(settling, settling.ports.clock.now(), goOn);
  }
}

async function settleReturned(settling: Settling, result: unknown): Promise<Outcome> {
  const { ports, run } = settling;
  let stored: StoredValue;
  try {
    stored = await storeValue({ values: ports.values, run }, "result/value.json", result);
  } catch (thrown) {
    // What the handler did is done: the receipts and steps go along with this failure, and are not done again.
    return settleThrown(settling, run.errorOf(describeError(thrown)), thrown instanceof PermanentError);
  }
  const hasResult = "spilledTo" in stored || stored.json !== undefined;
  return settleTo(settling, (write) => complete(write, hasResult ? stored : undefined), ended("completed"));
}

async function settleHalted(settling: Settling, halt: Halt): Promise<Outcome> {
  switch (halt.why) {
    case "lease_lost":
    case "ended": // latched once the handler's own ending is known, which then is what is settled
      return lost(settling);
    case "cancel_requested":
      return settleTo(settling, stop, ended("cancelled"));
    case "deadline":
      return settleThrown(settling, settling.run.errorOf(TIMEOUT), false);
    case "waiting":
      return settleWaiting(settling, halt);
    case "receipt_awaited":
      return releaseUntil({ ...settling, isAttemptUsed: false }, halt.until);
    case "review":
      return settleTo(settling, (write) => review(write, halt.effect, undefined), ended("needs_review"));
  }
}

/** Ends the claim by one write; `outcome` is the message's when it was written. */
async function settleTo(
  settling: Settling,
  build: (write: WorkerWrite) => Transition,
  outcome: Outcome,
): Promise<Outcome> {
  const settled = await settling.run.settle(build);
  switch (settled) {
    case "settled":
      // Died here: those who wait for it look by themselves, when the ticker has them do so.
      if (settling.run.settledJob !== undefined) await announceEnd(settling.ports, settling.run.settledJob);
      return outcome;
    case "cancel_requested":
      return settleTo(settling, stop, ended("cancelled"));
    case "lease_lost":
      return lost(settling);
  }
}

function settleThrown(settling: Settling, error: JobError, isPermanent: boolean): Promise<Outcome> {
  const { ports, run } = settling;
  const { maxAttempts, backoff } = ports.definition.retry;
  if (isPermanent || run.job.attempts >= maxAttempts) return settleFinally(settling, error);
  const delayMs = backoffDelayMs(backoff, Math.max(1, run.job.attempts), ports.ids.random());
  return bringBack(settling, ports.clock.now() + delayMs, (write, when) => retry(write, { ...when, error }));
}

/**
 * The final failure. Open effects are looked into first, as a retry would have done, without running user code: their
 * receipts are awaited, then searched; one that stays unknown and wants a person gets one.
 */
export async function settleFinally(settling: Settling, error: JobError): Promise<Outcome> {
  const { ports, run } = settling;
  const until = latestWait(settling);
  if (until > ports.clock.now()) return releaseUntil(settling, until, error);
  for (const name of run.openEffects()) {
    const search = await searchReceipts({ ...ports, run }, name);
    if (search.outcome === "found") {
      keepReceipt({ ...ports, run }, name, { id: search.id, source: "found" });
    } else if (run.effect(name).intent?.onUnknown === "review") {
      return settleTo(settling, (write) => review(write, name, error), ended("needs_review"));
    }
  }
  return failNow(settling, error);
}

const EXPIRED = { code: "EXPIRED", message: "The job had not begun when its time to live ended." };

/** The claim of a job whose time to live has passed ends it. */
export const settleExpired = (settling: Settling): Promise<Outcome> =>
  settleTo(settling, (write) => expire(write, settling.run.errorOf(EXPIRED)), ended("cancelled"));

function latestWait({ ports, run }: Settling): EpochMs {
  const waits = run.openEffects().map((name) => {
    const { intent } = run.effect(name);
    return intent === undefined
      ? 0
      : awaitReceipt({ ...ports, run, receiptWaitMs: ports.times.receiptWaitMs }, name, intent);
  });
  return Math.max(0, ...waits);
}

async function failNow(settling: Settling, error: JobError): Promise<Outcome> {
  const { ports, run, isAttemptUsed } = settling;
  const failed = ended("failed");
  const outcome = await settleTo(settling, (write) => fail(write, { error, isAttemptUsed }), failed);
  // Died here: the row owes its dead letter and is due; whoever gets the next message for it pays.
  if (outcome === failed) await payDebt(ports, { ...run.job, errorCode: error.code });
  return outcome;
}

/** Puts the dead letter of a failed run into the DLQ. Paid twice, it is there twice: replays count only once. */
export async function payDebt(
  { queue, store, clock }: Pick<SettlingPorts, "queue" | "store" | "clock">,
  debt: {
    readonly id: string;
    readonly type: string;
    readonly run: number;
    readonly tenant: string;
    readonly errorCode: string;
  },
): Promise<void> {
  const letter = { v: 1, type: debt.type, id: debt.id, run: debt.run + 1, error: debt.errorCode.slice(0, 100) };
  await queue.deadLetter(debt.type, JSON.stringify(letter), debt.tenant);
  // Died here: still owed, and paid again.
  await store.apply(debt.id, payDeadLetter(debt.run, clock.now()));
}

const LATEST_SNOOZE_MS = 365 * 24 * 60 * 60 * 1000;

/** Now for a time that has passed, or is none; a year ahead at most. */
function snoozedUntil({ ports }: Settling, when: SnoozeUntil): EpochMs {
  const now = ports.clock.now();
  const until = "until" in when ? when.until : now + when.delayMs;
  return Number.isNaN(until) ? now : Math.ceil(Math.min(Math.max(until, now), now + LATEST_SNOOZE_MS));
}

/**
 * Leaves the function until its children have ended. Its message comes back a few times to look, for what ended between
 * the handler's look and this write; then the children's ends and the ticker bring it.
 */
function settleWaiting(
  settling: Settling,
  { waitingFor, isEager }: Extract<Halt, { why: "waiting" }>,
): Promise<Outcome> {
  const { ports, receiveCount } = settling;
  const now = ports.clock.now();
  const onDependencyFailed = isEager ? "wake" : "run";
  const dueAt = now + ports.times.permitGraceMs;
  return settleTo(
    settling,
    (write) => wait(write, { waitingFor, onDependencyFailed, dueAt }),
    lookAgain(now, receiveCount),
  );
}

function releaseUntil(settling: Settling, until: EpochMs, failing?: JobError): Promise<Outcome> {
  const { isAttemptUsed } = settling;
  const held = failing === undefined ? { isAttemptUsed } : { isAttemptUsed, failing };
  return bringBack(settling, until, (write, when) => release(write, { ...when, ...held }));
}

/**
 * Settles to a later time. The same message brings the job back, hidden until then; where SQS cannot hide it so long, or
 * it has been received often, it is acknowledged and the ticker sends the next permit.
 */
function bringBack(
  settling: Settling,
  runAt: EpochMs,
  build: (write: WorkerWrite, when: { readonly runAt: EpochMs; readonly dueAt: EpochMs }) => Transition,
): Promise<Outcome> {
  const { ports, receiveCount } = settling;
  const isMessageKept = receiveCount < MAX_RETURNS && runAt - ports.clock.now() <= LONGEST_HIDE_SECONDS * 1000;
  const { permitGraceMs } = ports.times;
  const dueAt = isMessageKept ? runAt + permitGraceMs : dueAheadOf(runAt, permitGraceMs);
  // Died after the write: the message comes back by itself when its visibility ends, and the ticker knows the row.
  const outcome = isMessageKept ? hiddenUntil(runAt) : ACKNOWLEDGE;
  return settleTo(settling, (write) => build(write, { runAt, dueAt }), outcome);
}

/**
 * Somebody else has the job: nothing is written. The message is returned, not acknowledged: it may be the only one that
 * the other worker's successor has, should that one die too.
 */
function lost({ run, receiveCount }: Settling): Outcome {
  return returnedUntil(run.job.leaseUntil, receiveCount);
}
