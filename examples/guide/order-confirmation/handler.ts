import { composeMail } from "../../../shared/email/compose-mail.ts";
import { PermanentError } from "../../../shared/errors/job-errors.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { orderConfirmation } from "./definition.ts";

const SHOP = "shop@studio.example.com";

export const handler = jobFunction(orderConfirmation, async (job, { mailer, records }) => {
  const { orderId, email } = job.payload;
  const total = await job.step("total", async () => {
    const order = await records.get({ kind: "order", id: orderId });
    if (order === undefined) throw new PermanentError("UNKNOWN_ORDER", `There is no order ${orderId}.`);
    return String(order.body["total"]);
  });
  // Composed before the effect: what goes wrong here has certainly sent nothing.
  const text = `Thank you for order ${orderId}, ${total} in all.`;
  const subject = `Your order ${orderId}`;
  const raw = await composeMail({ from: SHOP, to: email, subject, text, html: `<p>${text}</p>` });
  const { id } = await job.effect("mail", {
    what: `Confirmation of order ${orderId}`,
    to: email,
    onUnknown: "resend",
    send: (attempt) => mailer.send({ ...attempt, raw, from: SHOP, to: email }),
  });
  return { messageId: id };
});
