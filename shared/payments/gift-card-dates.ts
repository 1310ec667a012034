import type { GiftCardWishes } from "../contracts/gift-card.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { Day } from "../records/calendar-days.ts";
import type { Order } from "../records/order.ts";

/** A delivery further off, before or after the payment, is more likely a slip of the year (`0026-12-24`) than a wish. */
const FURTHEST_DELIVERY_MONTHS = 12;

/** What a gift card's order wishes, with its last day. */
export type GiftCardTerms = GiftCardWishes & { readonly expiresOn: Day };

/**
 * What a gift card's order wishes, and its last day, which is the settings' where the order names none.
 *
 * @throws PermanentError `GIFT_CARD_DETAILS_MISSING`; `GIFT_CARD_DATES_WRONG` when the card would be delivered after its
 *   last day or more than a year before or after its payment, or is sold when it has expired.
 */
export function giftCardTerms(
  { orderId, giftCard }: Pick<Order, "orderId" | "giftCard">,
  paidOn: Day,
  { giftCards }: Pick<SellerSettings, "giftCards">,
): GiftCardTerms {
  if (giftCard === undefined) {
    throw new PermanentError(
      "GIFT_CARD_DETAILS_MISSING",
      `Order ${orderId} is of a gift card and does not say to whom it goes. Put its \`giftCard\` on record, then replay the job.`,
    );
  }
  const { expiresOn = monthsAfter(paidOn, giftCards.validMonths) } = giftCard;
  const problems = dateProblems({ ...giftCard, expiresOn }, paidOn);
  if (problems.length === 0) return { ...giftCard, expiresOn };
  throw new PermanentError(
    "GIFT_CARD_DATES_WRONG",
    `The gift card of order ${orderId} cannot be: ${problems.join("; ")}. Correct the order, then replay the job.`,
  );
}

function dateProblems({ deliverOn, expiresOn }: GiftCardTerms, paidOn: Day): string[] {
  const problems = expiresOn < paidOn ? [`it expired on ${expiresOn}, before its payment`] : [];
  if (deliverOn === undefined) return problems;
  const delivered = `it is to be delivered on ${deliverOn}`;
  if (deliverOn > expiresOn) problems.push(`${delivered}, after its last day, ${expiresOn}`);
  if (deliverOn < monthsAfter(paidOn, -FURTHEST_DELIVERY_MONTHS)) {
    problems.push(`${delivered}, more than a year before its payment`);
  }
  if (deliverOn > monthsAfter(paidOn, FURTHEST_DELIVERY_MONTHS)) {
    problems.push(`${delivered}, more than a year after its payment`);
  }
  return problems;
}

/** The same day so many months later; the month's last day where it has no such day (31 January → 28 February). */
export function monthsAfter(day: Day, months: number): Day {
  const [year = 0, month = 1, dayOfMonth = 1] = day.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(dayOfMonth, lastOfMonth))).toISOString().slice(0, 10);
}
