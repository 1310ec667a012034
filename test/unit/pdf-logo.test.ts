import { describe, expect, test } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import { renderInvoicePdf } from "../../shared/pdf/render-invoice-pdf.ts";
import { anInvoice } from "../support/invoice-factory.ts";
import { readPdf } from "../support/pdf-reader.ts";
import { pngImage } from "../support/png-image.ts";

/** SOI, then a frame header of 8 bits, 10 × 40 pixels, 3 channels: all that is read of a JPEG before it is embedded. */
const JPEG = [
  0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 10, 0, 40, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xd9,
] as const;
const ENDLESS_SEGMENT = [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff] as const;

async function withLogo(bytes: Uint8Array) {
  const { pdf, logoProblem } = await renderInvoicePdf({
    invoice: anInvoice(),
    seller: exampleSeller,
    logo: { bytes },
  });
  const { images, pages } = await readPdf(pdf);
  return { images, pages, logoProblem };
}

describe("the logo on an invoice", () => {
  test.each([
    ["a PNG with transparency", pngImage()],
    ["a PNG without", pngImage({ colourType: 2 })],
    ["a grey PNG of 16 bits", pngImage({ colourType: 0, depth: 16 })],
    [
      "a PNG with a palette of two colours",
      pngImage({ colourType: 3, depth: 1, extra: [["PLTE", Uint8Array.of(0, 0, 0, 255, 255, 255)]] }),
    ],
    ["a JPEG", Uint8Array.from(JPEG)],
  ])("%s stands above the seller's name", async (_what, bytes) => {
    const { images, pages, logoProblem } = await withLogo(bytes);
    expect(images).toBe(1);
    expect(pages[0]).toContain("Studio Example Keizersgracht 1");
    expect(logoProblem).toBeUndefined();
  });

  test.each([
    ["a text", Buffer.from("<svg/>"), "neither PNG nor JPEG"],
    ["nothing", new Uint8Array(), "neither PNG nor JPEG"],
    ["a PNG that ends early", pngImage().subarray(0, 60), "ends too early"],
    ["a PNG whose rows do not inflate", pngImage({ data: Uint8Array.of(1, 2, 3) }), "is damaged"],
    [
      "a PNG with fewer rows than it says",
      pngImage({ height: 10, data: Buffer.from("eJwDAAAAAAE=", "base64") }),
      "is damaged",
    ],
    [
      "a PNG of enormous size",
      pngImage({ width: 60_000, height: 60_000, data: new Uint8Array() }),
      "more than 4 million pixels",
    ],
    ["a PNG of no size", pngImage({ width: 0 }), "no pixels"],
    ["an interlaced PNG", pngImage({ isInterlaced: true }), "without interlacing"],
    ["a PNG without its palette", pngImage({ colourType: 3 }), "Save it as RGB"],
    ["a JPEG whose segment is longer than the file", Uint8Array.from(ENDLESS_SEGMENT), "ends too early"],
    ["a JPEG of noise", Uint8Array.of(0xff, 0xd8, 1, 2, 3, 4, 5, 6, 7, 8, 9), "is damaged"],
  ])("%s is left out, the invoice is made without it, and the reason says what to do", async (_what, bytes, reason) => {
    const { images, pages, logoProblem } = await withLogo(bytes);
    expect(images).toBe(0);
    expect(pages[0]).toContain("Total excl. VAT");
    expect(logoProblem).toContain(reason);
  });

  test("without one nothing is said about it", async () => {
    expect(await renderInvoicePdf({ invoice: anInvoice(), seller: exampleSeller })).not.toHaveProperty("logoProblem");
  });
});
