import { backoffDelayMs } from "../job/retry-policy.ts";
import type { EpochMs, JobError } from "../job/job.ts";
import { MAX_RETURNS } from "../job/job-times.ts";
import { complete, fail, release, retry, review, stop } from "../job/transitions/worker-writes.ts";
import { payDeadLetter } from "../job/transitions/upkeep.ts";
import { awaitReceipt, keepReceipt, searchReceipts } from "./effects.ts";
import type { Ending, WorkerPorts } from "./execute.ts";
import type { JobRun } from "./job-run.ts";
import { ACKNOWLEDGE, hiddenUntil, returnedUntil, type Outcome } from "./outcome.ts";
import { storeValue } from "./stored-value.ts";

/** SQS hides a message for 12 hours at most, counted from its receive; an hour is left for the attempt itself. */
const LONGEST_HIDE_MS = 11 * 60 * 60 * 1000;

/** What the endings of a run need: the ports, the run, and how often its message was received. */
export interface Settling {
  readonly ports: WorkerPorts<never>;
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
  }
}

async function settleReturned(settling: Settling, result: unknown): Promise<Outcome> {
  const { ports, run } = settling;
  const { id, type, epoch } = run.job;
  const stored = await storeValue(ports.values, `steps/${type}/${id}/${epoch}/result.json`, result);
  return (await run.settle((write) => complete(write, "value" in stored || "spilledTo" in stored ? stored : undefined)))
    ? ACKNOWLEDGE
    : lost(settling);
}

async function settleHalted(settling: Settling, halt: Extract<Ending, { kind: "halted" }>["halt"]): Promise<Outcome> {
  const { run } = settling;
  switch (halt.why) {
    case "lease_lost":
      return lost(settling);
    case "cancel_requested":
      return (await run.settle(stop)) ? ACKNOWLEDGE : lost(settling);
    case "deadline":
      return settleThrown(settling, run.errorOf({ code: "TIMEOUT", message: "The attempt ran out of time." }), false);
    case "receipt_awaited":
      return releaseUntil({ ...settling, isAttemptUsed: false }, halt.until);
    case "review":
      return (await run.settle((write) => review(write, halt.effect, undefined))) ? ACKNOWLEDGE : lost(settling);
  }
}

function settleThrown(settling: Settling, error: JobError, isPermanent: boolean): Promise<Outcome> {
  const { ports, run } = settling;
  const { maxAttempts, backoff } = ports.definition.retry;
  if (isPermanent || run.job.attempts >= maxAttempts) return settleFinally(settling, error);
  const delayMs = backoffDelayMs(backoff, run.job.attempts, ports.ids.random());
  return bringBack(settling, ports.clock.now() + delayMs, (when) =>
    run.settle((write) => retry(write, { ...when, error })),
  );
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
      return (await run.settle((write) => review(write, name, error))) ? ACKNOWLEDGE : lost(settling);
    }
  }
  return failNow(settling, error);
}

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
  if (!(await run.settle((write) => fail(write, { error, isAttemptUsed })))) return lost(settling);
  // Died here: the row owes its dead letter and is due; whoever gets the next message for it pays.
  const { id, type, run: runNumber, tenant } = run.job;
  await payDebt(ports, { id, type, run: runNumber, tenant, errorCode: error.code });
  return ACKNOWLEDGE;
}

/** Puts the dead letter of a failed run into the DLQ. Paid twice, it is there twice: replays count only once. */
export async function payDebt(
  { queue, store, clock }: Pick<WorkerPorts<never>, "queue" | "store" | "clock">,
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

function releaseUntil(settling: Settling, until: EpochMs, failing?: JobError): Promise<Outcome> {
  const { run, isAttemptUsed } = settling;
  const held = failing === undefined ? { isAttemptUsed } : { isAttemptUsed, failing };
  return bringBack(settling, until, (when) => run.settle((write) => release(write, { ...when, ...held })));
}

/**
 * Settles to a later time. The same message brings the job back, hidden until then; where SQS cannot hide it so long, or
 * it has been received often, it is acknowledged and the ticker sends the next permit.
 */
async function bringBack(
  settling: Settling,
  runAt: EpochMs,
  write: (when: { readonly runAt: EpochMs; readonly dueAt: EpochMs }) => Promise<boolean>,
): Promise<Outcome> {
  const { ports, receiveCount } = settling;
  const isMessageKept = receiveCount < MAX_RETURNS && runAt - ports.clock.now() <= LONGEST_HIDE_MS;
  const dueAt = isMessageKept ? runAt + ports.times.permitGraceMs : runAt;
  if (!(await write({ runAt, dueAt }))) return lost(settling);
  // Died here: the message comes back by itself when its visibility ends, and the ticker knows the row.
  return isMessageKept ? hiddenUntil(runAt) : ACKNOWLEDGE;
}

/**
 * Somebody else has the job: nothing is written. The message is returned, not acknowledged: it may be the only one that
 * the other worker's successor has, should that one die too.
 */
function lost({ run, receiveCount }: Settling): Outcome {
  return returnedUntil(run.job.leaseUntil, receiveCount);
}
