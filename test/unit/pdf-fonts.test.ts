import { describe, expect, test } from "@jest/globals";

import { FALLBACK_TYPEFACES } from "../../shared/pdf/fallback-fonts.ts";
import { readFontMetrics, withLineOf } from "../../shared/pdf/font-metrics.ts";
import { FONT_METRICS, MAIN_TYPEFACE } from "../../shared/pdf/fonts.ts";
import { typeset } from "../../shared/pdf/typeset.ts";

describe("a font's metrics", () => {
  test("know what lies beyond the first 65,536 characters", () => {
    const [emoji] = FALLBACK_TYPEFACES;
    expect(emoji?.metrics.hasGlyph(0x1f382)).toBe(true);
    expect(FONT_METRICS.hasGlyph(0x1f382)).toBe(false);
  });

  test("take a character of another font for as wide as the widest of the fall-back fonts", () => {
    expect(FONT_METRICS.widthOf("🎂", 10)).toBe(18.5);
  });

  test("refuse what is not a font", () => {
    expect(() => readFontMetrics(new Uint8Array(64))).toThrow(new TypeError("The font has no `cmap` table."));
  });

  test("of a fall-back font stand in the line as Noto Sans does, without a change to the font given", () => {
    const original = Uint8Array.from(MAIN_TYPEFACE.regular);
    const same = withLineOf(MAIN_TYPEFACE.regular, MAIN_TYPEFACE.bold);
    expect(Buffer.from(same).equals(original)).toBe(true);
    expect(Buffer.from(MAIN_TYPEFACE.regular).equals(original)).toBe(true);
  });
});

describe("the fonts of a document", () => {
  test("are Noto Sans alone for Latin, Greek and Cyrillic", async () => {
    const { typefaces, view } = await typeset(({ show }) => show("Žofie Ελένη Ольга ₦"));
    expect(typefaces.map(({ family }) => family)).toEqual(["NotoSans"]);
    expect(view).toBe("Žofie Ελένη Ольга ₦");
  });

  test("are all for a text with anything else", async () => {
    const { typefaces, replacedCharacters } = await typeset(({ show }) => show("東 🎂"));
    expect(typefaces).toHaveLength(5);
    expect(replacedCharacters).toBe(1);
  });

  test("money keeps to Noto Sans, whose widths the columns are made by", async () => {
    const { view } = await typeset(({ show, canShow }) => [show("🎂"), canShow("€1"), canShow("฿1")]);
    expect(view).toEqual(["🎂", true, false]);
  });
});
