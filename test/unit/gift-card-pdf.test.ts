import { describe, expect, test } from "@jest/globals";

import { exampleSeller, type SellerSettings } from "../../shared/contracts/seller.ts";
import { renderGiftCardPdf } from "../../shared/pdf/render-gift-card-pdf.ts";
import { aGiftCard, type GiftCardOverrides } from "../support/gift-card-factory.ts";
import { readPdf } from "../support/pdf-reader.ts";
import { pngImage } from "../support/png-image.ts";

async function rendered(overrides: GiftCardOverrides = {}, settings: SellerSettings = exampleSeller) {
  const { pdf, ...facts } = await renderGiftCardPdf({ card: aGiftCard(overrides), settings });
  return { ...(await readPdf(pdf)), ...facts };
}

/** A4's width less the margin, and a point for rounding. */
const RIGHT_MARGIN_POINTS = 595.28 - 48 + 1;

const LATIN = "Zum Geburtstag wünsche ich dir von Herzen alles Gute, Gesundheit und viel Freude. ";
const GREEK = "Χρόνια πολλά και ό,τι καλύτερο εύχομαι για τη νέα σου χρονιά, με υγεία και χαρά. ";
const CYRILLIC = "Поздравляю тебя с днём рождения и желаю здоровья, счастья и долгих лет жизни. ";

describe("what stands on a gift card", () => {
  test("names amount, giver, receiver, code, last day and seller with address and support", async () => {
    const { pages, title, author } = await rendered();
    expect(pages).toHaveLength(1);
    for (const text of [
      "Gift card",
      "€100.00",
      "For Ada Lovelace",
      "From Bob Giver",
      "Happy birthday, dear Ada! Choose something that makes you smile. Love, Bob",
      "K7QW-3M9X-PD2F-H6TZ",
      "Valid until 22 November 2028",
      "when you pay at Studio Example.",
      "Studio Example · Keizersgracht 1 · 1015 CJ Amsterdam · Netherlands",
      "Questions? Write to support@studio.example.com · studio.example.com",
    ]) {
      expect(pages[0]).toContain(text);
    }
    expect(title).toBe("Gift card €100.00");
    expect(author).toBe("Studio Example");
  });

  test("without a message the card stands alone, and without a website only the address for questions", async () => {
    const { website: _, ...settings } = exampleSeller;
    const { pages } = await rendered({ card: { message: undefined } }, settings);
    expect(pages[0]).toMatch(/Questions\? Write to support@studio\.example\.com Page 1 of 1/);
  });

  test.each([
    ["de-DE", "Gutschein", "100,00 €", "Für Ada", "Gültig bis 22. November 2028"],
    ["fr-FR", "Carte cadeau", "100,00 €", "Pour Ada", "Valable jusqu’au 22 novembre 2028"],
    ["es-ES", "Tarjeta regalo", "100,00 €", "Para Ada", "Válida hasta el 22 de noviembre de 2028"],
    ["it-IT", "Carta regalo", "100,00 €", "Per Ada", "Valida fino al 22 novembre 2028"],
    ["nl-NL", "Cadeaubon", "€ 100,00", "Voor Ada", "Geldig tot en met 22 november 2028"],
    ["sv-SE", "Gift card", "100,00 kr", "For Ada", "Valid until 22 November 2028"],
  ])("in %s it is a %s over %s", async (locale, title, amount, to, validUntil) => {
    const { pages } = await rendered({ locale, currency: locale === "sv-SE" ? "SEK" : "EUR" });
    for (const text of [title, amount, to, validUntil]) expect(pages[0]).toContain(text);
  });

  test("neither the file's title nor its other facts give the code away", async () => {
    const { pdf } = await renderGiftCardPdf({ card: aGiftCard(), settings: exampleSeller });
    expect(Buffer.from(pdf).toString("latin1")).not.toContain("K7QW");
  });

  test("the largest amount keeps to the card", async () => {
    const { pages, rightmostPoints } = await rendered({ amount: 1_000_000_000_000, currency: "KWD" });
    expect(pages[0]).toContain("KWD 1,000,000,000.000");
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });
});

describe("the message", () => {
  test("2,000 characters in Latin, Greek and Cyrillic fit on the card's page, in order", async () => {
    const message = [LATIN.repeat(8), GREEK.repeat(8), CYRILLIC.repeat(9)].map((text) => text.trim()).join("\n\n");
    const { pages, rightmostPoints, replacedCharacters } = await rendered({
      card: { message: message.slice(0, 2_000) },
    });
    expect(pages).toHaveLength(1);
    expect(pages[0]).toContain(message.slice(0, 2_000).replaceAll(/\s+/g, " ").trim());
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
    expect(replacedCharacters).toBe(0);
  });

  test("as many lines as it may have go on to further pages, each with the seller and a number", async () => {
    const { pages } = await rendered({ card: { message: `${"a\n".repeat(998)}end` } });
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.join(" ").match(/\ba\b/g)).toHaveLength(998);
    expect(pages.at(-1)).toContain("end");
    for (const [index, page] of pages.slice(1).entries()) {
      expect(page).toContain("Studio Example Gift card Studio Example ·");
      expect(page).toContain(`Page ${index + 2} of ${pages.length}`);
    }
  });

  test("a tab is room, a blank line is a blank line, and neither is an unknown character", async () => {
    const { pages, replacedCharacters } = await rendered({ card: { message: "one\ttwo\n\n\nthree" } });
    expect(pages[0]).toContain("one two three");
    expect(replacedCharacters).toBe(0);
  });
});

describe("hostile text on a gift card", () => {
  test("the longest words break at the margin and none of their letters is lost", async () => {
    const { pages, rightmostPoints } = await rendered(
      {
        card: {
          senderName: "S".repeat(100),
          recipient: { name: "W".repeat(100), email: "a@example.com" },
          message: "x".repeat(2_000),
        },
      },
      { ...exampleSeller, name: "N".repeat(200) },
    );
    const text = pages.join("").replaceAll(/[\s\u200B]/g, "");
    expect(text).toContain("S".repeat(100));
    expect(text).toContain("W".repeat(100));
    expect(text.match(/x+/g)?.join("").length).toBeGreaterThanOrEqual(2_000);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("a word whose every letter is of another font breaks at the margin too", async () => {
    const { pages, rightmostPoints } = await rendered({
      card: { senderName: "a∑".repeat(50), message: "a∑★🎂".repeat(400) },
    });
    expect(pages.join("").match(/∑/g)).toHaveLength(450);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("markup, template syntax and direction overrides are only text", async () => {
    const { pages } = await rendered({ card: { senderName: "<b>{{code}}</b> ${1} \u202Egnp.exe" } });
    expect(pages[0]).toContain("From <b>{{code}}</b> ${1} gnp.exe");
  });

  test("what no font has is a mark that is counted and explained; what a fall-back font has is shown", async () => {
    const { pages, replacedCharacters } = await rendered({ card: { message: "👩‍🎨 ✓ 東京 שלום \uD800" } });
    expect(pages[0]).toContain("👩‍🎨 ✓ �� ���� �");
    expect(pages[0]).toContain("� stands for a character that this document cannot show.");
    expect(replacedCharacters).toBe(7);
  });
});

describe("the file of a gift card", () => {
  test("the same card gives the same bytes, with a logo and fall-back fonts too", async () => {
    const logo = { bytes: pngImage() };
    const input = { card: aGiftCard({ card: { message: "🎂 for you" } }), settings: exampleSeller, logo };
    const [first, second] = [await renderGiftCardPdf(input), await renderGiftCardPdf(input)];
    expect(Buffer.from(first.pdf).equals(second.pdf)).toBe(true);
  });

  test("a logo stands in place of the name", async () => {
    const card = aGiftCard();
    const named = await readPdf((await renderGiftCardPdf({ card, settings: exampleSeller })).pdf);
    const { pdf, logoProblem } = await renderGiftCardPdf({
      card,
      settings: exampleSeller,
      logo: { bytes: pngImage() },
    });
    const marked = await readPdf(pdf);
    expect(logoProblem).toBeUndefined();
    expect([named.images, marked.images]).toEqual([0, 1]);
    expect(named.pages[0]).toMatch(/^Studio Example Gift card/);
    expect(marked.pages[0]).toMatch(/^Gift card/);
  });
});
