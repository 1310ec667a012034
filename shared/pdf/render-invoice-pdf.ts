import { type InvoiceDocumentInput, invoiceView } from "../billing/invoice-view.ts";
import { invoiceDocument, LAST_LINE_ID, SUMMARY_ID } from "./invoice-document.ts";
import { printPdf } from "./pdf-printer.ts";
import { type LogoFile, readLogo } from "./seller-logo.ts";
import { typeset } from "./typeset.ts";

/** How many of the last lines go with totals that would otherwise stand on a page of their own. */
const LINES_WITH_LONE_SUMMARY = 2;

export interface PdfInvoiceInput extends InvoiceDocumentInput {
  /** Stands above the seller's name. One that cannot be drawn is left out: `logoProblem` says why. */
  readonly logo?: LogoFile | undefined;
}

export interface RenderedPdf {
  readonly pdf: Uint8Array;
  /** Characters that no font has: each is shown as `UNPRINTABLE_MARK`, which a note in the document explains. */
  readonly replacedCharacters: number;
  /** Why the logo was left out, and what to do about it, for the job's log; absent when it stands there, or none was given. */
  readonly logoProblem?: string;
}

/**
 * An invoice as PDF, A4, in the buyer's language.
 *
 * The same input gives the same bytes: a job that runs again stores the same file. Nothing that was typed disappears:
 * characters that Noto Sans lacks are set in a fall-back font, or shown as a mark and counted. Reads no file and no URL.
 *
 * @throws AmountTooLargeError when the lines add up to more than can be counted exactly.
 */
export async function renderInvoicePdf({ invoice, seller, logo }: PdfInvoiceInput): Promise<RenderedPdf> {
  const { view, typefaces, replacedCharacters } = await typeset((medium) => invoiceView({ invoice, seller }, medium));
  const { logo: sellerLogo, problem } = readLogo(logo);
  const { issuedOn } = invoice.invoiceDetails;
  const options = {
    issuedOn,
    accentColour: seller.accentColour,
    logo: sellerLogo,
    hasUnprintable: replacedCharacters > 0,
  };
  const print = async (linesWithSummary: number) => {
    const pages = new Map<string, number>();
    const definition = invoiceDocument(view, { ...options, linesWithSummary });
    const pdf = await printPdf({ ...definition, pageBreakBefore: notePages(pages) }, typefaces);
    return { pdf, isSummaryAlone: pages.get(SUMMARY_ID) !== pages.get(LAST_LINE_ID) };
  };
  const first = await print(0);
  const linesToMove = Math.min(LINES_WITH_LONE_SUMMARY, view.lines.length - 1);
  const { pdf } = first.isSummaryAlone && linesToMove > 0 ? await print(linesToMove) : first;
  return { pdf, replacedCharacters, ...(problem !== undefined && { logoProblem: problem }) };
}

/** A `pageBreakBefore` callback that breaks no page: it is the one place where pdfmake tells where things came to lie. */
function notePages(pages: Map<string, number>) {
  return ({ id, pageNumbers }: { readonly id?: string | undefined; readonly pageNumbers: readonly number[] }) => {
    const [page] = pageNumbers;
    if (id !== undefined && page !== undefined) pages.set(id, page);
    return false;
  };
}
