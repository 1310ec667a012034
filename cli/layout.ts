// How answers look on a terminal: 120 columns, two spaces between columns.

const WIDTH = 120;
const GAP = "  ";

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Stands at the right. */
  readonly isNumber?: boolean;
  /** Where the table is too wide, this column may be cut to so many characters. Ids never are: they are copied. */
  readonly leastWidth?: number;
}

/** Texts of rows, files and callers: nothing in them may move a terminal's cursor, or begin a line. */
export const plain = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ");

/** A value as JSON text. Escaped in it is also what JSON leaves as it is and terminals obey. */
export const json = (value: unknown): string =>
  (JSON.stringify(value, undefined, 2) ?? "").replaceAll(
    /[\u007F-\u009F]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );

/** Rows under their titles, aligned. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const texts = columns.map((column) => [column.title.toUpperCase(), ...rows.map((row) => plain(column.text(row)))]);
  const widths = texts.map((cells) => Math.max(...cells.map(({ length }) => length)));
  narrow(widths, columns);
  const lines = ["", ...rows].map((_, row) =>
    columns
      .map(({ isNumber = false }, index) => fit(texts[index]?.[row] ?? "", widths[index] ?? 0, isNumber))
      .join(GAP)
      .trimEnd(),
  );
  return lines.join("\n");
}

function narrow<Row>(widths: number[], columns: readonly Column<Row>[]): void {
  let over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - WIDTH;
  for (const [index, { leastWidth }] of columns.entries()) {
    const width = widths[index] ?? 0;
    const cut = Math.min(Math.max(over, 0), Math.max(width - (leastWidth ?? width), 0));
    widths[index] = width - cut;
    over -= cut;
  }
}

function fit(text: string, width: number, isNumber: boolean): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return isNumber ? cut.padStart(width) : cut.padEnd(width);
}

/** A line of plain text, broken at spaces; the lines after the first begin with `indent` spaces. A long word keeps its line to itself. */
export function wrapped(text: string, indent = 0): string {
  const lines: string[] = [];
  let rest = plain(text);
  while (rest.length > WIDTH) {
    const lead = rest.search(/\S/);
    const fitting = rest.lastIndexOf(" ", WIDTH);
    const cut = fitting > lead ? fitting : rest.indexOf(" ", WIDTH);
    if (cut < 0) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = " ".repeat(indent) + rest.slice(cut).trimStart();
  }
  return [...lines, rest].join("\n");
}

/** Names and values below each other; those without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | undefined])[]): string {
  const told = pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = Math.max(...told.map(([name]) => name.length));
  return told.map(([name, value]) => wrapped(`${name.padEnd(width)}${GAP}${value}`, width + GAP.length)).join("\n");
}
