import type { InvoiceDocumentInput } from "../billing/invoice-view.ts";
import { displayData } from "./display-text.ts";
import { invoiceMail } from "./invoice-mail.tsx";
import type { FileLink, RenderedMail } from "./mail-template.ts";
import { writeMail } from "./write-mail.tsx";

export type { RenderedMail } from "./mail-template.ts";

export interface InvoiceMailInput extends InvoiceDocumentInput {
  /** The logo's content id by its key, where it goes with the mail. */
  readonly images?: ReadonlyMap<string, string>;
  /** The PDF's link, where it was too large to be attached. */
  readonly files?: readonly FileLink[];
}

/**
 * The mail that brings a buyer their invoice, in the buyer's language. It does not hold the PDF: attach it.
 *
 * @throws AmountTooLargeError when the lines add up to more than can be counted exactly.
 */
export function renderInvoiceMail({ images, files, ...input }: InvoiceMailInput): Promise<RenderedMail> {
  const { invoice, seller } = displayData(input);
  const context = {
    settings: seller,
    locale: invoice.invoiceDetails.locale,
    images: images ?? new Map<string, string>(),
    ...(files && { files: displayData(files) }),
  };
  return writeMail(invoiceMail({ invoice, seller }), context, "customer");
}
