import { describe, expect, it } from "@jest/globals";

import { newGiftCardCode, readGiftCardCode } from "../../shared/records/gift-card-code.ts";

describe("a gift card's code", () => {
  it("is sixteen of 32 letters and digits in groups of four, without look-alikes", () => {
    for (let each = 0; each < 1_000; each += 1) {
      expect(newGiftCardCode()).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    }
  });

  it("uses each character in each place about equally often", () => {
    const codes = Array.from({ length: 6_400 }, () => newGiftCardCode());
    for (const place of [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18]) {
      const counts = new Map<string, number>();
      for (const code of codes) counts.set(code.charAt(place), (counts.get(code.charAt(place)) ?? 0) + 1);
      expect(counts.size).toBe(32);
      // 200 each are expected; eight standard deviations are 112.
      for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(112);
    }
    expect(new Set(codes).size).toBe(6_400);
  });

  it.each([
    ["as printed", "K7QW-3M9X-PD2F-H610"],
    ["in small letters", "k7qw-3m9x-pd2f-h610"],
    ["without dashes", "K7QW3M9XPD2FH610"],
    ["with blanks", "  K7QW 3M9X PD2F H610\n"],
    ["with other dashes", "K7QW–3M9X—PD2F‑H610"],
    ["with O for 0 and I for 1", "K7QW-3M9X-PD2F-H6IO"],
    ["with o for 0 and l for 1", "k7qw-3m9x-pd2f-h6lo"],
    ["in full-width letters", "Ｋ７ＱＷ-3M9X-PD2F-H610"],
  ])("typed %s is read as printed", (_, text) => {
    expect(readGiftCardCode(text)).toBe("K7QW-3M9X-PD2F-H610");
  });

  it.each(["", "K7QW-3M9X-PD2F-H61", "K7QW-3M9X-PD2F-H6100", "K7QW-3M9X-PD2F-H61U", "🎁".repeat(16), "0".repeat(1e6)])(
    "is not %.40j",
    (text) => {
      expect(readGiftCardCode(text)).toBeUndefined();
    },
  );
});
