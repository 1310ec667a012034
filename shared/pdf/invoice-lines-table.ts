import type { Content, TableCell } from "pdfmake/interfaces";

import type { InvoiceView, LineView } from "../billing/invoice-view.ts";
import { widthOfWidest } from "./fonts.ts";
import { COLUMN_GAP, CONTENT_WIDTH, FONT_SIZES, MUTED_INK, ruledTable } from "./page-design.ts";

/** The columns with numbers, right of the description. */
const NUMBER_COLUMNS = ["quantity", "unitPrice", "vatRate", "amount"] as const satisfies readonly (keyof LineView)[];

export interface LinesTable {
  readonly lines: readonly LineView[];
  /** Id of the last row's first cell, by which `render-invoice-pdf` finds out on which page it came to lie. */
  readonly lastRowId: string;
  readonly startsPage: boolean;
}

/** A table of invoice lines whose header row comes again on each page; a row is never parted by a page's end. */
export function linesTable(view: InvoiceView, { lines, lastRowId, startsPage }: LinesTable): Content {
  const rows = lines.map((line, index) => lineCells(line, index === lines.length - 1 ? lastRowId : undefined));
  return {
    table: {
      headerRows: 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths: columnWidths(view),
      body: [headerCells(view), ...rows],
    },
    layout: ruledTable(5),
    ...(startsPage && { pageBreak: "before" }),
  };
}

/**
 * Fixed widths: each column of numbers as wide as its widest text, the description the rest. Left to itself ("auto"),
 * pdfmake makes room for the longest unbroken word and pushes the table off the page; in a fixed column it breaks it.
 */
function columnWidths(view: InvoiceView): number[] {
  const titles = columnTitles(view);
  const numbers = NUMBER_COLUMNS.map((column) => {
    const { title, note = "" } = titles[column];
    return widthOfWidest([title, note, ...view.lines.map((line) => line[column])], FONT_SIZES.body);
  });
  const taken = numbers.reduce((total, width) => total + width + COLUMN_GAP, 0);
  return [CONTENT_WIDTH - taken, ...numbers];
}

interface ColumnTitle {
  readonly title: string;
  readonly note?: string;
}

function columnTitles({ locale: { labels }, priceNote }: InvoiceView): Record<keyof LineView, ColumnTitle> {
  return {
    description: { title: labels.description },
    quantity: { title: labels.quantity },
    unitPrice: { title: labels.unitPrice, note: priceNote },
    vatRate: { title: labels.vat },
    amount: { title: labels.amount, note: priceNote },
  };
}

function headerCells(view: InvoiceView): TableCell[] {
  const titles = columnTitles(view);
  return (["description", ...NUMBER_COLUMNS] as const).map((column) => ({
    stack: [
      { text: titles[column].title, bold: true },
      ...(titles[column].note === undefined
        ? []
        : [{ text: titles[column].note, color: MUTED_INK, fontSize: FONT_SIZES.small }]),
    ],
    alignment: column === "description" ? "left" : "right",
  }));
}

function lineCells(line: LineView, id: string | undefined): TableCell[] {
  return [
    { text: line.description, ...(id !== undefined && { id }) },
    ...NUMBER_COLUMNS.map((column): TableCell => ({ text: line[column], alignment: "right", noWrap: true })),
  ];
}
