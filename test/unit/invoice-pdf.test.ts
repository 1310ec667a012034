import { describe, expect, test } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import { renderInvoicePdf } from "../../shared/pdf/render-invoice-pdf.ts";
import { anInvoice, invoiceLines, type InvoiceOverrides } from "../support/invoice-factory.ts";
import { readPdf } from "../support/pdf-reader.ts";

async function printed(overrides: InvoiceOverrides = {}, seller = exampleSeller) {
  const { pdf, ...facts } = await renderInvoicePdf({ invoice: anInvoice(overrides), seller });
  return { ...(await readPdf(pdf)), ...facts };
}

/** A4's width less the margin, and a point for rounding. */
const RIGHT_MARGIN_POINTS = 595.28 - 48 + 1;

const linesOn = (page: string) => page.match(/Article number \d+/g) ?? [];

describe("what stands on an invoice", () => {
  test("names seller, buyer with VAT id, number, date, order and payment reference", async () => {
    const { pages } = await printed();
    expect(pages).toHaveLength(1);
    for (const text of [
      "Studio Example",
      "Keizersgracht 1",
      "1015 CJ Amsterdam",
      "VAT ID NL000000000B00",
      "Ada Buyer",
      "London SW1A 1AA",
      "United Kingdom",
      "VAT ID GB123456789",
      "INV-2026-000042",
      "22 November 2026",
      "order_1",
      "pi_3PqBackline0001",
      "Page 1 of 1",
    ]) {
      expect(pages[0]).toContain(text);
    }
  });

  test("shows each line with quantity, unit price, VAT rate and amount, then VAT by rate and totals", async () => {
    const { pages } = await printed();
    expect(pages[0]).toMatch(/Oil painting, 40 × 60 cm 1 €100\.00 21% €100\.00/);
    expect(pages[0]).toMatch(/Exhibition catalogue 2 €12\.50 9% €25\.00/);
    expect(pages[0]).toMatch(/21% €100\.00 €21\.00 €121\.00/);
    expect(pages[0]).toMatch(/9% €25\.00 €2\.25 €27\.25/);
    expect(pages[0]).toMatch(/Total excl\. VAT €125\.00 VAT €23\.25 Total €148\.25 Amount paid €148\.25/);
    expect(pages[0]).toContain("Paid on 22 November 2026");
    expect(pages[0]).not.toContain("Balance");
  });

  test("says that prices include VAT when they do, and takes the VAT out of them", async () => {
    const lines = [{ description: "Print", quantity: 1, unitPrice: 12_100, vatRate: 21 }];
    const { pages } = await printed({ invoiceDetails: { pricesIncludeVat: true, lines } });
    expect(pages[0]).toContain("incl. VAT");
    expect(pages[0]).toMatch(/Total excl\. VAT €100\.00 VAT €21\.00 Total €121\.00/);
  });

  test("shows the balance when the payment is not the invoice's total", async () => {
    const { pages } = await printed({ amount: 10_000 });
    expect(pages[0]).toMatch(/Amount paid €100\.00 Balance €48\.25/);
    expect(pages[0]).not.toContain("Paid on");
  });

  test("prints the seller's small print, register number and grouped IBAN on the page", async () => {
    const { pages } = await printed(
      {},
      {
        ...exampleSeller,
        registrationNumber: "12345678",
        iban: "NL91ABNA0417164300",
        invoice: { numberPrefix: "INV-", footerText: "Exempt from art charges." },
      },
    );
    expect(pages[0]).toContain("Exempt from art charges.");
    expect(pages[0]).toContain("Company no. 12345678");
    expect(pages[0]).toContain("IBAN NL91 ABNA 0417 1643 00");
  });
});

describe("language and currency", () => {
  test.each([
    ["de-DE", "Rechnung", "22. November 2026", "148,25 €", "Seite 1 von 1"],
    ["fr-FR", "Facture", "22 novembre 2026", "148,25 €", "Page 1 sur 1"],
    ["es-ES", "Factura", "22 de noviembre de 2026", "148,25 €", "Página 1 de 1"],
    ["it-IT", "Fattura", "22 novembre 2026", "148,25 €", "Pagina 1 di 1"],
    ["nl-NL", "Factuur", "22 november 2026", "€ 148,25", "Pagina 1 van 1"],
    ["pt-PT", "Invoice", "22 November 2026", "148,25 €", "Page 1 of 1"],
  ])("a buyer whose locale is %s reads %s, dated %s, over %s", async (locale, title, date, total, page) => {
    const contents = await printed({ invoiceDetails: { locale } });
    for (const text of [title, date, total, page]) expect(contents.pages[0]).toContain(text);
  });

  test("yen have no decimals", async () => {
    const lines = [{ description: "Print", quantity: 3, unitPrice: 1_250, vatRate: 10 }];
    const { pages } = await printed({ invoiceDetails: { currency: "JPY", locale: "ja-JP", lines } });
    expect(pages[0]).toMatch(/Print 3 ¥1,250 10% ¥3,750/);
    expect(pages[0]).toMatch(/Total ¥4,125/);
    expect(pages[0]).not.toMatch(/¥[\d,]+\.\d/);
  });

  test("a currency whose sign the font lacks is written by its code", async () => {
    const { pages } = await printed({ invoiceDetails: { currency: "THB", locale: "de-DE" } });
    expect(pages[0]).toContain("148,25 THB");
  });
});

describe("long invoices", () => {
  test("500 lines are all there, once each and in order, with the header row and page number on every page", async () => {
    const { pages } = await printed({ invoiceDetails: { lines: invoiceLines(500) } });
    expect(pages.flatMap(linesOn)).toEqual(Array.from({ length: 500 }, (_, index) => `Article number ${index + 1}`));
    for (const [index, page] of pages.entries()) {
      expect(page).toContain("Description Quantity Unit price excl. VAT VAT Amount excl. VAT");
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    }
    expect(pages.at(-1)).toContain("Total excl. VAT");
  }, 20_000);

  // 9 to 20 lines pass through every way in which the first page can end.
  test.each(Array.from({ length: 12 }, (_, index) => index + 9))(
    "the totals of %i lines never stand on a page without a line",
    async (count) => {
      const { pages } = await printed({ invoiceDetails: { lines: invoiceLines(count) } });
      expect(pages.flatMap(linesOn)).toHaveLength(count);
      const withTotals = pages.filter((page) => page.includes("Total excl. VAT"));
      expect(withTotals).toHaveLength(1);
      expect(linesOn(withTotals[0] ?? "").length).toBeGreaterThan(0);
    },
  );

  test("an invoice with more VAT rates than a page holds still shows its totals and every rate", async () => {
    const lines = Array.from({ length: 99 }, (_, index) => ({
      description: `Article number ${index + 1}`,
      quantity: 1,
      unitPrice: 1_000,
      vatRate: index + 0.25,
    }));
    const text = (await printed({ invoiceDetails: { lines } })).pages.join(" ");
    expect(text).toContain("Total excl. VAT €990.00");
    for (const { vatRate } of lines) expect(text.split(` ${vatRate}% `).length - 1).toBe(2);
  });

  test("amounts as large as the contract allows do not run off the page", async () => {
    const lines = [{ description: "All of it", quantity: 1_000, unitPrice: 1_000_000_000_000, vatRate: 25 }];
    const { pages, rightmostPoints } = await printed({ amount: 0, invoiceDetails: { currency: "KWD", lines } });
    expect(pages[0]).toContain("KWD 1,250,000,000,000.000");
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });
});

describe("hostile text", () => {
  test("the longest words break at the margin and none of their letters is lost", async () => {
    const word = "W".repeat(300);
    const { pages, rightmostPoints } = await printed({
      paymentReference: "p".repeat(255),
      invoiceNumber: "N".repeat(60),
      userInfo: { name: "x".repeat(200) },
      invoiceDetails: { lines: [{ description: word, quantity: 1, unitPrice: 1, vatRate: 0 }] },
    });
    const text = pages.join("").replaceAll(" ", "");
    expect(text).toContain(word);
    expect(text).toContain("p".repeat(255));
    expect(text).toContain("x".repeat(200));
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("a seller whose every field is as long as it may be still has a page number and imprint on every page", async () => {
    const address = { ...exampleSeller.address, line1: "W".repeat(200), line2: "L".repeat(200), city: "M".repeat(100) };
    const invoice = { numberPrefix: "INV-", footerText: `${"small print ".repeat(24)}end of it` };
    const { pages, rightmostPoints } = await printed(
      { invoiceDetails: { lines: invoiceLines(60) } },
      { ...exampleSeller, name: "N".repeat(200), address, invoice },
    );
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(page).toContain("end of it");
    }
    for (const page of pages.slice(1)) expect(page).toMatch(/ N+… Invoice INV-2026-000042 /);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("what no font has is shown as a mark, one for one, counted and explained", async () => {
    const { pages, replacedCharacters } = await printed({ userInfo: { name: "株式会社 Ada \uD800 משה" } });
    expect(pages[0]).toContain("���� Ada � ���");
    expect(pages[0]).toContain("� stands for a character that this document cannot show.");
    expect(replacedCharacters).toBe(8);
  });

  test("what Noto Sans lacks is set in a fall-back font, in content, head and foot", async () => {
    const { pages, replacedCharacters, rightmostPoints } = await printed(
      {
        userInfo: { name: "Ada 👩‍🎨" },
        invoiceDetails: { lines: invoiceLines(30, { description: "Ring ∅ 18 mm ★" }) },
      },
      { ...exampleSeller, name: "Studio ✨" },
    );
    expect(pages[0]).toContain("Ada 👩‍🎨");
    expect(pages[0]).toContain("Ring ∅ 18 mm ★");
    for (const page of pages) expect(page).toMatch(/Studio ✨ · Keizersgracht 1/);
    expect(pages[1]).toContain("Studio ✨ Invoice INV-2026-000042");
    expect(pages.join("")).not.toContain("\uFFFD");
    expect(replacedCharacters).toBe(0);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("a word of many fonts breaks at the end of its column", async () => {
    const lines = invoiceLines(1, { description: "a∑".repeat(150) });
    const { pages, rightmostPoints } = await printed({
      paymentReference: "b★".repeat(100),
      userInfo: { name: "∑c".repeat(100) },
      invoiceDetails: { lines },
    });
    expect(pages.join("").match(/∑/g)).toHaveLength(250);
    expect(pages.join("").match(/★/g)).toHaveLength(100);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test.each([
    ["emoji", "🎂"],
    ["the widest sign", "⨌"],
    ["marks", "株"],
  ])("a seller whose every field is full of %s still has its imprint on every page", async (_what, character) => {
    const address = { ...exampleSeller.address, line1: character.repeat(100), city: character.repeat(50) };
    const seller = { ...exampleSeller, name: character.repeat(100), address };
    const { pages, rightmostPoints } = await printed({ invoiceDetails: { lines: invoiceLines(20) } }, seller);
    for (const page of pages) expect(page).toMatch(/Netherlands · VAT ID NL000000000B00 Page \d of \d/);
    expect(rightmostPoints).toBeLessThan(RIGHT_MARGIN_POINTS);
  });

  test("emoji in every line make the pages no longer", async () => {
    const plain = await printed({ invoiceDetails: { lines: invoiceLines(60, { description: "Vase x" }) } });
    const emoji = await printed({ invoiceDetails: { lines: invoiceLines(60, { description: "Vase 🏺∑①★" }) } });
    expect(emoji.pages).toHaveLength(plain.pages.length);
  });

  test("nothing is explained when every character has its glyph", async () => {
    const { pages } = await printed({ userInfo: { name: "Žofie Ðặng Ελένη Ольга ₦₵₴₹" } });
    expect(pages[0]).toContain("Žofie Ðặng Ελένη Ольга ₦₵₴₹");
    expect(pages[0]).not.toContain("\uFFFD");
  });

  test("text that looks like a URL, a path or a PDF command is only text", async () => {
    const description = "file:///etc/passwd http://169.254.169.254/ (endobj) <</JS (x)>>";
    const lines = [{ description, quantity: 1, unitPrice: 1, vatRate: 0 }];
    const { pages } = await printed({ invoiceDetails: { lines } });
    expect(pages[0]).toContain("file:///etc/passwd http://169.254.169.254/");
    expect(pages[0]).toContain("(endobj) <</JS (x)>>");
  });
});

describe("the file", () => {
  test("carries title, author, language and the day of issue, and embeds its fonts", async () => {
    const contents = await printed({ invoiceDetails: { locale: "de-AT" } });
    expect(contents.title).toBe("Rechnung INV-2026-000042");
    expect(contents.author).toBe("Studio Example");
    expect(contents.language).toBe("de-AT");
    expect(contents.creationDate).toBe("D:20261122000000Z");
    expect(contents.fontNames).toHaveLength(2);
  });

  test("the same invoice gives the same bytes", async () => {
    const input = { invoice: anInvoice({ invoiceDetails: { lines: invoiceLines(40) } }), seller: exampleSeller };
    const [first, second] = [await renderInvoicePdf(input), await renderInvoicePdf(input)];
    expect(Buffer.from(first.pdf).equals(second.pdf)).toBe(true);
  });
});
