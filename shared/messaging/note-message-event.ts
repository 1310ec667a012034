import type * as z from "zod";

import type { twilioEventPayload } from "../catalog/messaging.ts";
import type { JobContext } from "../engine/job-context.ts";
import { Snooze } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { MessageReport, Messenger } from "../ports/messenger.ts";
import { isSent, type MessageRecord, noteStatus } from "./message-record.ts";
import { describeTwilioError } from "./twilio-errors.ts";

/** Twilio bills a message some time after it went: when to look again, in milliseconds after the callback. */
const LOOKS_MS = [60_000, 15 * 60_000, 2 * 60 * 60_000];
/** Statuses after which a price comes; a message that failed before it went mostly has none. */
const BILLED = new Set(["delivered", "undelivered"]);
const FAILED = new Set(["undelivered", "failed"]);

type EventServices = Pick<Services, "receipts" | "messenger" | "records" | "clock">;

/** Stores a status callback: as the effect's receipt, and on the message's record with its error and its price. */
export async function noteMessageEvent(
  job: JobContext<z.output<typeof twilioEventPayload>>,
  { receipts, messenger, records, clock }: EventServices,
): Promise<Pick<MessageRecord, "status" | "errorCode" | "price" | "priceUnit">> {
  const { messageSid, status, jobId, effect } = job.payload;
  const at = await job.step("at", () => clock.now());
  await receipts.put({ jobId, effect, messageId: messageSid, eventType: status, at });
  const event = { ...job.payload, at };
  const report = isSent(status)
    ? await reportOr(messenger, messageSid, () => noteStatus(records, event, undefined))
    : undefined;
  const record = await noteStatus(records, event, report);
  const next = nextLook(at, clock.now());
  if (BILLED.has(status) && record.price === undefined && next !== undefined) throw new Snooze({ until: next });
  const { errorCode, price, priceUnit } = record;
  if (FAILED.has(status)) warn(job, errorCode);
  return {
    status: record.status,
    ...(errorCode !== undefined && { errorCode }),
    ...(price !== undefined && { price }),
    ...(priceUnit !== undefined && { priceUnit }),
  };
}

/** Whose message it is must be known even while Twilio does not answer: other jobs whose answers were lost ask for it. */
async function reportOr(
  messenger: Pick<Messenger, "report">,
  messageSid: string,
  onFailed: () => Promise<unknown>,
): Promise<MessageReport | undefined> {
  try {
    return await messenger.report(messageSid);
  } catch (error) {
    await onFailed();
    throw error;
  }
}

const nextLook = (at: EpochMs, now: EpochMs): EpochMs | undefined =>
  LOOKS_MS.map((delayMs) => at + delayMs).find((time) => time > now);

function warn({ log, payload: { jobId, status } }: JobContext<z.output<typeof twilioEventPayload>>, code = 0): void {
  const reason = code === 0 ? "Twilio gave no reason." : describeTwilioError(code);
  log.warn(`The message of job ${jobId} is ${status}. ${reason}`);
}
