import { describe, expect, test } from "@jest/globals";

import { displayData, displayText, shortened } from "../../shared/email/display-text.ts";

describe("text that a person typed", () => {
  test("loses what turns the direction of a line, and keeps what it is written in", () => {
    expect(displayText("photo\u202Egpj.exe \u2067שלום\u2069 \u061Cمرحبا\u200E")).toBe("photogpj.exe שלום مرحبا");
  });

  test("shows a lone surrogate as a replacement, and leaves pairs alone", () => {
    expect(displayText("a\uD83Db\uDE00 😀")).toBe("a\uFFFDb\uFFFD 😀");
  });

  test("keeps emoji sequences together, joiners and all", () => {
    expect(displayText("👩‍👩‍👧‍👦 🏳️‍🌈")).toBe("👩‍👩‍👧‍👦 🏳️‍🌈");
  });

  test("has soft breaks in a word over 500 characters, none in one of 500", () => {
    expect(displayText("a".repeat(500))).toBe("a".repeat(500));
    expect(
      displayText(`x ${"a".repeat(501)} y`)
        .split("\u200B")
        .map(({ length }) => length),
    ).toEqual([102, 100, 100, 100, 100, 3]);
  });

  test("is never broken within a letter", () => {
    const family = "👩‍👩‍👧‍👦"; // 11 UTF-16 units
    const pieces = displayText(family.repeat(60)).split("\u200B");
    expect(pieces.every((piece) => piece.replaceAll(family, "") === "")).toBe(true);
    expect(pieces.length).toBe(7);
  });

  test("of a whole record is mended however deep, except links", () => {
    const url = `https://example.com/${"a".repeat(600)}`;
    const bad = "\u202Ea";
    expect(
      displayData({ name: bad, lines: [{ text: bad, count: 2 }], payUrl: url, action: { url }, at: undefined }),
    ).toEqual({
      name: "a",
      lines: [{ text: "a", count: 2 }],
      payUrl: url,
      action: { url },
      at: undefined,
    });
  });
});

describe("a shortened text", () => {
  test("is one line, and as it was when it fits", () => {
    expect(shortened(" one\r\ntwo\tthree ", 13)).toBe("one two three");
  });

  test("ends in an ellipsis, within the limit, between letters", () => {
    expect(shortened("one two three", 9)).toBe("one two…");
    expect(shortened("😀😀😀", 5)).toBe("😀😀…");
    expect(shortened("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 15)).toBe("👩‍👩‍👧‍👦…");
  });
});
