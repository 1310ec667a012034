import * as z from "zod";

import { assetKey, currencyCode, identifier, localeTag, postalAddress, singleLine } from "../contracts/fields.ts";
import { giftCardWishes } from "../contracts/gift-card.ts";
import { invoiceLine, productType, userInfo } from "../contracts/invoice.ts";
import { fulfilment } from "../contracts/order-status.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord, type ReadRecord } from "./record.ts";

/** A line of an order: that of its invoice, and the picture that a confirmation shows of it. */
const orderLine = invoiceLine.extend({ thumbnailKey: assetKey.optional() });

/** What a shop stores before the payment. */
export const newOrder = z.object({
  orderId: identifier,
  customer: userInfo.extend({
    /** Whether the buyer has agreed to be sent news; without it no broadcast reaches them. */
    wantsNews: z.boolean().optional(),
  }),
  lines: z.array(orderLine).min(1).max(500), // as an invoice's
  /** Where the goods go; the buyer's own address by default. */
  shipping: z.object({ name: singleLine(200).optional(), address: postalAddress }).optional(),
  currency: currencyCode,
  /** Whether the lines' prices hold VAT already, as prices for consumers do. */
  pricesIncludeVat: z.boolean().default(false),
  /** The buyer's language; the seller's by default. */
  locale: localeTag.optional(),
  productType,
  productId: identifier,
  /** Of a gift card: from whom, to whom, with what words, and when. */
  giftCard: giftCardWishes.optional(),
});
export type NewOrder = z.input<typeof newOrder>;

/** What a payment could not be booked on; whether the days are near enough is known when it is paid. */
const orderToStore = newOrder
  .refine(({ productType: type, giftCard }) => type !== "gift_card" || giftCard !== undefined, {
    path: ["giftCard"],
    message: "an order of a gift card says to whom it goes",
  })
  .refine(({ giftCard: { deliverOn, expiresOn } = {} }) => !isAfter(deliverOn, expiresOn), {
    path: ["giftCard", "deliverOn"],
    message: "must not be after expiresOn",
  });

const storedOrder = newOrder.extend({
  /** Any, for a shop may store an order of a type that this version does not know: its payment says so. */
  productType: z.string().max(100),
  status: z.enum(["unpaid", "paid"]),
  /** The one payment that paid it. */
  paymentReference: singleLine(255).optional(),
  invoiceNumber: identifier.optional(),
  /** Job type → the job that the payment enqueued: from then on no event makes another one. */
  jobs: z.record(z.string(), z.string()).default({}),
  /** How far the goods are, once somebody has said so. */
  fulfilment: fulfilment.optional(),
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
  const body = { ...orderToStore.parse(order), status: "unpaid" };
  const sizeBytes = Buffer.byteLength(JSON.stringify(body));
  if (sizeBytes > LARGEST_ORDER_BYTES) {
    throw new RangeError(
      `Order ${body.orderId} has ${sizeBytes} bytes; the limit is ${LARGEST_ORDER_BYTES}. Shorten its descriptions.`,
    );
  }
  return (await records.create(orderKey(body.orderId), body)).isCreated;
}

export function readOrder(records: RecordStore, orderId: string): Promise<ReadRecord<Order> | undefined> {
  return readRecord(records, orderKey(orderId), storedOrder);
}

/** @throws PermanentError `ORDER_NOT_FOUND` */
export async function orderOf(records: RecordStore, orderId: string): Promise<ReadRecord<Order>> {
  const order = await readOrder(records, orderId);
  if (order !== undefined) return order;
  throw new PermanentError("ORDER_NOT_FOUND", `There is no order ${orderId}. Store the order, then replay the job.`);
}

/**
 * Changes an order, however many others change it too. Nothing is written when `change` gives nothing, and what this
 * version does not know of the order stays.
 *
 * @returns the order as it then is.
 * @throws PermanentError `ORDER_NOT_FOUND`, and whatever `change` throws.
 */
export async function updateOrder(
  records: RecordStore,
  orderId: string,
  change: (order: Order) => Partial<Order> | undefined,
): Promise<Order> {
  for (;;) {
    const { body, version, stored } = await orderOf(records, orderId);
    const changes = change(body);
    if (changes === undefined) return body;
    if (await records.replace(orderKey(orderId), version, { ...stored, ...changes })) return { ...body, ...changes };
  }
}

/** Days written `YYYY-MM-DD` sort as text. */
const isAfter = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one > other;
