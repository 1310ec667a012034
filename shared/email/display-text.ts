/**
 * Characters that turn the direction of a line: marks, embeddings, overrides and isolates (Unicode UAX #9). With them a
 * name could make `exe.fdp` of a file or move an amount; our HTML isolates each text by `<bdi>` instead.
 */
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

const LONGEST_WORD = 500;
const PIECE = 100;
const LONG_WORD = new RegExp(`\\S{${LONGEST_WORD + 1},}`, "g");
/** A line may break here, and nothing is seen of it: ZERO WIDTH SPACE. */
const SOFT_BREAK = "\u200B";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Text that a person typed, as every program can show it: without bidi controls, lone surrogates as U+FFFD, and with a
 * soft break after each 100 characters of a word over 500, because layout takes quadratic time on a word without one.
 * Letters that a reader sees as one (emoji sequences) stay together.
 */
export function displayText(text: string): string {
  return text
    .replaceAll(BIDI_CONTROLS, "")
    .toWellFormed()
    .replaceAll(LONG_WORD, (word) => inPieces(word).join(SOFT_BREAK));
}

function inPieces(word: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== "" && piece.length + segment.length > PIECE) {
      pieces.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...pieces, piece];
}

/** One line of at most `max` UTF-16 units, cut between letters and then ended by an ellipsis. */
export function shortened(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line.length <= max) return line;
  let kept = "";
  for (const { segment } of graphemes.segment(line)) {
    if (kept.length + segment.length > max - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Fields that programs read: a link with a character less leads elsewhere. Ids, keys and addresses are ASCII by schema. */
const IS_LINK = /^url$|Url$|^website$/;

/** The same data with `displayText` applied to every text in it, however deep, save links. */
export function displayData<Data>(data: Data): Data {
  return shown(data) as Data; // strings stay strings, and everything else keeps its shape
}

function shown(value: unknown): unknown {
  if (typeof value === "string") return displayText(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, IS_LINK.test(name) ? field : shown(field)]),
  );
}
