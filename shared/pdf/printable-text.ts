import type { FontMetrics } from "./font-metrics.ts";

/** U+FFFD REPLACEMENT CHARACTER: Unicode's own mark for what cannot be shown, and Noto Sans has a glyph for it. */
export const UNPRINTABLE_MARK = "\uFFFD";

/** Characters that steer layout and have no shape: joiners, variation selectors, soft hyphens, direction marks. */
const SHAPELESS = /\p{Default_Ignorable_Code_Point}/gu;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Text as the font can show it; pdfmake has no second font to fall back to, and drops what has no glyph.
 *
 * Each character that a reader sees as one (an emoji with its modifiers, a letter with its accents) either has its
 * glyphs, or is replaced by its plain form (full-width `Ａ` by `A`, `㎏` by `kg`), or by one visible mark. So the number
 * of characters stays, and nothing vanishes that had a shape. Chinese, Japanese, Korean, Arabic and Hebrew text becomes
 * a row of marks; the order and the mail keep it as it was typed.
 */
export function printableText(text: string, font: Pick<FontMetrics, "hasGlyph">): string {
  const hasGlyphs = (shown: string) =>
    Array.from(shown).every((character) => font.hasGlyph(character.codePointAt(0) ?? 0));
  const shapes = text.normalize("NFC").replaceAll(SHAPELESS, "");
  if (shapes.trim() === "") return UNPRINTABLE_MARK; // a name of fillers and joiners only
  if (hasGlyphs(shapes)) return shapes;
  return Array.from(graphemes.segment(text.normalize("NFC")), ({ segment }) => {
    const shape = segment.replaceAll(SHAPELESS, "");
    const plain = shape.normalize("NFKC");
    return [shape, plain].find(hasGlyphs) ?? UNPRINTABLE_MARK;
  }).join("");
}
