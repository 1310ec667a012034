import * as z from "zod";

import { currencyCode, identifier, minorAmount, singleLine } from "../contracts/fields.ts";
import { invoiceEmailPayload } from "../contracts/invoice.ts";
import { PRODUCT_RECORDS } from "../contracts/product-records.ts";
import { exampleSeller } from "../contracts/seller.ts";
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

/** The order of `examples/store-order.ts`: a vase of €185.00 and 21 % VAT, €223.85 in all. */
const exampleOrder = {
  orderId: "ord_1001",
  customer: {
    name: "Ada Lovelace",
    email: "ada@example.com",
    address: { line1: "12 St James’s Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
  },
  lines: [{ description: "Stoneware vase", quantity: 1, unitPrice: 18_500, vatRate: 21 }],
  currency: "EUR",
  pricesIncludeVat: false,
  productType: "art" as const,
  productId: "vase-celadon",
};

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
  example: {
    payload: {
      eventId: "evt_example",
      eventType: "payment_intent.succeeded",
      createdSeconds: 1_767_225_600, // 2026-01-01T00:00:00Z
      paymentIntentId: "pi_example",
      orderId: exampleOrder.orderId,
      amountReceived: 22_385,
      currency: "EUR",
    },
    records: [
      { kind: "order", id: exampleOrder.orderId, body: { ...exampleOrder, status: "unpaid" } },
      { kind: "settings", id: "seller", body: exampleSeller },
    ],
  },
});

export const invoiceEmail = defineJob({
  type: "invoice_email",
  summary: "Renders an invoice as PDF, stores it and mails it to the buyer.",
  payload: invoiceEmailPayload,
  retry: { maxAttempts: 3, backoff: exponential({ firstMs: 5_000, factor: 5 }) },
  run: { timeoutSeconds: 60, memoryMb: 1024, batchSize: 1, maxConcurrency: 10 },
  needs: { files: ["invoices"], email: true, records: { settings: "read" } },
  subject: (payload) => payload.userInfo.email,
  example: {
    payload: {
      paymentReference: "pi_example",
      invoiceNumber: "INV-2026-000001",
      productType: exampleOrder.productType,
      productId: exampleOrder.productId,
      userInfo: exampleOrder.customer,
      invoiceDetails: {
        orderId: exampleOrder.orderId,
        issuedOn: "2026-01-01",
        currency: exampleOrder.currency,
        locale: "en-GB",
        pricesIncludeVat: exampleOrder.pricesIncludeVat,
        lines: exampleOrder.lines,
      },
      amount: 22_385,
    },
    records: [{ kind: "settings", id: "seller", body: exampleSeller }],
  },
});
