import { invoiceEmail } from "../../shared/catalog/billing.ts";
import type { InvoiceEmailPayload } from "../../shared/contracts/invoice.ts";
import type { SellerSettings } from "../../shared/contracts/seller.ts";
import { composeMail } from "../../shared/email/compose-mail.ts";
import { renderInvoiceMail } from "../../shared/email/render-invoice-mail.tsx";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { renderInvoicePdf } from "../../shared/pdf/render-invoice-pdf.ts";
import { readSeller } from "../../shared/records/seller.ts";

export const handler = jobFunction(invoiceEmail, async (job, { files, mailer, records }) => {
  const invoice = job.payload;
  const seller = await readSeller(records);
  let pdf: Uint8Array | undefined;
  const { key } = await job.step("pdf", async () => {
    const body = await renderInvoicePdf({ invoice, seller });
    const file = { bucket: "invoices", key: invoiceKey(invoice, seller), contentType: "application/pdf" } as const;
    // Stored by an attempt that died afterwards: then that one is the invoice, and it is mailed.
    if (await files.putOnce({ ...file, body })) pdf = body;
    return { key: file.key };
  });
  pdf ??= await files.get("invoices", key);
  // Composed before the intent: what goes wrong here has certainly sent nothing.
  const raw = await composeInvoiceMail(invoice, seller, pdf);
  const { id } = await job.effect("mail", {
    what: `Invoice ${invoice.invoiceNumber}`,
    to: invoice.userInfo.email,
    onUnknown: "resend",
    send: (attempt) => mailer.send({ ...attempt, raw, from: seller.email.from.address, to: invoice.userInfo.email }),
  });
  return { pdf: key, messageId: id };
});

/** One file for each order's invoice: a number that was given out twice by mistake could not show one buyer's to another. */
function invoiceKey({ invoiceNumber, invoiceDetails }: InvoiceEmailPayload, seller: SellerSettings): string {
  const { orderId, issuedOn } = invoiceDetails;
  return `${seller.id}/${issuedOn.slice(0, 4)}/${invoiceNumber}-${orderId}.pdf`;
}

async function composeInvoiceMail(
  invoice: InvoiceEmailPayload,
  seller: SellerSettings,
  pdf: Uint8Array,
): Promise<Uint8Array> {
  const { subject, html, text } = await renderInvoiceMail({ invoice, seller });
  return composeMail({
    from: seller.email.from,
    to: { name: invoice.userInfo.name, address: invoice.userInfo.email },
    replyTo: seller.email.support,
    subject,
    html,
    text,
    attachments: [{ filename: `${invoice.invoiceNumber}.pdf`, contentType: "application/pdf", content: pdf }],
  });
}
