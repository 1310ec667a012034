import type { Content, TDocumentDefinitions } from "pdfmake/interfaces";

import type { InvoiceView } from "../billing/invoice-view.ts";
import { dayInstant } from "../billing/locale-format.ts";
import { invoiceHead } from "./invoice-head.ts";
import { linesTable } from "./invoice-lines-table.ts";
import { invoiceSummary } from "./invoice-summary.ts";
import { FONT_SIZES, INK, SIDE_MARGIN, TOP_MARGIN } from "./page-design.ts";
import { footerHeight, pageFooter, runningHead } from "./page-frame.ts";
import { MAIN_TYPEFACE } from "./fonts.ts";
import type { SellerLogo } from "./seller-logo.ts";

/** Ids of the texts whose pages decide whether the totals would stand alone. */
export const LAST_LINE_ID = "last-line";
export const SUMMARY_ID = "summary";

export interface InvoiceDocumentOptions {
  /** `YYYY-MM-DD`; becomes the file's creation date, so that a second rendering gives the same bytes. */
  readonly issuedOn: string;
  readonly accentColour: string;
  readonly logo: SellerLogo | undefined;
  readonly hasUnprintable: boolean;
  /** Lines at the end that start a new page, so that totals never stand on a page without a line; 0 for none. */
  readonly linesWithSummary: number;
}

/** The whole invoice as pdfmake takes it. Build it anew for each printing: printing uses it up. */
export function invoiceDocument(view: InvoiceView, options: InvoiceDocumentOptions): TDocumentDefinitions {
  const created = dayInstant(options.issuedOn);
  const heading = `${view.locale.labels.invoice} ${view.number}`;
  const frame = { ...view, heading };
  return {
    pageSize: "A4",
    pageMargins: [SIDE_MARGIN, TOP_MARGIN, SIDE_MARGIN, footerHeight(frame)],
    info: {
      title: heading,
      author: view.seller.name,
      subject: view.facts.map((fact) => fact.join(" ")).join(", "),
      creator: "Backline",
      creationDate: created,
      modDate: created,
    },
    language: view.locale.text,
    displayTitle: true,
    version: "1.7",
    defaultStyle: { font: MAIN_TYPEFACE.family, fontSize: FONT_SIZES.body, lineHeight: 1.15, color: INK },
    background: (_page, { width }) => ({
      canvas: [{ type: "rect", x: 0, y: 0, w: width, h: 5, color: options.accentColour }],
    }),
    header: (page) => (page === 1 ? "" : runningHead(frame)),
    footer: (page, pages) => pageFooter(frame, page, pages),
    content: [
      ...invoiceHead(view, options.logo),
      ...tables(view, options.linesWithSummary),
      ...invoiceSummary(view, { id: SUMMARY_ID, ...options }),
    ],
  };
}

function tables(view: InvoiceView, linesWithSummary: number): Content[] {
  const { lines } = view;
  if (linesWithSummary === 0) return [linesTable(view, { lines, lastRowId: LAST_LINE_ID, startsPage: false })];
  const [before, after] = [lines.slice(0, -linesWithSummary), lines.slice(-linesWithSummary)];
  return [
    linesTable(view, { lines: before, lastRowId: "line-before", startsPage: false }),
    linesTable(view, { lines: after, lastRowId: LAST_LINE_ID, startsPage: true }),
  ];
}
