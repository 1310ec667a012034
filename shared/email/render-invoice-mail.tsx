import { render } from "@react-email/render";

import type { InvoiceDocumentInput } from "../billing/invoice-view.ts";
import { invoiceMailContent } from "./invoice-mail-content.ts";
import { invoiceMailText } from "./invoice-mail-text.ts";
import { InvoiceMail } from "./invoice-mail.tsx";

/** What a rendered mail says, ready for `composeMail`. */
export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/**
 * The mail that brings a buyer their invoice, in the buyer's language. It does not hold the PDF: attach it.
 *
 * @throws AmountTooLargeError when the lines add up to more than can be counted exactly.
 */
export async function renderInvoiceMail(input: InvoiceDocumentInput): Promise<RenderedMail> {
  const content = invoiceMailContent(input);
  // Never `pretty`: it loads prettier, which the bundle leaves out.
  const html = await render(<InvoiceMail {...content} />);
  return { subject: content.subject, html, text: invoiceMailText(content) };
}
