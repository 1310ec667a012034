// Imported as bytes so that the bundle carries its fonts: no file is read, and no path has to be right, on Lambda.
// Code that imports this runs from an esbuild bundle (`loader: { ".ttf": "binary" }`) or under Jest, never under tsx.
import regularBytes from "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf";
import boldBytes from "@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf";

import { type FontMetrics, readFontMetrics } from "./font-metrics.ts";

/** A family of fonts as pdfmake is told of it, with what a layout has to know beforehand. */
export interface Typeface {
  readonly family: string;
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
  readonly metrics: Pick<FontMetrics, "hasGlyph">;
}

/** Both weights cover the same characters; bold is the wider one, so that what fits in bold fits in either. */
export const FONT_METRICS = readFontMetrics(boldBytes);

/** Noto Sans (SIL Open Font License): Latin, Greek and Cyrillic with all currency signs but the Thai baht's. */
export const MAIN_TYPEFACE: Typeface = {
  family: "NotoSans",
  regular: regularBytes,
  bold: boldBytes,
  metrics: FONT_METRICS,
};

/** Points that a column needs so that none of these texts wraps; a point more, because layout engines round. */
export function widthOfWidest(texts: readonly string[], fontSizePoints: number): number {
  return Math.ceil(Math.max(...texts.map((text) => FONT_METRICS.widthOf(text, fontSizePoints)))) + 1;
}
