import { giftCardDelivery, invoiceEmail, orderConfirmation } from "../catalog/billing.ts";
import type { GiftCardDeliveryPayload } from "../contracts/gift-card.ts";
import { invoiceLines, userInfo, type InvoiceEmailPayload } from "../contracts/invoice.ts";
import { toEnqueue, type ToEnqueue } from "../engine/enqueue.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { allocateInvoiceNumber } from "../records/invoice-number.ts";
import { updateOrder } from "../records/order.ts";
import type { BookedSale } from "./book-payment.ts";
import { giftCardTerms } from "./gift-card-dates.ts";
import { isProductType, type PaymentJobType } from "./product-routes.ts";

/** What each type of job is made of: a snapshot, so that a later change of the order changes no document. */
const MAKERS: Readonly<Record<PaymentJobType, (records: RecordStore, sale: BookedSale) => Promise<ToEnqueue>>> = {
  invoice_email: async (records, sale) =>
    toEnqueue(invoiceEmail, invoiceOf(sale, await invoiceNumberOf(records, sale)), onceFor(sale)),
  gift_card_delivery: (_, sale) => Promise.resolve(toEnqueue(giftCardDelivery, giftCardOf(sale), onceFor(sale))),
  order_confirmation: (_, sale) =>
    Promise.resolve(toEnqueue(orderConfirmation, { orderId: sale.order.orderId }, onceFor(sale))),
};

/** Makes one of the jobs that a sale brings; an invoice gets its number here, the same one each time. */
export const paymentJob = (type: PaymentJobType, records: RecordStore, sale: BookedSale): Promise<ToEnqueue> =>
  MAKERS[type](records, sale);

const onceFor = ({ order }: BookedSale) => ({ idempotencyKey: order.orderId });

/**
 * The order's number, which the first attempt decides for all later ones: it stands on the order before a job is made of it,
 * so that settings which are changed in between give the order no second one.
 */
async function invoiceNumberOf(records: RecordStore, { order, seller, issuedOn }: BookedSale): Promise<string> {
  if (order.invoiceNumber !== undefined) return order.invoiceNumber;
  const year = Number(issuedOn.slice(0, 4));
  const number = await allocateInvoiceNumber(records, { sellerId: seller.id, year }, order.orderId);
  const own = `${seller.invoice.numberPrefix}${year}-${String(number).padStart(6, "0")}`;
  // Died here: the next attempt gets the same number of the series.
  const numbered = await updateOrder(records, order.orderId, ({ invoiceNumber }) =>
    invoiceNumber === undefined ? { invoiceNumber: own } : undefined,
  );
  return numbered.invoiceNumber ?? own;
}

function invoiceOf({ order, payment, seller, issuedOn }: BookedSale, invoiceNumber: string): InvoiceEmailPayload {
  const { orderId, customer, productType, productId, currency, pricesIncludeVat, lines } = order;
  if (!isProductType(productType)) throw new Error(`Order ${orderId} has no route.`); // the booking has refused it
  return {
    paymentReference: payment.reference,
    invoiceNumber,
    productType,
    productId,
    userInfo: userInfo.parse(customer), // what else is known of a customer does not belong there
    invoiceDetails: {
      orderId,
      issuedOn,
      currency,
      locale: order.locale ?? seller.locale,
      pricesIncludeVat,
      lines: invoiceLines.parse(lines),
    },
    amount: payment.amount,
  };
}

function giftCardOf({ order, payment, seller, issuedOn }: BookedSale): GiftCardDeliveryPayload {
  const { orderId, customer, currency } = order;
  const terms = giftCardTerms(order, issuedOn, seller);
  return {
    orderId,
    paymentReference: payment.reference,
    paidOn: issuedOn,
    amount: payment.amount,
    currency,
    locale: order.locale ?? seller.locale,
    buyer: { name: customer.name, email: customer.email },
    card: { ...terms, senderName: terms.senderName ?? shortened(customer.name, 100) },
  };
}

/** At most so many UTF-16 units, no character cut in two. */
const shortened = (text: string, max: number): string =>
  text.length <= max
    ? text
    : text
        .slice(0, max)
        .replace(/[\uD800-\uDBFF]$/, "")
        .trim();
