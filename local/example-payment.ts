import { randomUUID } from "node:crypto";

import { invoiceTotals } from "../shared/billing/invoice-totals.ts";
import { createOrder, newOrder, type NewOrder } from "../shared/records/order.ts";
import type { RuntimeInfo } from "./runtime-info.ts";
import { openStores } from "./runtime-stores.ts";
import { aPaymentEvent, signatureOf } from "./stripe-events.ts";

/** Pictures of the example products in the `assets` bucket; `seed` stores them. */
export const EXAMPLE_THUMBNAILS = {
  vase: { key: "examples/vase.png", colour: [142, 178, 158] },
  cups: { key: "examples/cups.png", colour: [90, 110, 140] },
  apron: { key: "examples/apron.png", colour: [176, 122, 84] },
} as const;

/** An order of two works of art, as a shop would store it: an invoice and a confirmation follow from its payment. */
export function exampleOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return {
    orderId: `ord_${randomUUID().slice(0, 8)}`,
    customer: {
      name: "Zoë Ångström",
      email: "zoe@example.com",
      address: { line1: "Rue de l’Échiquier 12", postalCode: "75010", city: "Paris", country: "FR" },
    },
    lines: [
      {
        description: "Stoneware vase, celadon glaze",
        quantity: 1,
        unitPrice: 18_500,
        vatRate: 21,
        thumbnailKey: EXAMPLE_THUMBNAILS.vase.key,
      },
      {
        description: "Set of four cups",
        quantity: 2,
        unitPrice: 6_400,
        vatRate: 21,
        thumbnailKey: EXAMPLE_THUMBNAILS.cups.key,
      },
      { description: "Exhibition catalogue", quantity: 1, unitPrice: 2_950, vatRate: 9 },
    ],
    currency: "EUR",
    locale: "en-GB",
    productType: "art",
    productId: "vase-celadon",
    ...overrides,
  };
}

/** An order of a gift card: an invoice and a receipt to the buyer, the card to the recipient. */
export function exampleGiftCardOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return exampleOrder({
    // Of a voucher that may be spent on goods of any rate, VAT falls due when it is spent (Directive 2006/112/EC, art. 30b).
    lines: [{ description: "Gift card", quantity: 1, unitPrice: 7_500, vatRate: 0 }],
    productType: "gift_card",
    productId: "gift-card",
    giftCard: {
      senderName: "Zoë",
      recipient: { name: "Jürgen Müller", email: "juergen@example.com" },
      message: "Happy birthday! Choose something round.",
    },
    ...overrides,
  });
}

/** An order of a shop's goods, sent to somebody else: a confirmation, and no invoice. */
export function exampleShopOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return exampleOrder({
    lines: [
      {
        description: "Linen apron",
        quantity: 1,
        unitPrice: 4_900,
        vatRate: 21,
        thumbnailKey: EXAMPLE_THUMBNAILS.apron.key,
      },
    ],
    pricesIncludeVat: true,
    shipping: {
      name: "Jürgen Müller",
      address: { line1: "Ölbergstraße 3", postalCode: "50939", city: "Köln", country: "DE" },
    },
    productType: "shop",
    productId: "linen-apron",
    ...overrides,
  });
}

/** What an order comes to, with VAT, in minor units. */
export function totalOf(order: NewOrder): number {
  return invoiceTotals(newOrder.parse(order)).gross;
}

export interface PostedEvent {
  readonly eventId: string;
  readonly paymentIntentId: string;
  readonly body: string;
}

/** Stores an order. */
export async function storeOrder(info: RuntimeInfo, order: NewOrder): Promise<void> {
  await createOrder(openStores(info).records, order);
}

/** The event with which Stripe reports that an order is paid in full. */
export function paidEvent(order: NewOrder): PostedEvent {
  const eventId = `evt_${order.orderId}`;
  const paymentIntentId = `pi_${order.orderId}`;
  const event = aPaymentEvent({
    eventId,
    paymentIntentId,
    orderId: order.orderId,
    amount: totalOf(order),
    currency: order.currency.toLowerCase(),
    createdSeconds: Math.floor(Date.now() / 1000),
  });
  return { eventId, paymentIntentId, body: JSON.stringify(event) };
}

/** Posts a body to the Stripe webhook, signed with the local secret. */
export function postStripeEvent(info: RuntimeInfo, body: string): Promise<Response> {
  const secret = info.webhookSecrets["stripe"] ?? "";
  return fetch(`${info.api}/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": signatureOf(body, secret) },
    body,
  });
}

/** Stores an order and reports it paid; by default a new one of art, as the mailbox's button does. */
export async function payExample(info: RuntimeInfo, order: NewOrder = exampleOrder()): Promise<void> {
  await storeOrder(info, order);
  const response = await postStripeEvent(info, paidEvent(order).body);
  if (!response.ok) throw new Error(`The webhook answered ${response.status}: ${await response.text()}`);
}
