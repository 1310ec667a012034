import { readFileSync } from "node:fs";

import Stripe from "stripe";

interface Resource {
  readonly [name: string]: unknown;
}
const resources: Readonly<Record<"event" | "payment_intent", Resource>> = JSON.parse(
  readFileSync(new URL("../test/fixtures/stripe/resources.json", import.meta.url), "utf8"),
);

export interface PaymentOverrides {
  readonly eventId?: string;
  readonly paymentIntentId?: string;
  readonly orderId?: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly createdSeconds?: number;
}

/** A `payment_intent.succeeded` event in Stripe's own shape. */
export function aPaymentEvent({
  eventId = "evt_1",
  paymentIntentId = "pi_1",
  orderId,
  amount = 12_100,
  currency = "eur",
  createdSeconds = 1_767_225_600,
}: PaymentOverrides = {}): Resource {
  const object = {
    ...resources.payment_intent,
    id: paymentIntentId,
    status: "succeeded",
    amount,
    amount_received: amount,
    currency,
    metadata: orderId === undefined ? {} : { order_id: orderId },
  };
  return {
    ...resources.event,
    id: eventId,
    created: createdSeconds,
    type: "payment_intent.succeeded",
    data: { object },
  };
}

/** The `Stripe-Signature` header of a body. */
export function signatureOf(body: string, secret: string, timestampSeconds = Math.floor(Date.now() / 1000)): string {
  return Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: timestampSeconds });
}
