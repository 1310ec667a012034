import { invoiceEmail, stripeEvent } from "../../shared/catalog/billing.ts";
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
  const idempotencyKey = invoice.invoiceDetails.orderId;
  const { id: invoiceJobId } = await job.enqueue(invoiceEmail, invoice, { idempotencyKey });
  // Died here: the next attempt enqueues under the same key, which changes nothing, and notes it.
  await noteInvoiceJob(records, idempotencyKey, { invoiceJobId, invoiceNumber: invoice.invoiceNumber });
  return { invoiceJobId };
});
