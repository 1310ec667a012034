import PDFDocument from "pdfkit";

import type { InvoiceView } from "../../../shared/billing/invoice-view.ts";
import { MAIN_TYPEFACE } from "../../../shared/pdf/fonts.ts";

// The page of `renderInvoicePdf` as somebody would draw it who has nothing but pdfkit: every position is known, nothing is
// laid out, no text is ever wrapped. The same texts in the same sizes and colours, the same lines, the same two fonts.

type Pdf = InstanceType<typeof PDFDocument>;

interface Style {
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: string;
}

const INK = "#111827";
const MUTED = "#4B5563";
const HAIRLINE = "#E5E7EB";
const LEFT = 48;
const RIGHT = 547.28;
/** Right edges of the four columns of numbers. */
const COLUMNS = { quantity: 400, unitPrice: 456, vatRate: 495, amount: RIGHT } as const;

/** Draws an invoice of one page and resolves with its bytes. */
export function drawWithPdfkit(view: InvoiceView, { accentColour, created }: { accentColour: string; created: Date }) {
  const document = new PDFDocument({
    size: "A4",
    margin: 0,
    pdfVersion: "1.7",
    lang: view.locale.text,
    displayTitle: true,
    info: { Title: `${view.locale.labels.invoice} ${view.number}`, Author: view.seller.name, CreationDate: created },
  });
  document.registerFont("regular", Buffer.from(MAIN_TYPEFACE.regular));
  document.registerFont("bold", Buffer.from(MAIN_TYPEFACE.bold));
  const bytes = collect(document);
  document.rect(0, 0, 595.28, 5).fill(accentColour);
  head(document, view);
  const end = lines(document, view, 349);
  rates(document, view, end + 18);
  totals(document, view, { top: end + 18, accentColour });
  foot(document, view);
  document.end();
  return bytes;
}

function collect(document: Pdf): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    document.on("data", (chunk: Buffer) => chunks.push(chunk));
    document.on("end", () => resolve(Buffer.concat(chunks)));
    document.on("error", reject);
  });
}

function put(document: Pdf, text: string, x: number, y: number, { size = 9, bold = false, colour = INK }: Style = {}) {
  document.font(bold ? "bold" : "regular", size).fillColor(colour);
  document.text(text, x, y, { lineBreak: false });
}

function putRight(document: Pdf, text: string, right: number, y: number, style: Style = {}) {
  document.font(style.bold === true ? "bold" : "regular", style.size ?? 9);
  put(document, text, right - document.widthOfString(text), y, style);
}

function rule(document: Pdf, y: number, { from = LEFT, to = RIGHT, width = 0.5, colour = HAIRLINE } = {}) {
  document.moveTo(from, y).lineTo(to, y).lineWidth(width).stroke(colour);
}

function head(document: Pdf, view: InvoiceView) {
  const { seller, buyer, locale } = view;
  put(document, seller.name, LEFT, 64, { size: 15, bold: true });
  const sellerLines = [...seller.address, ...seller.details, seller.supportEmail, seller.website ?? ""];
  for (const [row, text] of sellerLines.entries()) put(document, text, LEFT, 92 + row * 14, { colour: MUTED });
  putRight(document, locale.labels.invoice, RIGHT, 64, { size: 24, bold: true });
  putRight(document, view.number, RIGHT, 98, { size: 11, colour: MUTED });
  put(document, locale.labels.billedTo, LEFT, 214, { colour: MUTED });
  put(document, buyer.name, LEFT, 231, { size: 11, bold: true });
  for (const [row, text] of [...buyer.address, ...buyer.details].entries()) {
    put(document, text, LEFT, 250 + row * 14, { colour: MUTED });
  }
  for (const [row, [label, value]] of view.facts.entries()) {
    put(document, label, 305, 214 + row * 17, { colour: MUTED });
    put(document, value, 405, 214 + row * 17);
  }
}

function lines(document: Pdf, view: InvoiceView, top: number): number {
  const { labels } = view.locale;
  put(document, labels.description, LEFT, top, { bold: true });
  putRight(document, labels.quantity, COLUMNS.quantity, top, { bold: true });
  putRight(document, labels.unitPrice, COLUMNS.unitPrice, top, { bold: true });
  putRight(document, view.priceNote, COLUMNS.unitPrice, top + 14, { size: 7.5, colour: MUTED });
  putRight(document, labels.vat, COLUMNS.vatRate, top, { bold: true });
  putRight(document, labels.amount, COLUMNS.amount, top, { bold: true });
  putRight(document, view.priceNote, COLUMNS.amount, top + 14, { size: 7.5, colour: MUTED });
  rule(document, top + 30, { width: 0.75, colour: MUTED });
  for (const [row, line] of view.lines.entries()) {
    const y = top + 36 + row * 24.6;
    put(document, line.description, LEFT, y);
    for (const column of ["quantity", "unitPrice", "vatRate", "amount"] as const) {
      putRight(document, line[column], COLUMNS[column], y);
    }
    rule(document, y + 19);
  }
  return top + 36 + view.lines.length * 24.6;
}

function rates(document: Pdf, view: InvoiceView, top: number) {
  const { labels } = view.locale;
  const header = { vatRate: labels.vatRate, net: labels.net, vat: labels.vat, gross: labels.gross };
  const rights = { net: 140, vat: 185, gross: 230 } as const;
  for (const [row, rate] of [header, ...view.rates].entries()) {
    const [y, style] = [top + 3 + row * 18, { size: 7.5, colour: row === 0 ? MUTED : INK }];
    put(document, rate.vatRate, LEFT, y, style);
    for (const column of ["net", "vat", "gross"] as const) putRight(document, rate[column], rights[column], y, style);
    rule(document, y + 15, { to: 230, width: row === 0 ? 0.75 : 0.5, colour: row === 0 ? MUTED : HAIRLINE });
  }
}

function totals(document: Pdf, view: InvoiceView, { top, accentColour }: { top: number; accentColour: string }) {
  const { labels } = view.locale;
  const rows: readonly (readonly [string, string])[] = [
    [labels.totalExclVat, view.totals.net],
    [labels.vat, view.totals.vat],
    [labels.total, view.totals.gross],
    [labels.amountPaid, view.paid],
  ];
  for (const [row, [label, value]] of rows.entries()) {
    const y = top + 4 + row * 22;
    const isTotal = row === 2;
    if (isTotal) rule(document, y - 4, { from: 400, width: 1.5, colour: accentColour });
    put(document, label, 400, y, isTotal ? { size: 11, bold: true } : { colour: MUTED });
    putRight(document, value, RIGHT, y, isTotal ? { size: 11, bold: true } : {});
    if (isTotal) rule(document, y + 20, { from: 400 });
  }
  putRight(document, view.paidNote ?? "", RIGHT, top + 104, { bold: true });
}

function foot(document: Pdf, { seller, locale }: InvoiceView) {
  rule(document, 782);
  const imprint = [seller.name, ...seller.address, ...seller.details].join(" · ");
  put(document, imprint, LEFT, 788, { size: 7.5, colour: MUTED });
  putRight(document, locale.labels.pageOf(1, 1), RIGHT, 788, { size: 7.5, colour: MUTED });
}
