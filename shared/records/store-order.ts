import * as z from "zod";

import { storeMoment } from "../contracts/analytics.ts";
import { currencyCode, identifier, minorAmount, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const storeOrder = z.object({
  tenantId: identifier,
  orderId: identifier,
  customerId: identifier.optional(),
  placedAt: storeMoment,
  status: z.enum(["pending", "paid", "cancelled", "refunded"]),
  /** What was or is to be paid, in the currency's minor unit. */
  total: minorAmount,
  /** What was given back of it; `refunded` means all of it, whatever stands here. */
  refunded: minorAmount.default(0),
  currency: currencyCode,
});
/** An order in a tenant's store. Analytics count it; invoices are made of `order` records. */
export type StoreOrder = z.infer<typeof storeOrder>;

/** The orders of one tenant, by when they were placed. */
export const storeOrderList = (tenantId: string) => ({ index: "gsi1", list: tenantId }) as const;

export const storeOrders = new RecordModel<StoreOrder>({
  kind: "store_order",
  schema: storeOrder,
  keyOf: ({ tenantId, orderId }) => storeOrderKey(tenantId, orderId),
  listsOf: ({ tenantId, placedAt }) => ({ gsi1: { list: tenantId, at: Date.parse(placedAt) } }),
});

export const storeOrderKey = (tenantId: string, orderId: string) => ({ id: tenantId, part: orderId });

const orderProduct = z.object({
  tenantId: identifier,
  orderId: identifier,
  productId: identifier,
  name: singleLine(300),
  quantity: z.int().min(1).max(1_000_000),
  /** Of all its pieces, in the order's currency. */
  total: minorAmount,
  createdAt: moment,
});
/** A line of a store order. */
export type OrderProduct = z.infer<typeof orderProduct>;

/** All of them, by creation. */
export const ORDER_PRODUCT_LISTS = { all: { index: "gsi1", list: "all" } } as const;

export const orderProducts = new RecordModel<OrderProduct>({
  kind: "order_product",
  schema: orderProduct,
  keyOf: (line) => orderProductKey(line),
  listsOf: ({ createdAt }) => ({ gsi1: { list: "all", at: Date.parse(createdAt) } }),
});

export const orderProductKey = ({
  tenantId,
  orderId,
  productId,
}: Pick<OrderProduct, "tenantId" | "orderId" | "productId">) => ({
  id: tenantId,
  part: `${orderProductsPrefix(orderId)}${productId}`,
});

/** What the parts of an order's lines begin with, under the tenant's id. */
export const orderProductsPrefix = (orderId: string): string => `${orderId}#`;
