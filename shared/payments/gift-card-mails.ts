import type { GiftCardDeliveryPayload } from "../contracts/gift-card.ts";
import type { MailAttachment } from "../email/compose-mail.ts";
import { mailLocale, type ByLanguage } from "../email/mail-locale.ts";
import type { MailOfKind } from "../email/mail-of-kind.ts";
import type { GiftCard } from "../records/gift-card.ts";

/** What the receipt says that was bought. */
const BOUGHT: ByLanguage<(recipient: string) => string> = {
  en: (recipient) => `Gift card for ${recipient}`,
  de: (recipient) => `Geschenkgutschein für ${recipient}`,
  fr: (recipient) => `Carte cadeau pour ${recipient}`,
  es: (recipient) => `Tarjeta regalo para ${recipient}`,
  it: (recipient) => `Carta regalo per ${recipient}`,
  nl: (recipient) => `Cadeaukaart voor ${recipient}`,
};

/** To the buyer, at once: what was paid for. The code is not theirs to have, it is the recipient's. */
export function receiptOf(sold: GiftCardDeliveryPayload): MailOfKind<"payment_receipt"> {
  const { buyer, card, paymentReference, paidOn, amount, currency, locale } = sold;
  const description = BOUGHT[mailLocale(locale).language](card.recipient.name);
  return {
    kind: "payment_receipt",
    to: { name: buyer.name, address: buyer.email },
    locale,
    sender: "billing",
    data: {
      email: buyer.email,
      name: buyer.name,
      locale,
      reference: paymentReference,
      paidOn,
      description,
      amount,
      currency,
    },
  };
}

/** To the recipient, on the card's day: the card. */
export function deliveryOf(card: GiftCard, pdf: Uint8Array): MailOfKind<"gift_card"> {
  const { orderId, locale, pdfKey } = card;
  const { recipient } = card.card;
  const attachment: MailAttachment = {
    filename: `gift-card-${orderId}.pdf`,
    contentType: "application/pdf",
    content: pdf,
    stored: { bucket: "giftcards", key: pdfKey },
  };
  return {
    kind: "gift_card",
    to: { name: recipient.name, address: recipient.email },
    locale,
    data: { orderId, email: recipient.email, locale, card },
    attachments: [attachment],
  };
}
