import { invoiceEmail, stripeEvent } from "../../shared/catalog/billing.ts";
import type { InvoiceEmailPayload } from "../../shared/contracts/invoice.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { IdempotencyConflictError } from "../../shared/errors/job-errors.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { bookPayment, noteInvoiceJob } from "../../shared/payments/book-payment.ts";

export const handler = jobFunction(stripeEvent, async (job, { records }) => {
  const { paymentIntentId, orderId, amountReceived, currency, createdSeconds } = job.payload;
  const invoice = await bookPayment(records, {
    reference: paymentIntentId,
    orderId,
    amount: amountReceived,
    currency,
    paidAtSeconds: createdSeconds,
  });
  if (invoice === undefined) return { invoiceJobId: undefined };
  const invoiceJobId = await enqueueInvoice(job, invoice);
  // Died here: the next attempt finds the job under the same key, and notes it.
  const { invoiceNumber } = invoice;
  await noteInvoiceJob(records, invoice.invoiceDetails.orderId, { invoiceJobId, invoiceNumber });
  return { invoiceJobId };
});

async function enqueueInvoice(job: JobContext<unknown>, invoice: InvoiceEmailPayload): Promise<string> {
  try {
    const { id } = await job.enqueue(invoiceEmail, invoice, { idempotencyKey: invoice.invoiceDetails.orderId });
    return id;
  } catch (error) {
    // An earlier attempt enqueued it, and the order or the seller's settings were changed since: that invoice counts.
    if (error instanceof IdempotencyConflictError) return error.jobId;
    throw error;
  }
}
