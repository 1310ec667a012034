import { type GiftCard, giftCard } from "../../shared/records/gift-card.ts";

/** Overrides of `aGiftCard`, part by part: only what a test is about has to appear in it. */
export interface GiftCardOverrides extends Partial<Omit<GiftCard, "card">> {
  readonly card?: Partial<GiftCard["card"]>;
}

/** A gift card of €100 from Bob to Ada, as it was issued; parsed, so that a test cannot have what an order could not. */
export function aGiftCard({ card, ...overrides }: GiftCardOverrides = {}): GiftCard {
  return giftCard.parse({
    orderId: "order_1",
    code: "K7QW-3M9X-PD2F-H6TZ",
    amount: 10_000,
    currency: "EUR",
    locale: "en-GB",
    issuedOn: "2026-11-22",
    expiresOn: "2028-11-22",
    buyer: { name: "Bob Giver", email: "bob@giver.example.com" },
    pdfKey: "main/2026/order_1.pdf",
    ...overrides,
    card: {
      senderName: "Bob Giver",
      recipient: { name: "Ada Lovelace", email: "ada@friend.example.com" },
      message: "Happy birthday, dear Ada!\nChoose something that makes you smile.\n\nLove, Bob",
      expiresOn: "2028-11-22",
      ...card,
    },
  });
}
