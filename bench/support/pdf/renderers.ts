import { openBrowser } from "../../../local/browser.ts";
import { invoiceView } from "../../../shared/billing/invoice-view.ts";
import { dayInstant } from "../../../shared/billing/locale-format.ts";
import { exampleSeller } from "../../../shared/contracts/seller.ts";
import { renderInvoicePdf } from "../../../shared/pdf/render-invoice-pdf.ts";
import { anInvoice, invoiceLines } from "../../../test/support/invoice-factory.ts";
import { drawWithPdfkit } from "./draw-with-pdfkit.ts";
import { emptyPage, invoiceHtml } from "./invoice-html.ts";

export interface Renderer {
  readonly name: string;
  readonly render: () => Promise<Uint8Array>;
  /** Whether another process does the work. */
  readonly isOutside: boolean;
}

/**
 * Ours, pdfkit's and Chromium's, in this order, for the same invoice. Ours alone also has to make the texts out of the order:
 * the other two are given them.
 */
export async function openRenderers({ lines }: { readonly lines: number }) {
  const invoice = anInvoice({ invoiceDetails: { lines: invoiceLines(lines) } });
  const seller = exampleSeller;
  const view = invoiceView({ invoice, seller });
  const drawing = { accentColour: seller.accentColour, created: dayInstant(invoice.invoiceDetails.issuedOn) };
  const html = invoiceHtml(view);
  const browser = await openBrowser();
  const page = await browser.newPage();
  await page.setContent(emptyPage());
  const renderers: readonly Renderer[] = [
    {
      name: "renderInvoicePdf",
      isOutside: false,
      render: async () => (await renderInvoicePdf({ invoice, seller })).pdf,
    },
    { name: "pdfkit alone", isOutside: false, render: async () => drawWithPdfkit(view, drawing) },
    {
      name: "Chromium",
      isOutside: true,
      render: async () => {
        await page.locator("body").evaluate((body, inner) => {
          body.innerHTML = inner;
        }, html);
        return page.pdf({ preferCSSPageSize: true });
      },
    },
  ];
  return { renderers, [Symbol.asyncDispose]: () => browser.close() };
}
