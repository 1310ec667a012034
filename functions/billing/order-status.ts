import { orderStatus } from "../../shared/catalog/billing.ts";
import { email } from "../../shared/catalog/messaging.ts";
import type { MailPayload } from "../../shared/contracts/mail-kinds.ts";
import type { OrderStatusPayload } from "../../shared/contracts/order-status.ts";
import { toEnqueue } from "../../shared/engine/enqueue.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { enqueueOnce } from "../../shared/engine/enqueue-once.ts";
import { changeOrderStatus, noteTold, toldOf } from "../../shared/records/order-fulfilment.ts";
import type { Order } from "../../shared/records/order.ts";

export const handler = jobFunction(orderStatus, async (job, { records, clock }) => {
  const { orderId, status } = job.payload;
  const order = await changeOrderStatus(records, job.payload, new Date(clock.now()).toISOString());
  // Died here: the next attempt finds the status on record, and that nobody has told the buyer.
  const toldBy = toldOf(order, status);
  if (toldBy !== undefined) return { mailJobId: toldBy };
  const mail = toEnqueue(email, mailOf(order, job.payload), { idempotencyKey: `${orderId}-${status}` });
  const mailJobId = await enqueueOnce(job, mail);
  // Died here: the next attempt finds the mail's job under the same key, and notes it.
  await noteTold(records, orderId, { status, jobId: mailJobId });
  return { mailJobId };
});

function mailOf({ customer, locale }: Order, change: OrderStatusPayload): MailPayload {
  const { orderId, status, note, carrier, trackingNumber, trackingUrl } = change;
  const data = { orderId, email: customer.email, locale };
  return status === "shipped"
    ? { type: "shipping_notification", data: { ...data, carrier, trackingNumber, trackingUrl } }
    : { type: "status_update", data: { ...data, status, note } };
}
