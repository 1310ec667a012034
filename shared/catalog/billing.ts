import * as z from "zod";

import { currencyCode, identifier, minorAmount, singleLine } from "../contracts/fields.ts";
import { invoiceEmailPayload } from "../contracts/invoice.ts";
import { PRODUCT_RECORDS } from "../contracts/product-records.ts";
import { defineJob } from "../job/define-job.ts";
import { exponential } from "../job/retry-policy.ts";

/** What we keep of Stripe's event: ids and amounts, no personal data. */
export const stripeEventPayload = z.object({
  eventId: identifier,
  eventType: z.literal("payment_intent.succeeded"),
  /** Stripe's own time of the event, Unix seconds. */
  createdSeconds: z.int().min(0),
  paymentIntentId: singleLine(255),
  /** `metadata.order_id`; absent when the shop forgot it, which the consumer reports. */
  orderId: identifier.optional(),
  amountReceived: minorAmount,
  currency: currencyCode,
});

export const stripeEvent = defineJob({
  type: "stripe_event",
  summary: "Books a Stripe payment on its order and enqueues what the product needs.",
  payload: stripeEventPayload,
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: {
    records: {
      order: "write",
      payment: "write",
      invoice_number: "write",
      settings: "read",
      ...Object.fromEntries(Object.values(PRODUCT_RECORDS).map((kind) => [kind, "write" as const])),
    },
    enqueues: ["invoice_email"],
  },
});

export const invoiceEmail = defineJob({
  type: "invoice_email",
  summary: "Renders an invoice as PDF, stores it and mails it to the buyer.",
  payload: invoiceEmailPayload,
  retry: { maxAttempts: 3, backoff: exponential({ firstMs: 5_000, factor: 5 }) },
  run: { timeoutSeconds: 60, memoryMb: 1024, batchSize: 1, maxConcurrency: 10 },
  needs: { files: ["invoices"], email: true, records: { settings: "read" } },
});
