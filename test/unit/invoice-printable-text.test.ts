import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { FONT_METRICS } from "../../shared/pdf/fonts.ts";
import { printableText, UNPRINTABLE_MARK } from "../../shared/pdf/printable-text.ts";

const printable = (text: string) => printableText(text, FONT_METRICS);

describe("printable text", () => {
  test.each([
    ["Latin, Greek and Cyrillic stay", "Žluťoučký Ωμέγα Київ", "Žluťoučký Ωμέγα Київ"],
    ["an accent apart from its letter is joined to it", "Zoe\u0308", "Zo\u00EB"],
    ["full-width letters become plain ones", "ＡＢＣ㎏", "ABCkg"],
    ["Chinese becomes marks, one for one", "东京 1", "�� 1"],
    ["an emoji of several code points is one mark", "👩‍👩‍👧 👍🏽", "� �"],
    ["direction marks and soft hyphens have no shape to lose", "a\u202Eb\u00ADc\uFEFF", "abc"],
    ["text of nothing but fillers is a mark", "\u3164\u200D", "�"],
  ])("%s", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("every character of any result has a glyph, and none is lost", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const shown = printable(text);
        for (const character of shown) expect(FONT_METRICS.hasGlyph(character.codePointAt(0) ?? 0)).toBe(true);
        expect(shown.length).toBeGreaterThan(0);
      }),
    );
  });

  test("the mark itself has a glyph", () => {
    expect(FONT_METRICS.hasGlyph(UNPRINTABLE_MARK.codePointAt(0) ?? 0)).toBe(true);
  });

  test("the font's digits are all equally wide, so that columns of numbers line up", () => {
    const widths = new Set(Array.from("0123456789", (digit) => FONT_METRICS.widthOf(digit, 10)));
    expect([...widths]).toEqual([5.72]);
  });
});
