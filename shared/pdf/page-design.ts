import type { CustomTableLayout } from "pdfmake/interfaces";

// All measures are points, 1/72 inch.

const A4_WIDTH = 595.28;
export const SIDE_MARGIN = 48;
export const CONTENT_WIDTH = A4_WIDTH - 2 * SIDE_MARGIN;
/** Room for the running head: two lines of small text. */
export const TOP_MARGIN = 64;
/** Between two columns of a table; also what the table layout below pads with. */
export const COLUMN_GAP = 14;

export const FONT_SIZES = { small: 7.5, body: 9, lead: 11, seller: 15, title: 24 } as const;

/** Dark text and greys that stay readable in black and white print; the seller's colour is for lines only. */
export const INK = "#111827";
export const MUTED_INK = "#4B5563";
export const HAIRLINE = "#E5E7EB";

/** Rows apart by a hairline, no vertical lines, text flush with the page's margins. */
export const ruledTable = (paddingPoints: number): CustomTableLayout => ({
  hLineWidth: (row, { table }) => (row <= (table.headerRows ?? 0) && row > 0 ? 0.75 : row === 0 ? 0 : 0.5),
  vLineWidth: () => 0,
  hLineColor: (row, { table }) => (row === (table.headerRows ?? 0) ? MUTED_INK : HAIRLINE),
  paddingLeft: (column) => (column === 0 ? 0 : COLUMN_GAP / 2),
  paddingRight: (column, { table }) => (column === lastColumn(table.widths) ? 0 : COLUMN_GAP / 2),
  paddingTop: () => paddingPoints,
  paddingBottom: () => paddingPoints,
});

/** Label and value beside each other, without any line. */
export const plainTable: CustomTableLayout = {
  hLineWidth: () => 0,
  vLineWidth: () => 0,
  paddingLeft: (column) => (column === 0 ? 0 : COLUMN_GAP),
  paddingRight: () => 0,
  paddingTop: () => 1.5,
  paddingBottom: () => 1.5,
};

function lastColumn(widths: unknown): number {
  return Array.isArray(widths) ? widths.length - 1 : -1;
}
