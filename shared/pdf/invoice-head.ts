import type { Content } from "pdfmake/interfaces";

import type { InvoiceView } from "../billing/invoice-view.ts";
import type { PartyView } from "../billing/seller-view.ts";
import { widthOfWidest } from "./fonts.ts";
import { COLUMN_GAP, CONTENT_WIDTH, FONT_SIZES, MUTED_INK, plainTable } from "./page-design.ts";
import { logoContent, type SellerLogo } from "./seller-logo.ts";

// Numbers, not "*" or "auto": only a fixed column breaks a long word instead of letting it run off the page.
const HALF_WIDTH = (CONTENT_WIDTH - COLUMN_GAP) / 2;

/** Seller and title, then buyer and the facts of the invoice: the top of the first page. */
export function invoiceHead(view: InvoiceView, logo: SellerLogo | undefined): Content[] {
  return [
    {
      columns: [
        { width: HALF_WIDTH, stack: [...logoContent(logo), ...sellerBlock(view)] },
        { width: HALF_WIDTH, stack: titleBlock(view) },
      ],
      columnGap: COLUMN_GAP,
    },
    {
      margin: [0, 30, 0, 26],
      columns: [
        { width: HALF_WIDTH, stack: buyerBlock(view) },
        { width: HALF_WIDTH, stack: [factsTable(view)] },
      ],
      columnGap: COLUMN_GAP,
    },
  ];
}

function sellerBlock({ seller }: InvoiceView): Content[] {
  const contact = [seller.supportEmail, seller.website].filter((line) => line !== undefined);
  return [
    { text: seller.name, bold: true, fontSize: FONT_SIZES.seller, margin: [0, 0, 0, 4] },
    ...partyLines(seller),
    ...contact.map((text) => ({ text, color: MUTED_INK })),
  ];
}

function titleBlock({ locale, number }: InvoiceView): Content[] {
  return [
    { text: locale.labels.invoice, bold: true, fontSize: FONT_SIZES.title, alignment: "right", lineHeight: 1 },
    { text: number, fontSize: FONT_SIZES.lead, alignment: "right", color: MUTED_INK },
  ];
}

function buyerBlock({ locale, buyer }: InvoiceView): Content[] {
  return [
    { text: locale.labels.billedTo, color: MUTED_INK, margin: [0, 0, 0, 3] },
    { text: buyer.name, bold: true, fontSize: FONT_SIZES.lead, margin: [0, 0, 0, 2] },
    ...partyLines(buyer),
  ];
}

function partyLines({ address, details }: PartyView): Content[] {
  return [...address, ...details].map((text) => ({ text, color: MUTED_INK }));
}

function factsTable({ facts }: InvoiceView): Content {
  const labelWidth = widthOfWidest(
    facts.map(([label]) => label),
    FONT_SIZES.body,
  );
  return {
    table: {
      widths: [labelWidth, HALF_WIDTH - labelWidth - COLUMN_GAP],
      body: facts.map(([label, value]) => [{ text: label, color: MUTED_INK }, { text: value }]),
    },
    layout: plainTable,
  };
}
