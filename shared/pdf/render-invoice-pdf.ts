import { type InvoiceDocumentInput, invoiceView } from "../billing/invoice-view.ts";
import { FONT_METRICS } from "./fonts.ts";
import { invoiceDocument, LAST_LINE_ID, SUMMARY_ID } from "./invoice-document.ts";
import { printPdf } from "./pdf-printer.ts";
import { printableText, UNPRINTABLE_MARK } from "./printable-text.ts";

/** How many of the last lines go with totals that would otherwise stand on a page of their own. */
const LINES_WITH_LONE_SUMMARY = 2;

/**
 * An invoice as PDF, A4, in the buyer's language.
 *
 * The same input gives the same bytes: a job that runs again stores the same file. Characters that the font lacks are
 * shown as `UNPRINTABLE_MARK` and explained on the last page; nothing that was typed disappears. Reads no file and no
 * URL.
 *
 * @throws AmountTooLargeError when the lines add up to more than can be counted exactly.
 */
export async function renderInvoicePdf({ invoice, seller }: InvoiceDocumentInput): Promise<Uint8Array> {
  let hasUnprintable = false;
  const view = invoiceView({ invoice, seller }, (text) => {
    const printable = printableText(text, FONT_METRICS);
    hasUnprintable ||= printable.includes(UNPRINTABLE_MARK);
    return printable;
  });
  const { issuedOn } = invoice.invoiceDetails;
  const options = { issuedOn, accentColour: seller.accentColour, hasUnprintable };
  const print = async (linesWithSummary: number) => {
    const pages = new Map<string, number>();
    const definition = invoiceDocument(view, { ...options, linesWithSummary });
    const pdf = await printPdf({ ...definition, pageBreakBefore: notePages(pages) });
    return { pdf, isSummaryAlone: pages.get(SUMMARY_ID) !== pages.get(LAST_LINE_ID) };
  };
  const first = await print(0);
  const linesToMove = Math.min(LINES_WITH_LONE_SUMMARY, view.lines.length - 1);
  return first.isSummaryAlone && linesToMove > 0 ? (await print(linesToMove)).pdf : first.pdf;
}

/** A `pageBreakBefore` callback that breaks no page: it is the one place where pdfmake tells where things came to lie. */
function notePages(pages: Map<string, number>) {
  return ({ id, pageNumbers }: { readonly id?: string | undefined; readonly pageNumbers: readonly number[] }) => {
    const [page] = pageNumbers;
    if (id !== undefined && page !== undefined) pages.set(id, page);
    return false;
  };
}
