import * as z from "zod";

import { currencyCode, identifier, minorAmount, singleLine } from "../contracts/fields.ts";
import { giftCardDeliveryPayload } from "../contracts/gift-card.ts";
import { invoiceEmailPayload } from "../contracts/invoice.ts";
import { orderStatusPayload } from "../contracts/order-status.ts";
import { PRODUCT_RECORDS } from "../contracts/product-records.ts";
import { exampleSeller } from "../contracts/seller.ts";
import { defineJob } from "../job/define-job.ts";
import { MAIL_RETRY } from "./mail-retry.ts";
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
      customer: "write",
      ...Object.fromEntries(Object.values(PRODUCT_RECORDS).map((kind) => [kind, "write" as const])),
    },
    enqueues: ["invoice_email", "gift_card_delivery", "order_confirmation"],
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
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 60, memoryMb: 1024, batchSize: 1 },
  needs: { files: ["invoices", "assets"], email: true },
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

export const giftCardDelivery = defineJob({
  type: "gift_card_delivery",
  summary: "Makes a paid gift card: its code and PDF, a receipt to the buyer, and on its day a mail to the recipient.",
  payload: giftCardDeliveryPayload,
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 60, memoryMb: 1024, batchSize: 1 },
  needs: { files: ["giftcards", "assets"], email: true, records: { gift_card: "write", order: "read" } },
  subject: (payload) => payload.buyer.email,
  example: {
    payload: {
      orderId: "ord_1002",
      paymentReference: "pi_example",
      paidOn: "2026-01-01",
      amount: 5_000,
      currency: "EUR",
      locale: "en-GB",
      buyer: { name: exampleOrder.customer.name, email: exampleOrder.customer.email },
      card: {
        senderName: "Ada",
        recipient: { name: "Charles", email: "charles@example.com" },
        message: "For the engine.",
        expiresOn: "2028-01-01",
      },
    },
    records: [{ kind: "settings", id: "seller", body: exampleSeller }],
  },
});

const paidOrder = {
  kind: "order",
  id: exampleOrder.orderId,
  body: { ...exampleOrder, status: "paid", paymentReference: "pi_example" },
};

export const orderConfirmation = defineJob({
  type: "order_confirmation",
  summary: "Mails the buyer what was ordered: lines with pictures, totals, where it goes.",
  payload: z.object({ orderId: identifier }),
  retry: MAIL_RETRY,
  run: { timeoutSeconds: 30, memoryMb: 512, batchSize: 1 },
  needs: { files: ["assets"], email: true, records: { order: "read" } },
  example: {
    payload: { orderId: exampleOrder.orderId },
    records: [paidOrder, { kind: "settings", id: "seller", body: exampleSeller }],
  },
});

export const orderStatus = defineJob({
  type: "order_status",
  summary: "Puts an order's new status on record and has the buyer told, once for each status.",
  payload: orderStatusPayload,
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { records: { order: "write" }, enqueues: ["email"] },
  example: {
    payload: { orderId: exampleOrder.orderId, status: "shipped", carrier: "PostNL", trackingNumber: "3S0123456789" },
    records: [paidOrder, { kind: "settings", id: "seller", body: exampleSeller }],
  },
});
