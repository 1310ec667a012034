import { orderConfirmation } from "../../shared/catalog/billing.ts";
import { mailOfKind } from "../../shared/email/mail-of-kind.ts";
import { sendMail } from "../../shared/email/send-mail.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { orderOf } from "../../shared/records/order.ts";

export const handler = jobFunction(orderConfirmation, async (job, services) => {
  const { body: order } = await orderOf(services.records, job.payload.orderId);
  const { orderId, customer, locale } = order;
  const mail = await mailOfKind(job.log, services, {
    kind: "order_confirmation",
    to: { name: customer.name, address: customer.email },
    locale,
    data: { orderId, order },
  });
  return sendMail(job, services, (options) => job.effect("mail", options), mail);
});
