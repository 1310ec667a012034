import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { jobId } from "../contracts/messages.ts";
import type { EpochMs } from "../job/job.ts";
import type { MessageReport } from "../ports/messenger.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { type Parsed, readRecord } from "../records/record.ts";

/** Thirteen months: costs are compared with those of the year before. */
const KEPT_SECONDS = 400 * 24 * 60 * 60;
/** There are about ten statuses, and each is kept once. */
const LONGEST_HISTORY = 20;
/** Writers of one message are a few callbacks at most; so many lost races in a row are a fault of ours. */
const MOST_RACES = 10;

const status = z.string().max(40);

const messageRecord = z.object({
  /** The furthest that the message has come. */
  status,
  errorCode: z.number().optional(),
  /** What it cost, as a decimal in `priceUnit`. */
  price: z.string().optional(),
  priceUnit: z.string().optional(),
  /** When that status was reported to us. */
  at: z.iso.datetime(),
  jobId,
  effect: z.string(),
  /** Each status once, in the order in which we heard of it; Twilio's callbacks may overtake each other. */
  history: z.array(z.object({ status, at: z.iso.datetime(), errorCode: z.number().optional() })),
  expiresAt: z.number(),
});
export type MessageRecord = z.infer<typeof messageRecord>;

/** A status as a callback reports it. */
export interface StatusEvent {
  readonly messageSid: string;
  readonly status: string;
  readonly errorCode?: number | undefined;
  readonly at: EpochMs;
  readonly jobId: string;
  readonly effect: string;
}

/**
 * How far each status is. Delivered, undelivered and failed are ends: whichever came first stays. Unknown ones count as a
 * beginning. Source: twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks.
 */
const PROGRESS: Readonly<Record<string, number>> = {
  accepted: 1,
  scheduled: 1,
  queued: 2,
  sending: 3,
  sent: 4,
  delivered: 5,
  undelivered: 5,
  failed: 5,
  canceled: 5,
  read: 6,
};
const progressOf = (name: string): number => PROGRESS[name] ?? 0;

/** Whether Twilio may know by then what the message cost: from its sending on. */
export const isSent = (name: string): boolean => progressOf(name) >= progressOf("sent");

const keyOf = (messageSid: string): RecordKey => ({ kind: "message", id: messageSid });

/** What is known of a message; nothing before its first callback. */
export function readMessage(records: RecordStore, messageSid: string): Promise<Parsed<MessageRecord> | undefined> {
  return readRecord(records, keyOf(messageSid), messageRecord);
}

/**
 * Notes a status, and what Twilio says of the message now. The same again changes nothing; an older one never lowers it.
 *
 * @returns the record as it is then.
 */
export async function noteStatus(
  records: RecordStore,
  event: StatusEvent,
  report: MessageReport | undefined,
): Promise<MessageRecord> {
  for (let race = 0; race < MOST_RACES; race += 1) {
    const known = await readMessage(records, event.messageSid);
    const body = withReport(withEvent(known?.body ?? newRecord(event), event), event, report);
    if (isDeepStrictEqual(body, known?.body)) return body;
    const isWritten =
      known === undefined
        ? (await records.create(keyOf(event.messageSid), body)).isCreated
        : await records.replace(keyOf(event.messageSid), known.version, body);
    if (isWritten) return body;
  }
  throw new Error("The message's record was changed by others each time. Another attempt will write it.");
}

function newRecord({ status: name, at, jobId: id, effect }: StatusEvent): MessageRecord {
  const expiresAt = Math.ceil(at / 1000) + KEPT_SECONDS;
  return { status: name, at: isoTime(at), jobId: id, effect, history: [], expiresAt };
}

function withEvent(record: MessageRecord, { status: name, at, errorCode }: StatusEvent): MessageRecord {
  if (record.history.some((entry) => entry.status === name)) return record;
  const entry = { status: name, at: isoTime(at), ...(errorCode !== undefined && { errorCode }) };
  return raised({ ...record, history: [...record.history, entry].slice(-LONGEST_HISTORY) }, entry);
}

function withReport(record: MessageRecord, { at }: StatusEvent, report: MessageReport | undefined): MessageRecord {
  if (report === undefined) return record;
  const { status: name, errorCode, price, priceUnit } = report;
  const further = raised(record, { status: name, at: isoTime(at), ...(errorCode !== undefined && { errorCode }) });
  return { ...further, ...(price !== undefined && { price }), ...(priceUnit !== undefined && { priceUnit }) };
}

/** A status that is no further only adds the error code that is not known yet. */
function raised(
  record: MessageRecord,
  { status: name, at, errorCode }: { readonly status: string; readonly at: string; readonly errorCode?: number },
): MessageRecord {
  const isFurther = progressOf(name) > progressOf(record.status);
  const isSame = name === record.status;
  return {
    ...record,
    ...(isFurther && { status: name, at }),
    ...((isFurther || isSame) && errorCode !== undefined && { errorCode }),
  };
}

const isoTime = (at: EpochMs): string => new Date(at).toISOString();
