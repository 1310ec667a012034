import { invoiceEmail } from "../../shared/catalog/billing.ts";
import type { InvoiceEmailPayload } from "../../shared/contracts/invoice.ts";
import type { SellerSettings } from "../../shared/contracts/seller.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { MailAttachment } from "../../shared/email/compose-mail.ts";
import { loadImages, type MailImages } from "../../shared/email/mail-images.ts";
import { renderInvoiceMail } from "../../shared/email/render-invoice-mail.tsx";
import { sendMail } from "../../shared/email/send-mail.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { renderInvoicePdf } from "../../shared/pdf/render-invoice-pdf.ts";

/**
 * No step around the PDF: its key follows from the invoice, and what lies there stays, so that an attempt that begins again
 * finds it. A step would cost a write of the row, and its result would be all that the key says.
 */
export const handler = jobFunction(invoiceEmail, async (job, services) => {
  const invoice = job.payload;
  const settings = await services.settings.read();
  const { logoKey } = settings;
  const shown = await loadImages(services.files, logoKey === undefined ? [] : [logoKey], job.log);
  const { key, pdf, replacedCharacters } = await storePdf(job, services, { seller: settings, logo: logoOf(shown) });
  const outcome = await sendMail(job, services, (options) => job.effect("mail", options), {
    kind: "invoice",
    to: { name: invoice.userInfo.name, address: invoice.userInfo.email },
    settings,
    sender: "billing",
    render: (files) => renderInvoiceMail({ invoice, seller: settings, images: shown.images, files }),
    attachments: [...shown.attachments, attachmentOf(invoice, key, pdf)],
  });
  return { pdf: key, ...outcome, ...(replacedCharacters > 0 && { replacedCharacters }) };
});

/** @returns the file that counts: one that an earlier attempt has stored is the invoice, whatever is rendered now. */
async function storePdf(
  { payload: invoice, log }: Pick<JobContext<InvoiceEmailPayload>, "payload" | "log">,
  { files }: Pick<Services, "files">,
  { seller, logo }: { readonly seller: SellerSettings; readonly logo: { readonly bytes: Uint8Array } | undefined },
) {
  const { pdf, replacedCharacters, logoProblem } = await renderInvoicePdf({ invoice, seller, logo });
  if (logoProblem !== undefined) log.warn("The logo is left out of the invoice.", { problem: logoProblem });
  if (replacedCharacters > 0) {
    log.warn("The invoice has characters that no font of ours shows; each is replaced by a mark.", {
      replacedCharacters,
    });
  }
  const key = invoiceKey(invoice, seller);
  const isStored = await files.putOnce({ bucket: "invoices", key, body: pdf, contentType: "application/pdf" });
  // Died here: the next attempt finds the file, and mails it.
  return { key, pdf: isStored ? pdf : await files.get("invoices", key), replacedCharacters };
}

/** The same file for the mail and the document. */
function logoOf({ attachments: [logo] }: MailImages): { readonly bytes: Uint8Array } | undefined {
  return logo && { bytes: logo.content };
}

function attachmentOf({ invoiceNumber }: InvoiceEmailPayload, key: string, content: Uint8Array): MailAttachment {
  const stored = { bucket: "invoices", key } as const;
  return { filename: `${invoiceNumber}.pdf`, contentType: "application/pdf", content, stored };
}

/** One file for each order's invoice: a number that was given out twice by mistake could not show one buyer's to another. */
function invoiceKey({ invoiceNumber, invoiceDetails }: InvoiceEmailPayload, seller: SellerSettings): string {
  const { orderId, issuedOn } = invoiceDetails;
  return `${seller.id}/${issuedOn.slice(0, 4)}/${invoiceNumber}-${orderId}.pdf`;
}
