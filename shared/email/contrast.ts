/** Text on a coloured ground: white or this, whichever is easier to read. */
const INK = "#111827";
const WHITE = "#FFFFFF";

/** The colour of text on a ground of any colour: at least 4.2 : 1, for one of two opposites always contrasts. */
export function textColourOn(ground: string): string {
  return contrastRatio(ground, WHITE) >= contrastRatio(ground, INK) ? WHITE : INK;
}

/** From 1 (the same) to 21 (black on white). Source: WCAG 2.2, "contrast ratio". @param a, b colours such as `#1D4ED8`. */
export function contrastRatio(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** sRGB's transfer function. */
function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
