import { expect, test } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import { renderGiftCardPdf } from "../../shared/pdf/render-gift-card-pdf.ts";
import { renderInvoicePdf } from "../../shared/pdf/render-invoice-pdf.ts";
import { aGiftCard, type GiftCardOverrides } from "../support/gift-card-factory.ts";
import { anInvoice, invoiceLines, type InvoiceOverrides } from "../support/invoice-factory.ts";
import { describeWith, runOnPdf, scanFirstPage } from "../support/pdf-programs.ts";
import { pngImage } from "../support/png-image.ts";

const seller = exampleSeller;
const logo = { bytes: pngImage() };
const HOSTILE =
  "<b>{{x}}</b> ${1} %PDF (endobj) <</JS (x)>> \u202Egnp.exe 👩‍🎨🇳🇱1️⃣ ∑ ★ ① 𝓗 \uD800 株 שלום Ẽ\u0301\u0323 " +
  "W".repeat(30);

const invoicePdf = async (overrides: InvoiceOverrides = {}) =>
  (await renderInvoicePdf({ invoice: anInvoice(overrides), seller, logo })).pdf;
const giftCardPdf = async (overrides: GiftCardOverrides = {}) =>
  (await renderGiftCardPdf({ card: aGiftCard(overrides), settings: seller, logo })).pdf;

const documents: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
  ["an invoice", () => invoicePdf()],
  ["an invoice of 300 lines", () => invoicePdf({ invoiceDetails: { lines: invoiceLines(300) } })],
  ["an invoice of hostile text", () => invoicePdf({ userInfo: { name: HOSTILE }, paymentReference: HOSTILE })],
  ["a gift card", () => giftCardPdf()],
  [
    "a gift card of hostile text",
    () => giftCardPdf({ card: { senderName: HOSTILE.slice(0, 100), message: HOSTILE.repeat(10) } }),
  ],
];

describeWith(["pdfinfo", "pdftotext", "qpdf"], "pdfinfo, pdftotext and qpdf", () => {
  test.each(documents)("open %s without a warning", async (_what, render) => {
    const pdf = await render();
    expect(runOnPdf("qpdf", pdf, ["--check", "file.pdf"])).toMatchObject({
      exitCode: 0,
      warnings: "",
      output: expect.stringContaining("No syntax or stream encoding errors found"),
    });
    expect(runOnPdf("pdfinfo", pdf, ["file.pdf"])).toMatchObject({ exitCode: 0, warnings: "" });
    expect(runOnPdf("pdftotext", pdf, ["file.pdf", "-"])).toMatchObject({ exitCode: 0, warnings: "" });
  });

  test("read all of 300 lines, in order, from 12 pages", async () => {
    const pdf = await invoicePdf({ invoiceDetails: { lines: invoiceLines(300) } });
    expect(runOnPdf("pdfinfo", pdf, ["file.pdf"]).output).toMatch(/^Pages: +12$/m);
    const { output } = runOnPdf("pdftotext", pdf, ["-layout", "file.pdf", "-"]);
    expect(output.match(/Article number \d+/g)).toEqual(
      Array.from({ length: 300 }, (_, index) => `Article number ${index + 1}`),
    );
  });

  test("read a gift card's code in one piece", async () => {
    const { output } = runOnPdf("pdftotext", await giftCardPdf(), ["file.pdf", "-"]);
    expect(output).toMatch(/^K7QW-3M9X-PD2F-H6TZ$/m);
  });

  test("read emoji, flags and signs of fall-back fonts", async () => {
    const { output } = runOnPdf("pdftotext", await giftCardPdf({ card: { message: HOSTILE } }), ["file.pdf", "-"]);
    for (const text of ["👩‍🎨", "🇳🇱", "1️⃣", "∑", "★", "①", "𝓗", "gnp.exe", "<b>{{x}}</b>"]) {
      expect(output).toContain(text);
    }
  });
});

describeWith(["pdftoppm", "zbarimg"], "a scanner", () => {
  test.each([
    ["a short message", "Happy birthday!"],
    ["a long one", "long ".repeat(400)],
  ])("reads the code of a gift card with %s from the page", async (_what, message) => {
    expect(scanFirstPage(await giftCardPdf({ card: { message } }))).toBe("K7QW-3M9X-PD2F-H6TZ");
  });
});
