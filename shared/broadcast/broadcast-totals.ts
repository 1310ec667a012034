import type { RecordStore } from "../ports/record-store.ts";
import type { Broadcast } from "./broadcast-record.ts";
import { listRecipientResults, RECIPIENT_STATUSES, type RecipientStatus } from "./recipient-results.ts";

/** How many recipients are in which state; `waiting` ones are not on record yet. */
export type BroadcastTotals = Readonly<Record<RecipientStatus | "waiting", number>>;

/** Counts a broadcast's results: a query for each thousand recipients. */
export async function countResults(
  records: RecordStore,
  broadcastId: string,
  { recipients }: Pick<Broadcast, "recipients">,
): Promise<BroadcastTotals> {
  const totals = noTotals();
  for await (const page of listRecipientResults(records, broadcastId)) {
    for (const { result } of page) totals[result.status] += 1;
  }
  return withWaiting(totals, recipients);
}

export function noTotals(): Record<RecipientStatus, number> {
  const zeros = RECIPIENT_STATUSES.map((status) => [status, 0]);
  return Object.fromEntries(zeros) as Record<RecipientStatus, number>; // every status, from their list
}

export function withWaiting(totals: Record<RecipientStatus, number>, recipients: number): BroadcastTotals {
  const known = Object.values(totals).reduce((sum, count) => sum + count, 0);
  return { ...totals, waiting: Math.max(0, recipients - known) };
}

/** Words for people. */
export const STATUS_LABELS: Readonly<Record<RecipientStatus | "waiting", string>> = {
  waiting: "Not mailed yet",
  sending: "Being mailed, or unknown",
  sent: "Mailed",
  delivered: "Delivered",
  bounced: "Bounced",
  complained: "Marked as spam",
  not_sent: "Not mailed: on the suppression list",
  failed: "Not mailed: refused",
  cancelled: "Not mailed: cancelled",
};
