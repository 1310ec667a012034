import { CsvError, parse } from "csv-parse/sync";

import { PermanentError } from "../errors/job-errors.ts";
import { AudienceList, broadcastRecipient, type Audience } from "./audience.ts";

/** A list of 200,000 addresses with names is about 10 MB. */
const LARGEST_FILE_BYTES = 20 * 1024 * 1024;
/** Characters of a row; a quote that is never closed takes all that follows in. */
const LONGEST_ROW = 10_000;
const COLUMNS = ["email", "name", "locale"] as const;

/** What csv-parse says of a row with `info`; its own types leave it out. */
interface Row {
  readonly record: readonly string[];
  /** `lines` is the line on which the row ends. */
  readonly info: { readonly lines: number };
}

/**
 * Reads a file of addresses: RFC 4180 in UTF-8 with or without a byte order mark; commas, or semicolons where the header
 * has those (as spreadsheets of half of Europe write it). Further columns are ignored. A row with a value that is not right
 * is left out. A file whose quotes are not right is refused: nobody can say where its rows begin.
 *
 * @throws PermanentError `AUDIENCE_TOO_LARGE`, `AUDIENCE_NOT_UTF8`, `AUDIENCE_HEADER`, `AUDIENCE_QUOTES`.
 */
export function readCsvAudience(file: Uint8Array): Audience {
  if (file.byteLength > LARGEST_FILE_BYTES) {
    throw new PermanentError(
      "AUDIENCE_TOO_LARGE",
      "The file of addresses is over 20 MB. Split it into two broadcasts.",
    );
  }
  const [header, ...rows] = rowsOf(decoded(file));
  const columns = columnsOf(header?.record ?? []);
  const list = new AudienceList();
  for (const row of rows) addRow(list, row, columns);
  return list.audience();
}

function decoded(file: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file); // takes the byte order mark away, too
  } catch (error) {
    throw new PermanentError(
      "AUDIENCE_NOT_UTF8",
      "The file of addresses is not UTF-8 text. Save it as “CSV UTF-8”, then replay the job.",
      { cause: error },
    );
  }
}

function rowsOf(text: string): readonly Row[] {
  const firstLine = /[^\r\n]+/.exec(text)?.[0] ?? "";
  try {
    const rows: unknown = parse(text, {
      delimiter: firstLine.includes(";") && !firstLine.includes(",") ? ";" : ",",
      info: true,
      max_record_size: LONGEST_ROW,
      relax_column_count: true,
      relax_quotes: true, // within a cell, as in O"Brien
      skip_empty_lines: true,
      trim: true,
    });
    return rows as readonly Row[]; // what `info: true` gives
  } catch (error) {
    throw error instanceof CsvError ? badQuotes(Number(error["lines"])) : error;
  }
}

/** Without a cause: csv-parse's errors hold pieces of the file. */
const badQuotes = (line: number): PermanentError =>
  new PermanentError(
    "AUDIENCE_QUOTES",
    `The file of addresses has a quote that does not end where it should, in the row that ends on line ${line}, or the row ` +
      `is over ${LONGEST_ROW} characters. Correct it, then replay the job.`,
  );

/** Where each column that we know stands. */
type Columns = ReadonlyMap<(typeof COLUMNS)[number], number>;

function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.toLowerCase());
  const found = COLUMNS.flatMap((column) => {
    const index = names.indexOf(column);
    return index < 0 ? [] : [[column, index] as const];
  });
  const columns = new Map(found);
  if (columns.has("email")) return columns;
  throw new PermanentError(
    "AUDIENCE_HEADER",
    "The file of addresses has no column `email`. Its first line names the columns: email, and if wanted name and locale.",
  );
}

function addRow(list: AudienceList, { record, info }: Row, columns: Columns): void {
  const cells = [...columns].flatMap(([column, index]) => {
    const cell = record[index] ?? "";
    return cell === "" ? [] : [[column, cell] as const];
  });
  if (cells.length === 0) return; // of commas only, as spreadsheets write below a table
  // It would hold the row that follows, left out without a word.
  if (cells.some(([, cell]) => /[\r\n]/.test(cell))) throw badQuotes(info.lines);
  const parsed = broadcastRecipient.safeParse(Object.fromEntries(cells));
  if (parsed.success) list.add(parsed.data);
  else list.leaveOut(info.lines);
}
