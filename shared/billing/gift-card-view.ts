import type { SellerSettings } from "../contracts/seller.ts";
import type { GiftCard } from "../records/gift-card.ts";
import { type DocumentLocale, documentLocale } from "./document-locale.ts";
import { GIFT_CARD_LABELS, type GiftCardLabels } from "./gift-card-labels.ts";
import { formatDay } from "./locale-format.ts";
import { type Medium, moneyWriter, SCREEN, type ShowText } from "./medium.ts";
import { sellerView, type SellerView } from "./seller-view.ts";

export interface GiftCardInput {
  readonly card: GiftCard;
  readonly settings: SellerSettings;
}

/** A gift card as the words and numbers that a reader sees, in the reader's language. */
export interface GiftCardView {
  readonly locale: DocumentLocale;
  readonly labels: GiftCardLabels;
  /** Its small print is how to reach the seller: an invoice's own is of no use here. */
  readonly seller: SellerView;
  readonly amount: string;
  readonly code: string;
  readonly to: string;
  readonly from: string;
  readonly validUntil: string;
  readonly howToUse: string;
  /** The message's lines as they were typed, blank ones too; none without a message. */
  readonly message: readonly string[];
}

export function giftCardView({ card, settings }: GiftCardInput, medium: Medium = SCREEN): GiftCardView {
  const { show } = medium;
  const locale = documentLocale(card.locale);
  const labels = GIFT_CARD_LABELS[locale.language];
  const seller = sellerView(settings, locale, show);
  const contact = [seller.supportEmail, seller.website].filter((line) => line !== undefined).join(" · ");
  return {
    locale,
    labels,
    seller: { ...seller, footerText: `${labels.questions} ${contact}` },
    amount: moneyWriter(card.currency, locale.numbers, medium)(card.amount),
    code: card.code,
    to: labels.to(show(card.card.recipient.name)),
    from: labels.from(show(card.card.senderName)),
    validUntil: labels.validUntil(formatDay(card.expiresOn, locale.text)),
    howToUse: labels.howToUse(seller.name),
    message: messageLines(card.card.message, show),
  };
}

/** Line by line: a line end and a tab have no glyph, and must not be shown as unknown characters. */
function messageLines(message: string | undefined, show: ShowText): string[] {
  const lines = message?.replaceAll("\t", "    ").split("\n") ?? [];
  return lines.map((line) => (line.trim() === "" ? "" : show(line)));
}
