import * as z from "zod";

import { calendarDay, currencyCode, identifier, localeTag, minorAmount } from "../contracts/fields.ts";
import { giftCardDeliveryPayload } from "../contracts/gift-card.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { giftCardCodeHash, newGiftCardCode, readGiftCardCode } from "./gift-card-code.ts";
import { readRecord, type Parsed } from "./record.ts";

/** A gift card that was issued, under the id of its order. */
export const giftCard = z.object({
  orderId: identifier,
  /** Whoever has it has the money: 80 random bits, `K7QW-3M9X-PD2F-H6TZ`. On the record, the card and the mail only. */
  code: z.string().max(40),
  amount: minorAmount,
  currency: currencyCode,
  locale: localeTag,
  issuedOn: calendarDay,
  expiresOn: calendarDay,
  buyer: giftCardDeliveryPayload.shape.buyer,
  card: giftCardDeliveryPayload.shape.card,
  /** Key of its PDF in the `giftcards` bucket. */
  pdfKey: z.string().max(400),
});
export type GiftCard = z.infer<typeof giftCard>;

/** Whose a code is. */
const codeOwner = z.object({ orderId: identifier });

/** Two in a row happen once in the age of the universe: then the codes are not random. */
const MOST_TRIES = 10;

const cardKey = (orderId: string): RecordKey => ({ kind: "gift_card", id: orderId });
/** Under a part of its own, where no order's card is, whatever its id. */
const codeKey = (code: string): RecordKey => ({
  kind: "gift_card",
  id: `code-${giftCardCodeHash(code)}`,
  part: "order",
});

/**
 * Issues the gift card of an order: the same card, with the same code, however often it is asked for.
 *
 * ```
 * card {code} by its order ─► its order by {hash of code} ─► issued
 *        ▲                          │ another card has it
 *        └────── another code ◄─────┘
 * ```
 *
 * A crash between any two leaves a state that the next caller completes. Nobody is given a card before its code is its own.
 *
 * @param newCode where codes come from.
 */
export async function issueGiftCard(
  records: RecordStore,
  sold: Omit<GiftCard, "code">,
  newCode: () => string = newGiftCardCode,
): Promise<GiftCard> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { body: card, version } = await cardToBe(records, sold, newCode);
    const { record } = await records.create(codeKey(card.code), { orderId: card.orderId });
    if (codeOwner.parse(record.body).orderId === card.orderId) return card;
    await records.replace(cardKey(card.orderId), version, { ...card, code: newCode() }); // or another attempt has
  }
  throw new Error(
    `No code for the gift card of order ${sold.orderId}: ${MOST_TRIES} in a row belong to other cards. The system's ` +
      "randomness is broken.",
  );
}

/** The card of an order, once it is issued. */
export async function readGiftCard(records: RecordStore, orderId: string): Promise<GiftCard | undefined> {
  const card = await readRecord(records, cardKey(orderId), giftCard);
  if (card === undefined) return undefined;
  const owner = await readRecord(records, codeKey(card.body.code), codeOwner);
  return owner?.body.orderId === orderId ? card.body : undefined;
}

/**
 * The card that a code is of, as somebody has typed it: case, blanks, dashes, O for 0, I and L for 1 do not matter.
 * Whether it is still good (`expiresOn`) and what is left on it is for the shop to know: no balance is kept here.
 */
export async function redeemable(records: RecordStore, text: string): Promise<GiftCard | undefined> {
  const code = readGiftCardCode(text);
  if (code === undefined) return undefined;
  const owner = await readRecord(records, codeKey(code), codeOwner);
  if (owner === undefined) return undefined;
  const card = await readRecord(records, cardKey(owner.body.orderId), giftCard);
  return card?.body.code === code ? card.body : undefined;
}

async function cardToBe(
  records: RecordStore,
  sold: Omit<GiftCard, "code">,
  newCode: () => string,
): Promise<Parsed<GiftCard>> {
  const key = cardKey(sold.orderId);
  const known = await readRecord(records, key, giftCard);
  if (known !== undefined) return known;
  const { record } = await records.create(key, { ...sold, code: newCode() });
  return { body: giftCard.parse(record.body), version: record.version };
}
