// Loaded by `import()`, and only for a document that has a character which Noto Sans lacks: until then these fonts are text
// in the bundle that nobody has decoded.
import emojiBytes from "@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf";
import symbolsBytes from "@expo-google-fonts/noto-sans-symbols/400Regular/NotoSansSymbols_400Regular.ttf";
import moreSymbolsBytes from "@expo-google-fonts/noto-sans-symbols-2/400Regular/NotoSansSymbols2_400Regular.ttf";
import mathBytes from "@expo-google-fonts/noto-sans-math/400Regular/NotoSansMath_400Regular.ttf";

import { readFontMetrics, withLineOf } from "./font-metrics.ts";
import { MAIN_TYPEFACE, type Typeface } from "./fonts.ts";

/** In the order in which they are asked: emoji in their usual look, then symbols, then mathematics. */
export const FALLBACK_TYPEFACES: readonly Typeface[] = [
  typeface("NotoEmoji", emojiBytes),
  typeface("NotoSansSymbols", symbolsBytes),
  typeface("NotoSansSymbols2", moreSymbolsBytes),
  typeface("NotoSansMath", mathBytes),
];

/** One weight for both: a bold emoji is the emoji. */
function typeface(family: string, bytes: Uint8Array): Typeface {
  // A symbol must not push the lines of a paragraph apart, or its footer out of its place.
  const inLine = withLineOf(bytes, MAIN_TYPEFACE.regular);
  return { family, regular: inLine, bold: inLine, metrics: readFontMetrics(inLine) };
}
