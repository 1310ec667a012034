import type * as z from "zod";

import { noteRecipientEvent, type RecipientEvent } from "../../shared/broadcast/recipient-results.ts";
import { sesEvent, type sesEventPayload } from "../../shared/catalog/messaging.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { putMailEvent } from "../../shared/records/mail-event.ts";
import { suppress } from "../../shared/records/suppression.ts";

type SesEvent = z.infer<typeof sesEventPayload>;
type MailEvent = Omit<SesEvent, "jobId" | "effect">;

/** What an event says of a broadcast's mail. */
const RECIPIENT_STATUS: Readonly<Record<string, RecipientEvent["status"]>> = {
  Send: "sent",
  Delivery: "delivered",
  Bounce: "bounced",
  Complaint: "complained",
};

/**
 * Four writes, each of which may come twice. The receipt is first: a mail whose own bounce puts its recipient on the
 * suppression list is known as sent by then, whatever its job still does.
 */
export const handler = jobFunction(sesEvent, async (job, { receipts, records }) => {
  const { jobId, effect, messageId, eventType, at } = job.payload;
  await receipts.put({ jobId, effect, messageId, eventType, at: Date.parse(at) });
  // Died here, or between any two of the next: the message comes back, and what is written already stays as it is.
  const { jobId: _jobId, effect: _effect, ...event } = withoutEmptyTexts(job.payload);
  await putMailEvent(records, event);
  await suppressRecipient(records, event, () =>
    job.log.warn("A mail bounced or was complained about, but it does not say whose it was: nobody is suppressed.", {
      messageId,
    }),
  );
  await noteBroadcast(records, event);
});

/** EventBridge gives an empty text for what an event does not have; `none` is our own word for no broadcast. */
function withoutEmptyTexts({ recipient, broadcastId, bounceType, kind, ...event }: SesEvent): SesEvent {
  const isBroadcast = broadcastId !== undefined && broadcastId !== "" && broadcastId !== "none";
  return {
    ...event,
    kind: kind === "" ? "other" : kind,
    ...(recipient !== undefined && recipient !== "" && { recipient }),
    ...(isBroadcast && { broadcastId }),
    ...(bounceType !== undefined && bounceType !== "" && { bounceType }),
  };
}

/** A soft bounce (a full mailbox) says nothing of the next mail. */
function suppressionReason({ eventType, bounceType }: MailEvent): "hard_bounce" | "complaint" | undefined {
  if (eventType === "Complaint") return "complaint";
  return eventType === "Bounce" && bounceType === "Permanent" ? "hard_bounce" : undefined;
}

async function suppressRecipient(records: RecordStore, event: MailEvent, onUnnamed: () => void): Promise<void> {
  const reason = suppressionReason(event);
  if (reason === undefined) return;
  if (event.recipient === undefined) return onUnnamed();
  await suppress(records, event.recipient, { scope: "all", reason, at: event.at });
}

async function noteBroadcast(
  records: RecordStore,
  { broadcastId, recipient, eventType, at, bounceType }: MailEvent,
): Promise<void> {
  // An out-of-office answer is a transient bounce of a mail that was delivered; SES tries the others again itself.
  if (eventType === "Bounce" && bounceType === "Transient") return;
  const status = RECIPIENT_STATUS[eventType];
  if (status === undefined || broadcastId === undefined || recipient === undefined) return;
  await noteRecipientEvent(records, { broadcastId, recipientId: recipient, status, at });
}
