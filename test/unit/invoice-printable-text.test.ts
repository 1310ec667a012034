import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { FALLBACK_TYPEFACES } from "../../shared/pdf/fallback-fonts.ts";
import { FONT_METRICS, MAIN_TYPEFACE } from "../../shared/pdf/fonts.ts";
import { printableText, textRuns, UNPRINTABLE_MARK } from "../../shared/pdf/printable-text.ts";

const ALL_TYPEFACES = [MAIN_TYPEFACE, ...FALLBACK_TYPEFACES];
const printable = (text: string) => printableText(text, [MAIN_TYPEFACE]).text;
const hasGlyph = (character: string) =>
  ALL_TYPEFACES.some(({ metrics }) => metrics.hasGlyph(character.codePointAt(0) ?? 0));

describe("text in Noto Sans alone", () => {
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

  test("the mark itself has a glyph", () => {
    expect(FONT_METRICS.hasGlyph(UNPRINTABLE_MARK.codePointAt(0) ?? 0)).toBe(true);
  });

  test("the font's digits are all equally wide, so that columns of numbers line up", () => {
    const widths = new Set(Array.from("0123456789", (digit) => FONT_METRICS.widthOf(digit, 10)));
    expect([...widths]).toEqual([5.72]);
  });
});

describe("text with fall-back fonts", () => {
  const withFallbacks = (text: string) => printableText(text, ALL_TYPEFACES);

  test.each([
    ["an emoji keeps its joiners, by which its font draws one picture", "👩‍🎨", "👩‍🎨", 0],
    ["so do flags and keycaps", "🇳🇱1️⃣", "🇳🇱1️⃣", 0],
    ["symbols and mathematics are shown", "★✓①∑√≥∅→", "★✓①∑√≥∅→", 0],
    ["each shape of a cluster that no font has whole is shown", "x\u20DD", "x\u20DD", 0],
    ["full-width letters become plain ones", "Ａ㎏", "Akg", 0],
    ["Arabic and Hebrew are marks, though a font has some letters as signs", "ا بש", "� ��", 3],
    ["Chinese, Japanese, Korean and a lone surrogate are marks", "東あ한\uD800", "����", 4],
    ["a mark that somebody typed is not counted", "\uFFFD", "\uFFFD", 0],
    ["overrides and marks of direction go", "a\u202Eb\u2066c", "abc", 0],
  ])("%s", (_what, text, shown, replaced) => {
    expect(withFallbacks(text)).toMatchObject({ text: shown, replaced });
  });

  test("every character of any result has a glyph, and none is lost", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const { text: shown } = withFallbacks(text);
        expect(Array.from(shown).filter((character) => !hasGlyph(character))).toEqual([]);
        expect(shown.length).toBeGreaterThan(0);
        const inRuns = textRuns(shown, ALL_TYPEFACES).map((run) => run.text);
        expect(inRuns.join("").replaceAll("\u200B", "")).toBe(shown.replaceAll("\u200B", ""));
      }),
    );
  });

  test("a text is parted where the font changes, and nowhere else", () => {
    expect(textRuns("Ada 👩‍🎨🎂 ∑ b", ALL_TYPEFACES)).toEqual([
      { text: "Ada ", family: "NotoSans" },
      { text: "👩‍🎨🎂", family: "NotoEmoji" },
      { text: " ", family: "NotoSans" },
      { text: "∑", family: "NotoSansMath" },
      { text: " b", family: "NotoSans" },
    ]);
  });

  test("a word of more than ten characters may break where its font changes", () => {
    expect(textRuns("a∑".repeat(5), ALL_TYPEFACES).map((run) => run.text)).not.toContain("\u200B");
    expect(textRuns("abcdefghi∑★", ALL_TYPEFACES)).toEqual([
      { text: "abcdefghi\u200B", family: "NotoSans" },
      { text: "∑", family: "NotoSansMath" },
      { text: "\u200B", family: "NotoSans" },
      { text: "★", family: "NotoSansSymbols2" },
    ]);
  });

  test("a word over 500 characters gets soft breaks, which Noto Sans draws as nothing", () => {
    const { text } = withFallbacks("x".repeat(501));
    expect(text.split("\u200B").map((piece) => piece.length)).toEqual([100, 100, 100, 100, 100, 1]);
    expect(FONT_METRICS.widthOf("\u200B", 10)).toBe(0);
  });
});
