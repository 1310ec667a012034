import type { Content } from "pdfmake/interfaces";

import type { InvoiceView } from "../billing/invoice-view.ts";
import { FONT_METRICS } from "./fonts.ts";
import { CONTENT_WIDTH, FONT_SIZES, HAIRLINE, MUTED_INK, SIDE_MARGIN } from "./page-design.ts";

// pdfmake leaves a header or footer out altogether when it is higher than the page's margin: both are measured here.

const PAGE_NUMBER_WIDTH = 90;
const IMPRINT_WIDTH = CONTENT_WIDTH - PAGE_NUMBER_WIDTH - 14;
const SMALL_LINE_HEIGHT = 12;
const ABOVE_FOOTER = 16;
const BELOW_RULE = 6;
const LEAST_FOOTER_HEIGHT = 76;

/** Top of every page but the first: whose invoice this is, and which. */
export function runningHead({ locale, number, seller }: InvoiceView): Content {
  return {
    margin: [SIDE_MARGIN, 30, SIDE_MARGIN, 0],
    color: MUTED_INK,
    fontSize: FONT_SIZES.small,
    columns: [
      { width: "50%", text: cutToWidth(seller.name, CONTENT_WIDTH / 2 - 20) },
      { width: "50%", text: `${locale.labels.invoice} ${number}`, alignment: "right" },
    ],
  };
}

/** Foot of every page: the seller's imprint and small print, and the page's number. */
export function pageFooter(view: InvoiceView, page: number, pages: number): Content {
  const pageNumber = view.locale.labels.pageOf(page, pages);
  return {
    margin: [SIDE_MARGIN, ABOVE_FOOTER, SIDE_MARGIN, 0],
    color: MUTED_INK,
    fontSize: FONT_SIZES.small,
    stack: [
      { canvas: [{ type: "line", x1: 0, y1: 0, x2: CONTENT_WIDTH, y2: 0, lineWidth: 0.5, lineColor: HAIRLINE }] },
      {
        margin: [0, BELOW_RULE, 0, 0],
        columns: [
          { width: IMPRINT_WIDTH, stack: imprint(view) },
          { width: CONTENT_WIDTH - IMPRINT_WIDTH, text: pageNumber, alignment: "right", noWrap: true },
        ],
      },
    ],
  };
}

/** Points that the footer of this seller takes at the foot of each page, white space below it included. */
export function footerHeight(view: InvoiceView): number {
  const widths = imprint(view).map((text) => FONT_METRICS.widthOf(text, FONT_SIZES.small));
  // A line is seldom filled to its end: the next word may be as long as it is.
  const lines = widths.map((width) => (width <= IMPRINT_WIDTH ? 1 : Math.ceil((1.5 * width) / IMPRINT_WIDTH)));
  const height = lines.reduce((total, count) => total + count * SMALL_LINE_HEIGHT, ABOVE_FOOTER + BELOW_RULE + 18);
  return Math.max(LEAST_FOOTER_HEIGHT, height);
}

function imprint({ seller }: InvoiceView): string[] {
  const identity = [seller.name, ...seller.address, ...seller.details].join(" · ");
  return seller.footerText === undefined ? [identity] : [identity, seller.footerText];
}

function cutToWidth(text: string, widthPoints: number): string {
  let cut = text;
  while (FONT_METRICS.widthOf(cut, FONT_SIZES.small) > widthPoints) cut = `${cut.slice(0, -2)}…`;
  return cut;
}
