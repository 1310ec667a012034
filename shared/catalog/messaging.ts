import * as z from "zod";

import { broadcastPagePayload, broadcastPayload } from "../contracts/broadcast.ts";
import { identifier } from "../contracts/fields.ts";
import { mailPayload } from "../contracts/mail-kinds.ts";
import { MAIL_TAGS } from "../contracts/mail-tags.ts";
import { jobId } from "../contracts/messages.ts";
import { exampleSeller } from "../contracts/seller.ts";
import { textMessagePayload, type TextMessagePayload } from "../contracts/text-message.ts";
import { defineJob, type EventTrigger } from "../job/define-job.ts";
import { exponential } from "../job/retry-policy.ts";
import { MAIL_RETRY } from "./mail-retry.ts";

/** SES tags of a mail have one value each; a broadcast's id is `none` for a mail outside one. */
export const sesEventPayload = z.object({
  /** `Send`, `Delivery`, `Bounce`, `Complaint` …, as SES writes it. */
  eventType: z.string().max(40),
  at: z.iso.datetime({ offset: true }),
  messageId: z.string().min(1).max(200),
  jobId,
  effect: identifier,
  /** Hash of the recipient's address; absent for mails from before there was one. */
  recipient: z.string().max(64).optional(),
  kind: z.string().max(64).default("other"),
  broadcastId: z.string().max(64).optional(),
  /** Of a bounce: `Permanent`, `Transient` or `Undetermined`. */
  bounceType: z.string().max(40).optional(),
});

const tagPath = (tag: string) => `$.detail.mail.tags.${tag}[0]` as const;
const isTagged = { [MAIL_TAGS.job]: [{ exists: true }], [MAIL_TAGS.effect]: [{ exists: true }] };

/** What every SES event is cut down to; a path that an event lacks would arrive as an empty text. */
const EVENT_PATHS: EventTrigger["payload"] = {
  eventType: "$.detail.eventType",
  at: "$.time",
  messageId: "$.detail.mail.messageId",
  jobId: tagPath(MAIL_TAGS.job),
  effect: tagPath(MAIL_TAGS.effect),
  recipient: tagPath(MAIL_TAGS.recipient),
  kind: tagPath(MAIL_TAGS.kind),
  broadcastId: tagPath(MAIL_TAGS.broadcast),
};

const sesTrigger = (detailType: readonly string[], payload: EventTrigger["payload"]): EventTrigger => ({
  pattern: { source: ["aws.ses"], detailType, detail: { mail: { tags: isTagged } } },
  payload,
});

export const sesEvent = defineJob({
  type: "ses_event",
  summary: "Stores what SES reports of a mail: receipt, statistics, and who must not be mailed again.",
  payload: sesEventPayload,
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 10 },
  needs: { records: { receipt: "write", suppression: "write", mail_event: "write", broadcast: "write" } },
  triggers: [
    sesTrigger(
      ["Email Sent", "Email Delivered", "Email Complaint Received", "Email Rejected", "Email Opened", "Email Clicked"],
      EVENT_PATHS,
    ),
    sesTrigger(["Email Bounced"], { ...EVENT_PATHS, bounceType: "$.detail.bounce.bounceType" }),
  ],
  example: {
    payload: {
      eventType: "Bounce",
      at: "2026-01-01T00:00:00Z",
      messageId: "0100018b-example",
      jobId: "invoice_email-ord_1001",
      effect: "mail",
      recipient: "b4c9a289323b21a01c3e940f150eb9b8c542587f",
      kind: "invoice",
      broadcastId: "none",
      bounceType: "Permanent",
    },
  },
});

const settingsRecord = { kind: "settings", id: "seller", body: exampleSeller };

export const email = defineJob({
  type: "email",
  aliases: ["email_notification"],
  summary: "Sends one mail of one of the kinds, such as an order's confirmation or a reminder.",
  group: "emails",
  payload: mailPayload,
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 30, memoryMb: 512, batchSize: 1 },
  needs: { files: ["assets", "giftcards"], email: true, records: { order: "read", gift_card: "read" } },
  subject: ({ data }) => data.email,
  example: {
    payload: {
      type: "booking_reminder",
      data: {
        email: "ada@example.com",
        name: "Ada Lovelace",
        service: "Portrait session",
        startsAt: "2026-01-02T18:30:00Z",
        timeZone: "Europe/Amsterdam",
        location: "Keizersgracht 1, Amsterdam",
      },
    },
    records: [settingsRecord],
  },
});

const broadcastExample = {
  broadcastId: "spring-2026",
  audience: { csv: "audiences/example.csv" },
  mail: {
    type: "marketing" as const,
    data: { subject: "Spring in the studio", heading: "New glazes", paragraphs: ["Come and see them."] },
  },
};

/** Pages lie in a folder that is named after what is in them. */
const EXAMPLE_PAGES_KEY = "pages/spring-2026/0123456789abcdef0123";

export const emailBroadcast = defineJob({
  type: "email_broadcast",
  summary: "Mails an audience: fans out in pages, waits for them, and reports.",
  group: "emails",
  payload: broadcastPayload,
  retry: MAIL_RETRY,
  // 200,000 addresses, their results and the report are in memory at a time.
  run: { timeoutSeconds: 300, memoryMb: 1024, batchSize: 1 },
  needs: {
    files: ["broadcasts"],
    records: { broadcast: "write", customer: "read", settings: "read" },
    enqueues: ["broadcast_page", "email"],
  },
  example: {
    payload: broadcastExample,
    files: [
      {
        bucket: "broadcasts",
        key: "audiences/example.csv",
        text: "email,name\nada@example.com,Ada\nbob@example.com,Bob\n",
      },
    ],
    records: [settingsRecord],
  },
});

export const broadcastPage = defineJob({
  type: "broadcast_page",
  summary: "Mails one page of a broadcast's audience, each recipient once.",
  group: "emails",
  payload: broadcastPagePayload,
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 60, memoryMb: 512, batchSize: 1 },
  needs: { files: ["broadcasts", "assets"], email: true, records: { broadcast: "write" } },
  example: {
    payload: { broadcastId: broadcastExample.broadcastId, page: 0 },
    files: [
      {
        bucket: "broadcasts",
        key: `${EXAMPLE_PAGES_KEY}/0.json`,
        text: JSON.stringify([{ email: "ada@example.com", name: "Ada" }, { email: "bob@example.com" }]),
      },
      { bucket: "broadcasts", key: `${EXAMPLE_PAGES_KEY}/mail.json`, text: JSON.stringify(broadcastExample.mail) },
    ],
    records: [
      settingsRecord,
      {
        kind: "broadcast",
        id: broadcastExample.broadcastId,
        body: {
          state: "running",
          stateSince: "2026-01-01T00:00:00.000Z",
          audience: broadcastExample.audience,
          mail: { type: "marketing", subject: broadcastExample.mail.data.subject },
          contentHash: "0".repeat(64),
          pagesKey: EXAMPLE_PAGES_KEY,
          pages: 1,
          recipients: 2,
          duplicates: 0,
          invalid: 0,
          invalidLines: [],
          startedAt: "2026-01-01T00:00:00.000Z",
          jobId: "email_broadcast-spring-2026",
        },
      },
    ],
  },
});

const textMessage = {
  payload: textMessagePayload,
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 30, memoryMb: 512, batchSize: 1 },
  needs: { messages: true, records: { settings: "read" as const, message: "read" as const } },
  group: "messages",
  subject: ({ to }: TextMessagePayload) => to,
  example: {
    payload: {
      to: "+31612345678",
      content: {
        template: "booking_reminder" as const,
        variables: {
          name: "Ada",
          service: "Portrait session",
          startsAt: "2026-01-02T18:30:00Z",
          timeZone: "Europe/Amsterdam",
        },
      },
    },
    records: [settingsRecord],
  },
};

export const smsMessage = defineJob({
  ...textMessage,
  type: "sms_message",
  summary: "Sends one SMS through Twilio.",
});

export const whatsappMessage = defineJob({
  ...textMessage,
  type: "whatsapp_message",
  summary: "Sends one WhatsApp message through Twilio, by an approved template or in an open conversation.",
});

/** A status callback without its numbers: ids, and what became of the message. */
export const twilioEventPayload = z.object({
  messageSid: z.string().regex(/^[A-Z]{2}[0-9a-f]{32}$/),
  status: z.string().regex(/^[a-z_]{1,30}$/),
  errorCode: z.int().min(0).optional(),
  jobId,
  effect: identifier,
});

export const twilioEvent = defineJob({
  type: "twilio_event",
  summary: "Stores what Twilio reports of a message as its receipt: status, error code, price.",
  payload: twilioEventPayload,
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { messages: true, records: { receipt: "write", message: "write" } },
  example: {
    payload: {
      messageSid: "SM00000000000000000000000000000001",
      status: "delivered",
      jobId: "sms_message-ord_1001",
      effect: "message",
    },
  },
});
