import * as z from "zod";

import { currencyCode, identifier, localeTag, singleLine } from "../contracts/fields.ts";
import { invoiceLines, productType, userInfo } from "../contracts/invoice.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord, type Parsed } from "./record.ts";

/** What a shop stores before the payment. */
export const newOrder = z.object({
  orderId: identifier,
  customer: userInfo,
  lines: invoiceLines,
  currency: currencyCode,
  /** Whether the lines' prices hold VAT already, as prices for consumers do. */
  pricesIncludeVat: z.boolean().default(false),
  /** The buyer's language; the seller's by default. */
  locale: localeTag.optional(),
  productType,
  productId: identifier,
});
export type NewOrder = z.input<typeof newOrder>;

const storedOrder = newOrder.extend({
  status: z.enum(["unpaid", "paid"]),
  /** The one payment that paid it. */
  paymentReference: singleLine(255).optional(),
  invoiceNumber: identifier.optional(),
  /** Set once the invoice job is enqueued: from then on no event makes another one. */
  invoiceJobId: z.string().optional(),
});
export type Order = z.infer<typeof storedOrder>;

/** DynamoDB takes 400 KB an item; half of it leaves room for the invoice job's snapshot of the same lines. */
const LARGEST_ORDER_BYTES = 200 * 1024;

const orderKey = (orderId: string): RecordKey => ({ kind: "order", id: orderId });

/**
 * Stores an order, unpaid.
 *
 * @returns false when there is an order with this id already; it is left as it is.
 * @throws z.ZodError listing every problem; RangeError over 200 KB.
 */
export async function createOrder(records: RecordStore, order: NewOrder): Promise<boolean> {
  const body = { ...newOrder.parse(order), status: "unpaid" };
  const sizeBytes = Buffer.byteLength(JSON.stringify(body));
  if (sizeBytes > LARGEST_ORDER_BYTES) {
    throw new RangeError(
      `Order ${body.orderId} has ${sizeBytes} bytes; the limit is ${LARGEST_ORDER_BYTES}. Shorten its descriptions.`,
    );
  }
  return (await records.create(orderKey(body.orderId), body)).isCreated;
}

export function readOrder(records: RecordStore, orderId: string): Promise<Parsed<Order> | undefined> {
  return readRecord(records, orderKey(orderId), storedOrder);
}

/** Overwrites an order as it was read; false when somebody changed it since. */
export function replaceOrder(
  records: RecordStore,
  { body, version }: Parsed<Order>,
  changes: Partial<Order>,
): Promise<boolean> {
  return records.replace(orderKey(body.orderId), version, { ...body, ...changes });
}
