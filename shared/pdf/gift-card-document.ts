import type { Content, TableCell, TDocumentDefinitions } from "pdfmake/interfaces";

import type { GiftCardView } from "../billing/gift-card-view.ts";
import { dayInstant } from "../billing/locale-format.ts";
import { textColourOn } from "../email/contrast.ts";
import { FONT_METRICS, MAIN_TYPEFACE } from "./fonts.ts";
import { giftCardMessage, isLongMessage } from "./gift-card-message.ts";
import { CONTENT_WIDTH, FONT_SIZES, HAIRLINE, INK, MUTED_INK, SIDE_MARGIN, TOP_MARGIN } from "./page-design.ts";
import { footerHeight, pageFooter, runningHead } from "./page-frame.ts";
import { UNPRINTABLE_MARK } from "./printable-text.ts";
import { logoContent, type SellerLogo } from "./seller-logo.ts";

export interface GiftCardDocumentOptions {
  /** `YYYY-MM-DD`; becomes the file's creation date, so that a second rendering gives the same bytes. */
  readonly issuedOn: string;
  readonly accentColour: string;
  readonly logo: SellerLogo | undefined;
  readonly hasUnprintable: boolean;
}

const CARD_BORDER = 0.75;
const CARD_WIDTH = CONTENT_WIDTH - 2 * CARD_BORDER;
/** Between the card's sides and what stands in it. */
const CARD_PADDING = 28;
const CODE_SIZE = 19;

/** Measures of the card; a QR code of 16 letters has 21 × 21 modules, each of whole points. */
interface CardSize {
  readonly amountSize: number;
  readonly paddingY: number;
  /** 6 points a module are 44 mm, 5 are 37 mm: phones read both from the table. */
  readonly qrSize: number;
}
const FULL_CARD: CardSize = { amountSize: 56, paddingY: 27, qrSize: 126 };
const LOW_CARD: CardSize = { amountSize: 44, paddingY: 16, qrSize: 105 };

/** The gift card as pdfmake takes it: a card that can be cut out, the message below it, and who issued it at the foot. */
export function giftCardDocument(view: GiftCardView, options: GiftCardDocumentOptions): TDocumentDefinitions {
  const created = dayInstant(options.issuedOn);
  const frame = { ...view, heading: view.labels.giftCard };
  return {
    pageSize: "A4",
    pageMargins: [SIDE_MARGIN, TOP_MARGIN, SIDE_MARGIN, footerHeight(frame)],
    info: {
      // No code here: titles are shown in lists of files.
      title: `${view.labels.giftCard} ${view.amount}`,
      author: view.seller.name,
      creator: "Backline",
      creationDate: created,
      modDate: created,
    },
    language: view.locale.text,
    displayTitle: true,
    version: "1.7",
    defaultStyle: { font: MAIN_TYPEFACE.family, fontSize: FONT_SIZES.body, lineHeight: 1.15, color: INK },
    header: (page) => (page === 1 ? "" : runningHead(frame)),
    footer: (page, pages) => pageFooter(frame, page, pages),
    content: [
      letterhead(view, options.logo),
      card(view, options.accentColour, isLongMessage(view) ? LOW_CARD : FULL_CARD),
      ...giftCardMessage(view),
      ...(options.hasUnprintable ? [unprintableNote(view)] : []),
    ],
  };
}

function letterhead({ seller, labels }: GiftCardView, logo: SellerLogo | undefined): Content {
  const half = CONTENT_WIDTH / 2;
  const name: Content = { text: seller.name, bold: true, fontSize: FONT_SIZES.seller };
  return {
    margin: [0, 0, 0, 22],
    columns: [
      { width: half, stack: logo === undefined ? [name] : logoContent(logo, [0, 0, 0, 0]) },
      { width: half, text: labels.giftCard, bold: true, fontSize: FONT_SIZES.title, alignment: "right", lineHeight: 1 },
    ],
  };
}

/** Two rows: the amount on the seller's colour, then the code on white, where a scanner reads it. */
function card(view: GiftCardView, accentColour: string, size: CardSize): Content {
  return {
    table: {
      widths: [CARD_WIDTH],
      body: [[amountCell(view, accentColour, size)], [codeCell(view, size)]],
      dontBreakRows: true,
    },
    layout: {
      hLineWidth: (line) => (line === 2 ? CARD_BORDER : 0),
      vLineWidth: () => CARD_BORDER,
      hLineColor: () => HAIRLINE,
      vLineColor: (_column, _table, row) => (row === 0 ? accentColour : HAIRLINE),
      paddingLeft: () => 0,
      paddingRight: () => 0,
      paddingTop: () => 0,
      paddingBottom: () => 0,
    },
  };
}

function amountCell(view: GiftCardView, accentColour: string, { amountSize, paddingY }: CardSize): TableCell {
  const { amount, to, from } = view;
  const inside = CARD_WIDTH - 2 * CARD_PADDING;
  const fitting = (inside / FONT_METRICS.widthOf(amount, 1)) * 0.98;
  return {
    fillColor: accentColour,
    color: textColourOn(accentColour),
    stack: [
      { text: to, fontSize: 15 },
      { text: amount, bold: true, fontSize: Math.min(amountSize, fitting), lineHeight: 1.1, noWrap: true },
      { text: from, fontSize: 13 },
    ].map((line) => ({ ...line, margin: [CARD_PADDING, 0, CARD_PADDING, 0] })),
    margin: [0, paddingY, 0, paddingY],
  };
}

function codeCell(view: GiftCardView, { qrSize, paddingY }: CardSize): TableCell {
  const textWidth = CARD_WIDTH - 3 * CARD_PADDING - qrSize;
  return {
    margin: [CARD_PADDING, paddingY, CARD_PADDING, paddingY],
    columns: [
      { width: textWidth, stack: codeText(view, textWidth) },
      { width: qrSize, qr: view.code, fit: qrSize, eccLevel: "M", foreground: INK },
    ],
    columnGap: CARD_PADDING,
  };
}

function codeText({ labels, code, validUntil, howToUse }: GiftCardView, widthPoints: number): Content[] {
  return [
    { text: labels.code, color: MUTED_INK, margin: [0, 0, 0, 2] },
    codeInGroups(code, widthPoints),
    { text: validUntil, bold: true, fontSize: FONT_SIZES.lead, margin: [0, 10, 0, 6] },
    { text: howToUse, color: MUTED_INK },
  ];
}

/** One text, so that it is copied in one piece, hyphens and all. */
function codeInGroups(code: string, widthPoints: number): Content {
  const fitting = (widthPoints / FONT_METRICS.widthOf(code, 1)) * 0.9;
  return { text: code, bold: true, fontSize: Math.min(CODE_SIZE, fitting), characterSpacing: 0.6, noWrap: true };
}

function unprintableNote({ locale }: GiftCardView): Content {
  const text = locale.labels.unprintable(UNPRINTABLE_MARK);
  return { text, fontSize: FONT_SIZES.small, color: MUTED_INK, margin: [0, 16, 0, 0] };
}
