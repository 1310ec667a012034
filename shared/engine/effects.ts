import { EffectRefusedError } from "../errors/job-errors.ts";
import type { OnUnknown } from "../job/define-job.ts";
import { ASSUMED_CLOCK_SKEW_SECONDS } from "../job/job-times.ts";
import { withSend, type Effect, type EpochMs, type Intent, type Receipt } from "../job/job.ts";
import { intend } from "../job/transitions/worker-writes.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { JobRun } from "./job-run.ts";
import { assertName } from "./steps.ts";

/** How far two machines' clocks may be apart. */
const LONGEST_SKEW_MS = 2 * ASSUMED_CLOCK_SKEW_SECONDS * 1000;

/** What became of an effect, as far as the other side can tell. */
export type ReceiptSearch =
  | { readonly outcome: "found"; readonly id: string }
  | { readonly outcome: "notSent" }
  | { readonly outcome: "unknown" };

/**
 * How something is done that cannot be taken back, how to find out whether it was, and what to do when nobody can know.
 */
export interface EffectOptions {
  /** For the effect ledger, which people look into: what is sent, and to whom. Kept on the row only. */
  readonly what?: string;
  /** Whom it goes to: an address, a website. It is shown by `npm run job -- show`. */
  readonly to?: string;
  /**
   * Does it, once, without retries of its own. Throws `EffectRefusedError` when it was certainly not done; any other
   * error means that nobody knows.
   *
   * @returns the other side's id of what was done.
   */
  readonly send: (attempt: { readonly jobId: string; readonly effect: string }) => Promise<{ readonly id: string }>;
  /** Asks whether it happened, after the receipt wait. Left out: the receipts that SES's events bring are searched. */
  readonly findReceipt?: () => Promise<ReceiptSearch>;
  /** What to do when nobody knows even then: send again, or stop for a person. */
  readonly onUnknown: OnUnknown;
}

export interface EffectPorts {
  readonly run: JobRun;
  readonly receipts: ReceiptStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly receiptWaitMs: number;
}

/**
 * Does something that cannot be fenced (a mail, a form of somebody else's), once.
 *
 * ```
 *          intent written ──► send ──► receipt, written with the next write
 * crash:   (nothing)          (unknown: the successor waits, then looks for the receipt, then follows onUnknown)
 * ```
 */
export async function runEffect(ports: EffectPorts, name: string, options: EffectOptions): Promise<Receipt> {
  assertName("effect", name);
  ports.run.assertRunning();
  const known = ports.run.effect(name);
  if (known.receipt !== undefined) return known.receipt;
  const found =
    known.intent === undefined
      ? await lookOnceMore(ports, name, options)
      : await lookInto(ports, name, known.intent, options);
  return found ?? (await sendOnce(ports, name, options));
}

/** An earlier send's receipt may have come since it was decided to send again, and that one was refused. */
async function lookOnceMore(ports: EffectPorts, name: string, options: EffectOptions): Promise<Receipt | undefined> {
  const { earlier = [], ignoreReceiptsBefore } = ports.run.effect(name);
  if (earlier.length === 0 || ignoreReceiptsBefore !== undefined) return undefined; // a person wants it sent again
  const search = await findReceiptOf(ports, name, options);
  return search.outcome === "found" ? keepReceipt(ports, name, { id: search.id, source: "found" }) : undefined;
}

/** An earlier claim meant to send. Returns its receipt, or nothing when it is to be sent (again). */
async function lookInto(
  ports: EffectPorts,
  name: string,
  intent: Intent,
  options: EffectOptions,
): Promise<Receipt | undefined> {
  const until = awaitReceipt(ports, name, intent);
  if (until > ports.clock.now()) throw ports.run.stop({ why: "receipt_awaited", until });
  const search = await findReceiptOf(ports, name, options);
  if (search.outcome === "found") return keepReceipt(ports, name, { id: search.id, source: "found" });
  if (search.outcome === "unknown" && options.onUnknown === "review") {
    throw ports.run.stop({ why: "review", effect: name });
  }
  return undefined;
}

/** Asks the other side, as the effect says, or those receipts that others reported. */
function findReceiptOf(ports: EffectPorts, name: string, { findReceipt }: EffectOptions): Promise<ReceiptSearch> {
  return findReceipt === undefined ? searchReceipts(ports, name) : findReceipt();
}

/**
 * When the wait for an open intent's receipt ends. Each intent gets its own wait, counted from the claim that found it:
 * from then on the fence keeps its author from starting another send, and a send that had begun ends within the wait.
 */
export function awaitReceipt(
  { run, clock, receiptWaitMs }: Pick<EffectPorts, "run" | "clock" | "receiptWaitMs">,
  name: string,
  intent: Intent,
): EpochMs {
  const effect = run.effect(name);
  if (effect.wait?.token === intent.token) return effect.wait.until;
  const until = clock.now() + receiptWaitMs;
  run.keepEffect(name, { ...effect, wait: { token: intent.token, until } });
  return until;
}

/** Looks for an effect's receipt among those that others reported. */
export async function searchReceipts(
  { run, receipts }: Pick<EffectPorts, "run" | "receipts">,
  name: string,
): Promise<ReceiptSearch> {
  // An id may be used again once its row has expired; the receipts of the job before are kept longer.
  const since = Math.max(run.effect(name).ignoreReceiptsBefore ?? 0, run.job.createdAt - LONGEST_SKEW_MS);
  const receipt = await receipts.find(run.job.id, name, since);
  return receipt === undefined ? { outcome: "unknown" } : { outcome: "found", id: receipt.id };
}

async function sendOnce(ports: EffectPorts, name: string, options: EffectOptions): Promise<Receipt> {
  const { run } = ports;
  const known = run.effect(name);
  const cleared = withoutIntent(known);
  run.keepEffect(name, { ...cleared, intent: newIntent(ports, options) });
  try {
    await run.note(intend);
    // Died here: an intent without a send. The successor finds no receipt and follows onUnknown.
    run.assertRunning(); // the deadline may have passed meanwhile
  } catch (error) {
    run.keepEffect(name, known); // nothing was sent: no later write may say that it was about to be
    throw error;
  }
  try {
    const { id } = await options.send({ jobId: run.job.id, effect: name });
    // Died here: sent, but not recorded. The successor finds the receipt that the other side reports.
    return keepReceipt(ports, name, { id, source: "send" });
  } catch (error) {
    if (error instanceof EffectRefusedError) run.keepEffect(name, cleared); // with the next write
    throw error;
  }
}

/** The receipt is written with the next write of the run. */
export function keepReceipt(
  { run, clock }: Pick<EffectPorts, "run" | "clock">,
  name: string,
  { id, source }: Pick<Receipt, "id" | "source">,
): Receipt {
  const receipt: Receipt = { id, at: clock.now(), source };
  run.keepEffect(name, { ...run.effect(name), receipt });
  return receipt;
}

function newIntent({ run, clock, ids }: EffectPorts, { onUnknown, what, to }: EffectOptions): Intent {
  const described = { ...(what !== undefined && { what }), ...(to !== undefined && { to }) };
  return { token: ids.newId(), epoch: run.epoch, at: clock.now(), onUnknown, ...described };
}

/** An effect about to be sent anew; that an earlier send's outcome stayed unknown is kept. */
function withoutIntent({ ignoreReceiptsBefore, earlier, intent }: Effect): Effect {
  const sends = intent === undefined ? earlier : withSend(earlier, intent);
  return {
    ...(ignoreReceiptsBefore !== undefined && { ignoreReceiptsBefore }),
    ...(sends !== undefined && { earlier: sends }),
  };
}
