// In a program of your own: "@backline/client/catalog/billing".
import { invoiceEmail } from "../../../../../shared/catalog/billing.ts";
import { accepted } from "../../../../shop/answer.ts";
import { invoiceOf, parseOrder } from "../../../../shop/order.ts";
import { backline } from "../../../lib/backline.ts";
import { JOBS_URL, readJson, respond } from "../../../lib/http.ts";

/** Takes an order. */
export function POST(request: Request): Promise<Response> {
  return respond(async () => {
    const order = parseOrder(await readJson(request));
    // The order's own id is the key: however often this comes, there is one job, and one mail.
    const { id } = await backline().enqueue(invoiceEmail, invoiceOf(order), { idempotencyKey: order.orderId });
    return accepted(id, JOBS_URL);
  });
}
