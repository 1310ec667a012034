// Imported as bytes so that the bundle carries its fonts: no file is read, and no path has to be right, on Lambda.
// Code that imports this runs from an esbuild bundle (`loader: { ".ttf": "binary" }`) or under Jest, never under tsx.
import regularBytes from "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf";
import boldBytes from "@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf";

import { readFontMetrics } from "./font-metrics.ts";

/** Noto Sans (SIL Open Font License): Latin, Greek and Cyrillic with all currency signs but the Thai baht's. */
export const FONT_FILES = {
  regular: { name: "NotoSans-Regular.ttf", bytes: regularBytes },
  bold: { name: "NotoSans-Bold.ttf", bytes: boldBytes },
} as const;

/** Both weights cover the same characters; bold is the wider one, so that what fits in bold fits in either. */
export const FONT_METRICS = readFontMetrics(boldBytes);

/** Points that a column needs so that none of these texts wraps; a point more, because layout engines round. */
export function widthOfWidest(texts: readonly string[], fontSizePoints: number): number {
  return Math.ceil(Math.max(...texts.map((text) => FONT_METRICS.widthOf(text, fontSizePoints)))) + 1;
}
