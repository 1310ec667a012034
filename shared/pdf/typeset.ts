import type { Medium } from "../billing/medium.ts";
import { MAIN_TYPEFACE, type Typeface } from "./fonts.ts";
import { printableText } from "./printable-text.ts";

/** A view whose every text can be set in these typefaces. */
export interface Typeset<View> {
  readonly view: View;
  readonly typefaces: readonly [Typeface, ...Typeface[]];
  /** Characters for which no typeface has a glyph: each is shown as `UNPRINTABLE_MARK`. */
  readonly replacedCharacters: number;
}

/**
 * Builds a view of text that can be printed. The fall-back fonts are loaded when a first building met a character that is
 * not in Noto Sans: most documents need none, and their start does not wait for megabytes of emoji.
 *
 * @param build called once or twice.
 */
export async function typeset<View>(build: (medium: Medium) => View): Promise<Typeset<View>> {
  const plain = setIn([MAIN_TYPEFACE], build);
  if (plain.isPlain) return plain;
  const { FALLBACK_TYPEFACES } = await import("./fallback-fonts.ts");
  return setIn([MAIN_TYPEFACE, ...FALLBACK_TYPEFACES], build);
}

function setIn<View>(
  typefaces: readonly [Typeface, ...Typeface[]],
  build: (medium: Medium) => View,
): Typeset<View> & { readonly isPlain: boolean } {
  let replacedCharacters = 0;
  let isPlain = true;
  const view = build({
    show: (text) => {
      const printable = printableText(text, typefaces);
      replacedCharacters += printable.replaced;
      isPlain &&= printable.isPlain;
      return printable.text;
    },
    // Ours is set in the main typeface, whose widths the layout knows exactly.
    canShow: (text) => printableText(text, [MAIN_TYPEFACE]).text === text,
  });
  return { view, typefaces, replacedCharacters, isPlain };
}
