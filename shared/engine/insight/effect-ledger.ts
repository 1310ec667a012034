import type { Effect, EpochMs, Job, Receipt } from "../../job/job.ts";
import type { ReportedReceipt } from "../../ports/receipt-store.ts";

/**
 * - `done`: there is a receipt.
 * - `sending`: the claim that has the job now is about to send, or is sending.
 * - `unknown`: sent, or about to be sent, and nobody knows what became of it.
 * - `not_sent`: it was refused, or is to be sent again; `earlier` sends may have happened all the same.
 */
export type EffectState = "done" | "sending" | "unknown" | "not_sent";

export interface EffectLedgerEntry {
  readonly name: string;
  readonly state: EffectState;
  readonly what?: string;
  readonly to?: string;
  /** When it was about to be sent. */
  readonly sentAt?: EpochMs;
  readonly receipt?: Receipt;
  /** Of an unknown outcome: until then its receipt is waited for. */
  readonly awaitedUntil?: EpochMs;
  /** Earlier sends of unknown outcome, oldest first. */
  readonly earlier: readonly { readonly at: EpochMs; readonly epoch: number }[];
  /** What the other side reported, oldest first. */
  readonly reports: readonly Pick<ReportedReceipt, "eventType" | "messageId" | "at">[];
}

/**
 * What a job did that cannot be fenced: what was sent, to whom, when, and how that is known.
 *
 * @param reports what `ReceiptStore.list` says of the job.
 */
export function effectLedger(job: Job, reports: readonly ReportedReceipt[]): readonly EffectLedgerEntry[] {
  return Object.entries(job.effects).map(([name, effect]) => ({
    name,
    state: stateOf(job, effect),
    ...intentOf(effect),
    ...(effect.receipt !== undefined && { receipt: effect.receipt }),
    ...waitOf(effect),
    earlier: effect.earlier ?? [],
    reports: reports
      .filter((report) => report.effect === name)
      .map(({ eventType, messageId, at }) => ({ eventType, messageId, at })),
  }));
}

function stateOf(job: Job, { intent, receipt }: Effect): EffectState {
  if (receipt !== undefined) return "done";
  if (intent === undefined) return "not_sent";
  return job.status === "processing" && intent.epoch === job.epoch ? "sending" : "unknown";
}

function intentOf({ intent }: Effect): Pick<EffectLedgerEntry, "what" | "to" | "sentAt"> {
  if (intent === undefined) return {};
  const { what, to, at } = intent;
  return { ...(what !== undefined && { what }), ...(to !== undefined && { to }), sentAt: at };
}

/** A wait counts for the intent that it was made for. */
function waitOf({ intent, wait, receipt }: Effect): Pick<EffectLedgerEntry, "awaitedUntil"> {
  const isOpen = receipt === undefined && intent !== undefined;
  return isOpen && wait?.token === intent.token ? { awaitedUntil: wait.until } : {};
}
