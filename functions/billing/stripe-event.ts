import { stripeEvent } from "../../shared/catalog/billing.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { bookPayment, noteJob } from "../../shared/payments/book-payment.ts";
import { enqueueOnce } from "../../shared/engine/enqueue-once.ts";
import { paymentJob } from "../../shared/payments/payment-jobs.ts";

export const handler = jobFunction(stripeEvent, async (job, { records }) => {
  const { paymentIntentId, orderId, amountReceived, currency, createdSeconds } = job.payload;
  const sale = await bookPayment(records, {
    reference: paymentIntentId,
    orderId,
    amount: amountReceived,
    currency,
    paidAtSeconds: createdSeconds,
  });
  let { order } = sale;
  for (const type of sale.owed) {
    const jobId = await enqueueOnce(job, await paymentJob(type, records, sale));
    // Died here: the next attempt finds the job under the same key, and notes it.
    order = await noteJob(records, order.orderId, { type, jobId });
  }
  return { jobs: order.jobs };
});
