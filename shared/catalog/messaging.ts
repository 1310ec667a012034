import * as z from "zod";

import { identifier } from "../contracts/fields.ts";
import { MAIL_TAGS } from "../contracts/mail-tags.ts";
import { jobId } from "../contracts/messages.ts";
import { defineJob } from "../job/define-job.ts";
import { exponential } from "../job/retry-policy.ts";

export const sesEventPayload = z.object({
  /** `Send`, `Delivery`, `Bounce`, `Complaint` …, as SES writes it. */
  eventType: z.string().max(40),
  at: z.iso.datetime({ offset: true }),
  messageId: z.string().min(1).max(200),
  jobId,
  effect: identifier,
});

export const sesEvent = defineJob({
  type: "ses_event",
  summary: "Stores what SES reports of a mail as the receipt of the effect that sent it.",
  payload: sesEventPayload,
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 10 },
  needs: { records: { receipt: "write" } },
  trigger: {
    pattern: {
      source: ["aws.ses"],
      detailType: ["Email Sent", "Email Delivered", "Email Bounced", "Email Complaint Received", "Email Rejected"],
      detail: { mail: { tags: { [MAIL_TAGS.job]: [{ exists: true }], [MAIL_TAGS.effect]: [{ exists: true }] } } },
    },
    payload: {
      eventType: "$.detail.eventType",
      at: "$.time",
      messageId: "$.detail.mail.messageId",
      jobId: `$.detail.mail.tags.${MAIL_TAGS.job}[0]`,
      effect: `$.detail.mail.tags.${MAIL_TAGS.effect}[0]`,
    },
  },
  example: {
    payload: {
      eventType: "Send",
      at: "2026-01-01T00:00:00Z",
      messageId: "0100018b-example",
      jobId: "invoice_email-ord_1001",
      effect: "mail",
    },
  },
});
