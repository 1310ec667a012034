import * as z from "zod";

import { invoiceTotals } from "../billing/invoice-totals.ts";
import { calendarDay } from "../contracts/fields.ts";
import type { InvoiceEmailPayload } from "../contracts/invoice.ts";
import { PRODUCT_RECORDS } from "../contracts/product-records.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { allocateInvoiceNumber } from "../records/invoice-number.ts";
import { readOrder, replaceOrder, type Order } from "../records/order.ts";
import { readSeller } from "../records/seller.ts";
import type { Parsed } from "../records/record.ts";

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

const paymentRecord = z.object({ orderId: z.string(), issuedOn: calendarDay });

/**
 * Books a payment on its order: payment record, the order paid, the product's own record, its invoice number. Each write
 * is create-once or conditional, so that a crash between any two and any number of repetitions end in the same records.
 *
 * @returns the invoice to send, or nothing when its job was enqueued before.
 * @throws PermanentError `ORDER_ID_MISSING`, `ORDER_NOT_FOUND`, `CURRENCY_MISMATCH`, `AMOUNT_MISMATCH`,
 *   `PAYMENT_OF_OTHER_ORDER`, `ORDER_ALREADY_PAID`: a person has to look; nothing is sent.
 */
export async function bookPayment(
  records: RecordStore,
  payment: ReceivedPayment,
): Promise<InvoiceEmailPayload | undefined> {
  const { body: order } = await orderOf(records, payment.orderId);
  assertPaid(order, payment);
  const seller = await readSeller(records);
  const issuedOn = await writePayment(records, order, payment, seller);
  // First who paid it, then the product's record: of two payments, only the one that counts is named in it.
  const paid = await markPaid(records, order.orderId, payment.reference);
  await writeProductRecord(records, paid, payment);
  if (paid.invoiceJobId !== undefined) return undefined;
  const year = Number(issuedOn.slice(0, 4));
  const number = await allocateInvoiceNumber(records, { sellerId: seller.id, year }, order.orderId);
  return invoiceOf(paid, payment, seller, { issuedOn, invoiceNumber: formatNumber(seller, year, number) });
}

/** Notes on the order that its invoice job exists: no later event makes another one, also when the job's row is long gone. */
export async function noteInvoiceJob(
  records: RecordStore,
  orderId: string,
  note: { readonly invoiceJobId: string; readonly invoiceNumber: string },
): Promise<void> {
  await updateOrder(records, orderId, (order) => (order.invoiceJobId === undefined ? note : undefined));
}

async function orderOf(records: RecordStore, orderId: string | undefined): Promise<Parsed<Order>> {
  if (orderId === undefined) {
    throw new PermanentError(
      "ORDER_ID_MISSING",
      "The payment's metadata has no usable order_id. Set it when creating the payment.",
    );
  }
  const order = await readOrder(records, orderId);
  if (order !== undefined) return order;
  throw new PermanentError("ORDER_NOT_FOUND", `There is no order ${orderId}. Store the order before its payment.`);
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

/** @returns the invoice's day, as the first booking of this payment decided it. */
async function writePayment(
  records: RecordStore,
  { orderId }: Order,
  payment: ReceivedPayment,
  seller: SellerSettings,
): Promise<string> {
  const { reference, amount, currency, paidAtSeconds } = payment;
  const issuedOn = dayIn(seller.timeZone, paidAtSeconds);
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

async function writeProductRecord(records: RecordStore, order: Order, { reference }: ReceivedPayment): Promise<void> {
  const { orderId, productId, customer, lines } = order;
  const key: RecordKey = { kind: PRODUCT_RECORDS[order.productType], id: orderId };
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  await records.create(key, { orderId, productId, customer, quantity, paymentReference: reference });
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

/** Changes an order as long as others change it too; nothing is written when `change` gives nothing. */
async function updateOrder(
  records: RecordStore,
  orderId: string,
  change: (order: Order) => Partial<Order> | undefined,
): Promise<Order> {
  for (;;) {
    const read = await orderOf(records, orderId);
    const changes = change(read.body);
    if (changes === undefined) return read.body;
    if (await replaceOrder(records, read, changes)) return { ...read.body, ...changes };
  }
}

function invoiceOf(
  order: Order,
  { reference, amount }: ReceivedPayment,
  seller: SellerSettings,
  { issuedOn, invoiceNumber }: { readonly issuedOn: string; readonly invoiceNumber: string },
): InvoiceEmailPayload {
  const { orderId, customer, productType, productId, currency, pricesIncludeVat, lines } = order;
  const locale = order.locale ?? seller.locale;
  return {
    paymentReference: reference,
    invoiceNumber,
    productType,
    productId,
    userInfo: customer,
    invoiceDetails: { orderId, issuedOn, currency, locale, pricesIncludeVat, lines },
    amount,
  };
}

const formatNumber = (seller: SellerSettings, year: number, number: number): string =>
  `${seller.invoice.numberPrefix}${year}-${String(number).padStart(6, "0")}`;

/** The calendar day of a moment in a time zone, `YYYY-MM-DD` (the Swedish way to write it). */
function dayIn(timeZone: string, seconds: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(seconds * 1000);
}
