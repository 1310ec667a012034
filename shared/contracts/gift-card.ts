import * as z from "zod";

import {
  calendarDay,
  currencyCode,
  emailAddress,
  identifier,
  localeTag,
  minorAmount,
  multiLine,
  singleLine,
} from "./fields.ts";

/** What the buyer of a gift card wants. */
export const giftCardWishes = z.object({
  /** As the card names who gives it; the buyer's name by default. */
  senderName: singleLine(100).optional(),
  recipient: z.object({ name: singleLine(100), email: emailAddress }),
  message: multiLine(2000).optional(),
  /** The day on which it is mailed, in the seller's time zone; at once by default. */
  deliverOn: calendarDay.optional(),
  /** Its last day; `giftCards.validMonths` of the settings after the payment by default. */
  expiresOn: calendarDay.optional(),
});
export type GiftCardWishes = z.infer<typeof giftCardWishes>;

/** Payload of `gift_card_delivery`: a snapshot of what was paid for. The code is no part of it: the job makes it. */
export const giftCardDeliveryPayload = z.object({
  orderId: identifier,
  paymentReference: singleLine(255),
  paidOn: calendarDay,
  /** What the card is worth, minor units. */
  amount: minorAmount.min(1),
  currency: currencyCode,
  locale: localeTag,
  buyer: z.object({ name: singleLine(200), email: emailAddress }),
  card: giftCardWishes.extend({ senderName: singleLine(100), expiresOn: calendarDay }),
});
export type GiftCardDeliveryPayload = z.infer<typeof giftCardDeliveryPayload>;
