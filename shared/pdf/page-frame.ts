import type { Content } from "pdfmake/interfaces";

import type { DocumentLocale } from "../billing/document-locale.ts";
import type { SellerView } from "../billing/seller-view.ts";
import { FONT_METRICS } from "./fonts.ts";
import { CONTENT_WIDTH, FONT_SIZES, HAIRLINE, MUTED_INK, SIDE_MARGIN } from "./page-design.ts";

// pdfmake leaves a header or footer out altogether when it is higher than the page's margin: both are measured here.

const PAGE_NUMBER_WIDTH = 90;
const IMPRINT_WIDTH = CONTENT_WIDTH - PAGE_NUMBER_WIDTH - 14;
const SMALL_LINE_HEIGHT = 12;
const ABOVE_FOOTER = 16;
const BELOW_RULE = 6;
const LEAST_FOOTER_HEIGHT = 76;

/** What stands around the content of each page. */
export interface PageFrame {
  readonly locale: DocumentLocale;
  readonly seller: SellerView;
  /** What this document is: its kind and number. */
  readonly heading: string;
}

/** Top of every page but the first: whose document this is, and which. */
export function runningHead({ heading, seller }: PageFrame): Content {
  return {
    margin: [SIDE_MARGIN, 30, SIDE_MARGIN, 0],
    color: MUTED_INK,
    fontSize: FONT_SIZES.small,
    columns: [
      { width: "50%", text: cutToWidth(seller.name, CONTENT_WIDTH / 2 - 20) },
      { width: "50%", text: heading, alignment: "right" },
    ],
  };
}

/** Foot of every page: the seller's imprint and small print, and the page's number. */
export function pageFooter(frame: PageFrame, page: number, pages: number): Content {
  const pageNumber = frame.locale.labels.pageOf(page, pages);
  return {
    margin: [SIDE_MARGIN, ABOVE_FOOTER, SIDE_MARGIN, 0],
    color: MUTED_INK,
    fontSize: FONT_SIZES.small,
    stack: [
      { canvas: [{ type: "line", x1: 0, y1: 0, x2: CONTENT_WIDTH, y2: 0, lineWidth: 0.5, lineColor: HAIRLINE }] },
      {
        margin: [0, BELOW_RULE, 0, 0],
        columns: [
          { width: IMPRINT_WIDTH, stack: imprint(frame) },
          { width: CONTENT_WIDTH - IMPRINT_WIDTH, text: pageNumber, alignment: "right", noWrap: true },
        ],
      },
    ],
  };
}

/** Points that the footer of this seller takes at the foot of each page, white space below it included. */
export function footerHeight(frame: PageFrame): number {
  const widths = imprint(frame).map((text) => FONT_METRICS.widthOf(text, FONT_SIZES.small));
  // A line is seldom filled to its end: the next word may be as long as it is.
  const lines = widths.map((width) => (width <= IMPRINT_WIDTH ? 1 : Math.ceil((1.5 * width) / IMPRINT_WIDTH)));
  const height = lines.reduce((total, count) => total + count * SMALL_LINE_HEIGHT, ABOVE_FOOTER + BELOW_RULE + 18);
  return Math.max(LEAST_FOOTER_HEIGHT, height);
}

function imprint({ seller }: Pick<PageFrame, "seller">): string[] {
  const identity = [seller.name, ...seller.address, ...seller.details].join(" · ");
  return seller.footerText === undefined ? [identity] : [identity, seller.footerText];
}

function cutToWidth(text: string, widthPoints: number): string {
  const isTooWide = (shown: string) => FONT_METRICS.widthOf(shown, FONT_SIZES.small) > widthPoints;
  if (!isTooWide(text)) return text;
  const kept = Array.from(text);
  while (isTooWide(`${kept.join("")}…`)) kept.pop();
  return `${kept.join("")}…`;
}
