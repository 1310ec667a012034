import { displayText } from "../email/display-text.ts";
import type { Typeface } from "./fonts.ts";

/** U+FFFD REPLACEMENT CHARACTER: Unicode's own mark for what cannot be shown, and Noto Sans has a glyph for it. */
export const UNPRINTABLE_MARK = "\uFFFD";

/** Characters that steer layout and have no shape: joiners, variation selectors, soft hyphens, direction marks. */
const SHAPELESS = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The blocks that Unicode keeps for scripts written from right to left (DerivedBidiClass.txt, classes R and AL). A fall-back
 * font may have some of their letters, as signs of mathematics; set from left to right they would be read wrongly.
 */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Ten of the widest characters fit into the narrowest column. */
const MOST_UNBROKEN = 10;
/** ZERO WIDTH SPACE, for which Noto Sans has a glyph of no width. */
const SOFT_BREAK = "\u200B";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Text in pieces that one typeface sets each. */
export interface TextRun {
  readonly text: string;
  readonly family: string;
}

export interface PrintableText {
  readonly text: string;
  /** Characters that became `UNPRINTABLE_MARK`. */
  readonly replaced: number;
  /** Whether the first typeface alone sets every character as it was typed. */
  readonly isPlain: boolean;
}

/**
 * Text as these typefaces can show it; pdfmake drops what has no glyph.
 *
 * Each character that a reader sees as one (an emoji with its modifiers, a letter with its accents) either has its glyphs in
 * one of the typefaces, or is replaced by its plain form (full-width `Ａ` by `A`, `㎏` by `kg`), or by one visible mark. So
 * nothing vanishes that had a shape, and words over 500 characters get soft breaks (`displayText`). Letters written from right to left and the scripts of East Asia become a row of marks;
 * the order and the mail keep them as they were typed.
 */
export function printableText(text: string, typefaces: readonly Typeface[]): PrintableText {
  const typed = text.normalize("NFC");
  const shapes = typed.replaceAll(SHAPELESS, "");
  if (shapes.trim() === "") return { text: UNPRINTABLE_MARK, replaced: 1, isPlain: true }; // fillers and joiners only
  const [main] = typefaces;
  if (main !== undefined && setsAll(main, shapes)) return { text: displayText(shapes), replaced: 0, isPlain: true };
  const shown = Array.from(graphemes.segment(typed), ({ segment }) => printableCharacter(segment, typefaces));
  return {
    text: displayText(shown.map((character) => character ?? UNPRINTABLE_MARK).join("")),
    replaced: shown.filter((character) => character === undefined).length,
    isPlain: false,
  };
}

/**
 * As few runs as there are changes of typeface; a character of several code points stays in one run if it can. pdfmake never
 * parts a word where its font changes, and lets it run off the page: a longer word gets soft breaks there.
 */
export function textRuns(text: string, typefaces: readonly Typeface[]): TextRun[] {
  const words = text.split(/(?<=\s)(?=\S)|(?<=\S)(?=\s)/);
  return mergedRuns(words.flatMap((word) => wordRuns(word, typefaces)));
}

function wordRuns(word: string, typefaces: readonly Typeface[]): TextRun[] {
  const characters = Array.from(graphemes.segment(word), ({ segment }) => characterRuns(segment, typefaces)).flat();
  const runs = mergedRuns(characters);
  const main = typefaces[0];
  if (characters.length <= MOST_UNBROKEN || main === undefined) return runs;
  const softBreak = { text: SOFT_BREAK, family: main.family };
  return runs.flatMap((run, index) => (index === 0 ? [run] : [softBreak, run]));
}

function characterRuns(character: string, typefaces: readonly Typeface[]): TextRun[] {
  const whole = typefaceOf(character, typefaces);
  if (whole !== undefined) return [{ text: character, family: whole.family }];
  return Array.from(character, (part) => ({
    text: part,
    family: (typefaceOf(part, typefaces) ?? typefaces[0])?.family ?? "",
  }));
}

function mergedRuns(runs: readonly TextRun[]): TextRun[] {
  const merged: { text: string; family: string }[] = [];
  for (const { text, family } of runs) {
    const last = merged.at(-1);
    if (last?.family === family) last.text += text;
    else merged.push({ text, family });
  }
  return merged;
}

function printableCharacter(typed: string, typefaces: readonly Typeface[]): string | undefined {
  if (RIGHT_TO_LEFT.test(typed)) return undefined;
  const shape = typed.replaceAll(SHAPELESS, "");
  const [main, ...fallbacks] = typefaces;
  if (main !== undefined && setsAll(main, shape)) return shape;
  // With its joiners first: an emoji font draws such a sequence as one picture.
  const isWhole = (form: string) => fallbacks.some((typeface) => setsAll(typeface, form));
  const whole = [typed, shape].find(isWhole);
  if (whole !== undefined) return whole;
  const plain = shape.normalize("NFKC");
  if (typefaceOf(plain, typefaces) !== undefined) return plain;
  return Array.from(shape).every((part) => typefaceOf(part, typefaces) !== undefined) ? shape : undefined;
}

function typefaceOf(text: string, typefaces: readonly Typeface[]): Typeface | undefined {
  return typefaces.find((typeface) => setsAll(typeface, text));
}

const setsAll = ({ metrics }: Typeface, text: string): boolean =>
  Array.from(text).every((character) => metrics.hasGlyph(character.codePointAt(0) ?? 0));
