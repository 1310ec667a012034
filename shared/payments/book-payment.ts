import * as z from "zod";

import { invoiceTotals } from "../billing/invoice-totals.ts";
import { calendarDay } from "../contracts/fields.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { saveCustomer } from "../records/customer.ts";
import { orderOf, updateOrder, type Order } from "../records/order.ts";
import { readSeller } from "../records/seller.ts";
import { recipientIdOf } from "../records/suppression.ts";
import { dayAt } from "../records/calendar-days.ts";
import { giftCardTerms } from "./gift-card-dates.ts";
import { routeOf, type PaymentJobType } from "./product-routes.ts";

/** A payment that a provider reports as received. */
export interface ReceivedPayment {
  /** The provider's own reference, such as Stripe's `pi_…`. */
  readonly reference: string;
  readonly orderId: string | undefined;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly paidAtSeconds: number;
}

/** A payment on record, and what is still to be done for it. */
export interface BookedSale {
  readonly order: Order;
  readonly payment: ReceivedPayment;
  readonly seller: SellerSettings;
  /** The day of the payment in the seller's time zone, as the first booking decided it. */
  readonly issuedOn: string;
  /** The jobs of its route that the order does not know yet, in order. */
  readonly owed: readonly PaymentJobType[];
}

const GIFT_CARD_JOB = "gift_card_delivery" satisfies PaymentJobType;
const paymentRecord = z.object({ orderId: z.string(), issuedOn: calendarDay });

/**
 * Books a payment on its order: payment record, the order paid, the product's own record, the customer. Each write is
 * create-once or conditional, so that a crash between any two and any number of repetitions end in the same records.
 *
 * @throws PermanentError `ORDER_ID_MISSING`, `ORDER_NOT_FOUND`, `UNKNOWN_PRODUCT_TYPE`, `GIFT_CARD_DETAILS_MISSING`,
 *   `GIFT_CARD_DATES_WRONG`, `CURRENCY_MISMATCH`, `AMOUNT_MISMATCH`: nothing is written; `PAYMENT_OF_OTHER_ORDER`,
 *   `ORDER_ALREADY_PAID`. A person has to look; nothing is sent.
 */
export async function bookPayment(records: RecordStore, payment: ReceivedPayment): Promise<BookedSale> {
  const { body: order } = await orderOf(records, orderIdOf(payment));
  const { record, jobs } = routeOf(order);
  assertPaid(order, payment);
  // Not from a cache: two functions that know different sellers would give the same order numbers of two series.
  const seller = await readSeller(records);
  assertDeliverable(order, payment, seller);
  const issuedOn = await writePayment(records, order, payment, seller);
  // First who paid it, then the product's record: of two payments, only the one that counts is named in it.
  const paid = await markPaid(records, order.orderId, payment.reference);
  const owed = jobs.filter((type) => paid.jobs[type] === undefined);
  if (owed.length > 0) {
    await writeProductRecord(records, record, paid, payment);
    await writeCustomer(records, paid, issuedOn);
  }
  return { order: paid, payment, seller, issuedOn, owed };
}

/** Notes on the order that a job of its payment exists: no later event makes another one, also when its row is long gone. */
export function noteJob(
  records: RecordStore,
  orderId: string,
  { type, jobId }: { readonly type: PaymentJobType; readonly jobId: string },
): Promise<Order> {
  return updateOrder(records, orderId, ({ jobs }) =>
    jobs[type] === undefined ? { jobs: { ...jobs, [type]: jobId } } : undefined,
  );
}

function orderIdOf({ orderId }: ReceivedPayment): string {
  if (orderId !== undefined) return orderId;
  throw new PermanentError(
    "ORDER_ID_MISSING",
    "The payment's metadata has no usable order_id. Set it when creating the payment.",
  );
}

function assertPaid(order: Order, { amount, currency }: ReceivedPayment): void {
  const { orderId } = order;
  if (currency !== order.currency) {
    throw new PermanentError(
      "CURRENCY_MISMATCH",
      `Order ${orderId} is in ${order.currency}, the payment in ${currency}.`,
    );
  }
  const { gross } = invoiceTotals(order);
  if (amount !== gross) {
    throw new PermanentError(
      "AMOUNT_MISMATCH",
      `Order ${orderId} comes to ${gross} minor units, the payment to ${amount}.`,
    );
  }
}

/** A gift card that cannot be delivered is refused here, where nothing is written yet. */
function assertDeliverable(order: Order, { paidAtSeconds }: ReceivedPayment, seller: SellerSettings): void {
  const isDone = order.jobs[GIFT_CARD_JOB] !== undefined; // by the settings of its own day
  if (isDone || !routeOf(order).jobs.includes(GIFT_CARD_JOB)) return;
  giftCardTerms(order, dayAt(paidAtSeconds * 1000, seller.timeZone), seller);
}

/** @returns the invoice's day, as the first booking of this payment decided it. */
async function writePayment(
  records: RecordStore,
  { orderId }: Order,
  payment: ReceivedPayment,
  seller: SellerSettings,
): Promise<string> {
  const { reference, amount, currency, paidAtSeconds } = payment;
  const issuedOn = dayAt(paidAtSeconds * 1000, seller.timeZone);
  const { record } = await records.create(
    { kind: "payment", id: reference },
    { orderId, amount, currency, paidAtSeconds, issuedOn },
  );
  const stored = paymentRecord.parse(record.body);
  if (stored.orderId === orderId) return stored.issuedOn;
  throw new PermanentError(
    "PAYMENT_OF_OTHER_ORDER",
    `Payment ${reference} is booked on order ${stored.orderId}, not ${orderId}.`,
  );
}

function markPaid(records: RecordStore, orderId: string, reference: string): Promise<Order> {
  return updateOrder(records, orderId, (order) => {
    if (order.status === "unpaid") return { status: "paid", paymentReference: reference };
    if (order.paymentReference === reference) return undefined;
    throw new PermanentError(
      "ORDER_ALREADY_PAID",
      `Order ${orderId} was paid by another payment. Payment ${reference} is probably to be refunded.`,
    );
  });
}

async function writeProductRecord(
  records: RecordStore,
  kind: string,
  { orderId, productId, customer, lines }: Order,
  { reference }: ReceivedPayment,
): Promise<void> {
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  await records.create({ kind, id: orderId }, { orderId, productId, customer, quantity, paymentReference: reference });
}

/** Who has bought is a customer; whether they want news is for them to have said, in the order. */
async function writeCustomer(
  records: RecordStore,
  { customer, locale, productType }: Order,
  createdOn: string,
): Promise<void> {
  const { email, name, address, wantsNews = false } = customer;
  const { country } = address;
  const tags = [productType];
  await saveCustomer(records, {
    customerId: recipientIdOf(email),
    email,
    name,
    locale,
    country,
    tags,
    wantsNews,
    createdOn,
  });
}
