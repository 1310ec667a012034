import type { Content, Margins, TableCell } from "pdfmake/interfaces";

import type { InvoiceView } from "../billing/invoice-view.ts";
import { widthOfWidest } from "./fonts.ts";
import { COLUMN_GAP, CONTENT_WIDTH, FONT_SIZES, HAIRLINE, MUTED_INK, plainTable, ruledTable } from "./page-design.ts";
import { UNPRINTABLE_MARK } from "./printable-text.ts";

export interface SummaryOptions {
  /** Id of the summary's first text, by which `render-invoice-pdf` finds out on which page it came to lie. */
  readonly id: string;
  readonly accentColour: string;
  /** Whether to explain the mark for characters without a glyph. */
  readonly hasUnprintable: boolean;
}

/** Above this the rates may fill a page, and pdfmake silently leaves out an unbreakable block that no page can hold. */
const MOST_RATES_KEPT_TOGETHER = 15;
/** Points between the table of rates and the totals beside it. */
const LEAST_GAP = 32;
const MARGIN_ABOVE: Margins = [0, 18, 0, 0];

/** VAT by rate, totals and payment: on one page, unless there are more rates than any country has. */
export function invoiceSummary(view: InvoiceView, { id, accentColour, hasUnprintable }: SummaryOptions): Content[] {
  const rates = measured(rateRows(view), FONT_SIZES.small);
  const totals = measured(totalRows(view), FONT_SIZES.lead);
  const totalsTable = totalsContent(totals, { id, accentColour });
  const closing = [...paidNote(view), ...(hasUnprintable ? [unprintableNote(view)] : [])];
  if (view.rates.length > MOST_RATES_KEPT_TOGETHER) {
    return [
      { stack: [rightAligned(totalsTable, totals), ...closing], margin: MARGIN_ABOVE, unbreakable: true },
      { stack: [ratesContent(rates)], margin: MARGIN_ABOVE },
    ];
  }
  const tables = [ratesContent(rates), rightAligned(totalsTable, totals)];
  const besideEachOther: Content = {
    columns: [
      { width: CONTENT_WIDTH - totals.width, stack: tables.slice(0, 1) },
      { width: totals.width, stack: [totalsTable] },
    ],
  };
  const isNarrow = rates.width + LEAST_GAP + totals.width <= CONTENT_WIDTH;
  return [{ stack: [...(isNarrow ? [besideEachOther] : tables), ...closing], margin: MARGIN_ABOVE, unbreakable: true }];
}

interface MeasuredTable {
  readonly rows: readonly (readonly string[])[];
  readonly columnWidths: number[];
  /** All columns and the gaps between them. */
  readonly width: number;
}

/** Widths at which no cell wraps, whatever the currency and the amounts. */
function measured(rows: MeasuredTable["rows"], fontSizePoints: number): MeasuredTable {
  const columns = rows[0]?.map((_, column) => rows.map((row) => row[column] ?? "")) ?? [];
  const columnWidths = columns.map((texts) => widthOfWidest(texts, fontSizePoints));
  const gaps = COLUMN_GAP * (columnWidths.length - 1);
  return { rows, columnWidths, width: columnWidths.reduce((total, width) => total + width, gaps) };
}

function rateRows({ locale: { labels }, rates }: InvoiceView): string[][] {
  const header = [labels.vatRate, labels.net, labels.vat, labels.gross];
  return [header, ...rates.map(({ vatRate, net, vat, gross }) => [vatRate, net, vat, gross])];
}

function totalRows({ locale: { labels }, totals, paid, balance }: InvoiceView): string[][] {
  return [
    [labels.totalExclVat, totals.net],
    [labels.vat, totals.vat],
    [labels.total, totals.gross],
    [labels.amountPaid, paid],
    ...(balance === undefined ? [] : [[labels.balance, balance]]),
  ];
}

/** The row of `totalRows` that is set in bold under a line in the seller's colour. */
const TOTAL_ROW = 2;

function ratesContent({ rows, columnWidths }: MeasuredTable): Content {
  const cell = (text: string, row: number, column: number): TableCell => ({
    text,
    noWrap: true,
    alignment: column === 0 ? "left" : "right",
    ...(row === 0 && { color: MUTED_INK }),
  });
  const body = rows.map((texts, row) => texts.map((text, column) => cell(text, row, column)));
  return {
    fontSize: FONT_SIZES.small,
    table: { headerRows: 1, widths: columnWidths, body },
    layout: ruledTable(3),
  };
}

type TotalsOptions = Pick<SummaryOptions, "id" | "accentColour">;

function totalsContent({ rows, columnWidths }: MeasuredTable, { id, accentColour }: TotalsOptions): Content {
  const cell = (text: string, row: number, column: number): TableCell => ({
    text,
    noWrap: true,
    alignment: column === 0 ? "left" : "right",
    ...(row === TOTAL_ROW && { bold: true, fontSize: FONT_SIZES.lead }),
    ...(row !== TOTAL_ROW && column === 0 && { color: MUTED_INK }),
    ...(row === 0 && column === 0 && { id }),
  });
  const body = rows.map((texts, row) => texts.map((text, column) => cell(text, row, column)));
  return {
    table: { widths: columnWidths, body },
    layout: {
      ...plainTable,
      hLineWidth: (line) => (line === TOTAL_ROW ? 1.5 : line === TOTAL_ROW + 1 ? 0.5 : 0),
      hLineColor: (line) => (line === TOTAL_ROW ? accentColour : HAIRLINE),
      paddingTop: () => 4,
      paddingBottom: () => 4,
    },
  };
}

function rightAligned(table: Content, { width }: MeasuredTable): Content {
  return {
    columns: [
      { width: CONTENT_WIDTH - width, text: "" },
      { width, stack: [table] },
    ],
    margin: MARGIN_ABOVE,
  };
}

function paidNote({ paidNote: text }: InvoiceView): Content[] {
  return text === undefined ? [] : [{ text, bold: true, alignment: "right", margin: [0, 12, 0, 0] }];
}

function unprintableNote({ locale }: InvoiceView): Content {
  const text = locale.labels.unprintable(UNPRINTABLE_MARK);
  return { text, fontSize: FONT_SIZES.small, color: MUTED_INK, margin: [0, 16, 0, 0] };
}
