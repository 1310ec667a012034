import * as z from "zod";

import { identifier, moment } from "../contracts/fields.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord, type Parsed } from "../records/record.ts";

/**
 * What has become of a broadcast's mail to one recipient.
 *
 * ```
 * sending ──► sent ──► delivered ──► bounced ──► complained     the mail's own way, told by SES; never back
 *    │
 *    ├──► not_sent     on the suppression list, by `reason`
 *    ├──► failed       refused for good; `reason` is the error's code
 *    └──► cancelled    the broadcast was cancelled before their mail was begun
 * (none) ──► cancelled       … before it was their turn
 * ```
 */
export const RECIPIENT_STATUSES = [
  "sending",
  "sent",
  "delivered",
  "bounced",
  "complained",
  "not_sent",
  "failed",
  "cancelled",
] as const;
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

const recipientResult = z.object({
  status: z.enum(RECIPIENT_STATUSES),
  /** Why no mail was sent: what the suppression list says, or an error's code. */
  reason: z.string().max(100).optional(),
  at: moment,
  messageId: z.string().max(200).optional(),
  page: z.int().min(0),
  /** The `broadcast_page` job whose recipient it is: no other sends to them. */
  jobId: z.string().max(300).optional(),
});
export type RecipientResult = z.infer<typeof recipientResult>;

/** A recipient of a broadcast, named without their address. */
export interface RecipientOfBroadcast {
  readonly broadcastId: string;
  /** As `recipientIdOf` makes it. */
  readonly recipientId: string;
}

/** What SES has reported of a mail. */
export interface RecipientEvent extends RecipientOfBroadcast {
  readonly status: "sent" | "delivered" | "bounced" | "complained";
  /** ISO 8601. */
  readonly at: string;
}

/** How far a mail has come; those that were not sent have come nowhere. */
const PROGRESS: Readonly<Record<RecipientStatus, number>> = {
  sending: 0,
  not_sent: 0,
  failed: 0,
  cancelled: 0,
  sent: 1,
  delivered: 2,
  bounced: 3,
  complained: 4,
};

const RECIPIENT_PREFIX = "r#";
/** Lost races with another writer of the same record; there are three at most. */
const MOST_TRIES = 10;

const keyOf = ({ broadcastId, recipientId }: RecipientOfBroadcast): RecordKey => ({
  kind: "broadcast",
  id: z.parse(identifier, broadcastId),
  part: RECIPIENT_PREFIX + z.parse(identifier, recipientId),
});

/** What is on record of a recipient; nothing before it was their turn. */
export const readRecipientResult = (
  records: RecordStore,
  of: RecipientOfBroadcast,
): Promise<Parsed<RecipientResult> | undefined> => readRecord(records, keyOf(of), recipientResult);

/**
 * Makes a recipient a page job's own, before it sends to them: two jobs over the same broadcast never both send.
 *
 * @returns what is on record now; `sending` with the caller's `jobId` means that it is the caller's to send.
 */
export async function claimRecipient(
  records: RecordStore,
  of: RecipientOfBroadcast,
  claim: Required<Pick<RecipientResult, "page" | "jobId" | "at">>,
): Promise<Parsed<RecipientResult>> {
  const { record } = await records.create(keyOf(of), { status: "sending", ...claim });
  return { body: recipientResult.parse(record.body), version: record.version };
}

/** Notes what became of a recipient, claimed before. SES's events may have come first: what they say stays. */
export const noteRecipientResult = (
  records: RecordStore,
  of: RecipientOfBroadcast,
  result: RecipientResult,
  claimed: Parsed<RecipientResult>,
): Promise<void> => change(records, of, (known) => afterResult(known, result), claimed);

/** Notes that a recipient is not sent to any more, unless there is something on record: then that is returned. */
export async function noteCancelled(
  records: RecordStore,
  of: RecipientOfBroadcast,
  { page, at }: Pick<RecipientResult, "page" | "at">,
): Promise<RecipientResult> {
  const { record } = await records.create(keyOf(of), { status: "cancelled", page, at });
  return recipientResult.parse(record.body);
}

/**
 * Raises a recipient's status by what SES reports. It never lowers it, so events may come twice and in any order.
 * A recipient who is not on record is none of this broadcast's: the event is dropped.
 */
export const noteRecipientEvent = (
  records: RecordStore,
  { broadcastId, recipientId, status, at }: RecipientEvent,
): Promise<void> =>
  change(records, { broadcastId, recipientId }, (known) => {
    if (PROGRESS[status] <= PROGRESS[known.status]) return known;
    const { reason: _reason, ...rest } = known; // it said why there was no mail; there is one
    return { ...rest, status, at };
  });

function afterResult(known: RecipientResult, result: RecipientResult): RecipientResult {
  if (known.status === "sending") return result;
  if (known.messageId !== undefined || result.messageId === undefined) return known;
  const isFurther = PROGRESS[result.status] > PROGRESS[known.status];
  return isFurther ? result : { ...known, messageId: result.messageId };
}

/** Changes a record until nobody has come in between. What is unchanged is not written, and nor is what is not there. */
async function change(
  records: RecordStore,
  of: RecipientOfBroadcast,
  next: (known: RecipientResult) => RecipientResult,
  asRead?: Parsed<RecipientResult>,
): Promise<void> {
  let known = asRead ?? (await readRecipientResult(records, of));
  for (let tries = 0; known !== undefined && tries < MOST_TRIES; tries += 1) {
    const wanted = next(known.body);
    if (wanted === known.body) return;
    if (await records.replace(keyOf(of), known.version, wanted)) return;
    known = await readRecipientResult(records, of);
  }
  if (known === undefined) return;
  throw new Error(`A recipient's record in broadcast ${of.broadcastId} is being changed all the time. Try again.`);
}

/** A recipient's result, with whom it is about. */
export interface ListedResult {
  readonly recipientId: string;
  readonly result: RecipientResult;
}

/** All results of a broadcast, a thousand at a time, in the order of the recipients' ids. */
export async function* listRecipientResults(records: RecordStore, broadcastId: string): AsyncGenerator<ListedResult[]> {
  const limit = 1_000;
  let after: string | undefined;
  for (;;) {
    const page = await records.list(
      { kind: "broadcast", id: broadcastId },
      { prefix: RECIPIENT_PREFIX, limit, ...(after !== undefined && { after }) },
    );
    yield page.map(({ part, body }) => ({
      recipientId: part.slice(RECIPIENT_PREFIX.length),
      result: recipientResult.parse(body),
    }));
    if (page.length < limit) return;
    after = page.at(-1)?.part;
  }
}
