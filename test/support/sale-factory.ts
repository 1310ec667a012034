import type { NewOrder } from "../../shared/records/order.ts";

/** An order of two vases, €121.00 with VAT. */
export function anOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return {
    orderId: "ord_1",
    customer: {
      name: "Ada Lovelace",
      email: "ada@example.com",
      address: { line1: "12 St James's Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
    },
    lines: [{ description: "Vase", quantity: 2, unitPrice: 5_000, vatRate: 21 }],
    currency: "EUR",
    productType: "art",
    productId: "vase-7",
    ...overrides,
  };
}

/** An order of a gift card of €121.00. */
export function aGiftCardOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return anOrder({
    lines: [{ description: "Gift card", quantity: 1, unitPrice: 12_100, vatRate: 0 }],
    productType: "gift_card",
    productId: "gift-card",
    giftCard: { recipient: { name: "Charles", email: "charles@example.com" } },
    ...overrides,
  });
}

/** The payment of an order of €121.00, as `stripe_event` gets it. */
export const aPayment = {
  eventId: "evt_1",
  eventType: "payment_intent.succeeded" as const,
  createdSeconds: 1_767_225_600, // 2026-01-01T00:00:00Z
  paymentIntentId: "pi_1",
  orderId: "ord_1",
  amountReceived: 12_100,
  currency: "EUR",
};
