import { describe, expect, test } from "@jest/globals";

import { documentLocale } from "../../shared/billing/document-locale.ts";
import { postalLines } from "../../shared/billing/postal-lines.ts";
import { exampleSeller, sellerSettings } from "../../shared/contracts/seller.ts";

const withSeller = (overrides: object) => sellerSettings.safeParse({ ...exampleSeller, ...overrides });

describe("seller settings", () => {
  test("the example is valid, and is what a second parse gives", () => {
    expect(sellerSettings.parse(exampleSeller)).toEqual(exampleSeller);
    expect(exampleSeller.id).toBe("main");
  });

  test("an IBAN is stored without spaces, and one with a wrong digit is refused", () => {
    expect(withSeller({ iban: "NL91 ABNA 0417 1643 00" }).data?.iban).toBe("NL91ABNA0417164300");
    expect(withSeller({ iban: "NL91 ABNA 0417 1643 01" }).success).toBe(false);
  });

  test.each([
    ["a colour by name", { accentColour: "red" }],
    ["a number prefix with a slash, which would be a folder in the bucket", { invoice: { numberPrefix: "INV/" } }],
    ["a website without TLS", { website: "http://studio.example.com" }],
    ["a time zone that does not exist", { timeZone: "Europe/Atlantis" }],
    [
      "a sender's name with a line break",
      { email: { support: "a@b.example", from: { name: "A\r\nBcc: x@y.example", address: "a@b.example" } } },
    ],
  ])("refuses %s", (_what, overrides) => {
    expect(withSeller(overrides).success).toBe(false);
  });
});

describe("the language of a document", () => {
  test.each([
    ["de-AT", "Rechnung", "de-AT", "de-AT"],
    ["sv-SE", "Invoice", "en-SE", "sv-SE"],
    ["ja-JP", "Invoice", "en-JP", "en-JP"],
    ["ar", "Invoice", "en-EG", "en-EG"],
    ["el-GR", "Invoice", "en-GR", "el-GR"],
    ["en", "Invoice", "en", "en"],
  ])("for %s is titled %s, words by %s and numbers by %s", (tag, title, text, numbers) => {
    const locale = documentLocale(tag);
    expect(locale.labels.invoice).toBe(title);
    expect(locale).toMatchObject({ text, numbers });
  });

  test("a tag that names a property of objects is no language", () => {
    expect(documentLocale("tostring").labels.invoice).toBe("Invoice");
  });
});

describe("postal addresses", () => {
  test("put the postal code where the country puts it, and name the country in the reader's language", () => {
    const address = { line1: "Hauptstr. 1", postalCode: "10115", city: "Berlin", country: "DE" };
    expect(postalLines(address, "fr")).toEqual(["Hauptstr. 1", "10115 Berlin", "Allemagne"]);
    expect(
      postalLines({ line1: "1 Main St", city: "Austin", region: "TX", postalCode: "73301", country: "US" }, "en"),
    ).toEqual(["1 Main St", "Austin, TX 73301", "United States"]);
  });

  test("keep a country code that has no name", () => {
    expect(postalLines({ line1: "x", city: "y", country: "QQ" }, "en").at(-1)).toBe("QQ");
  });
});
