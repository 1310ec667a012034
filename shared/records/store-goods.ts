import * as z from "zod";

import { identifier, minorAmount, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const storeProduct = z.object({
  tenantId: identifier,
  productId: identifier,
  name: singleLine(300),
  price: minorAmount,
  /** Of its page in the store, `/products/vase`; `/products/<id>` by default. */
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9\-._~/%]{0,300}$/, "must be a path such as /products/vase")
    .optional(),
});
/** What a tenant sells. */
export type StoreProduct = z.infer<typeof storeProduct>;
export const storeProducts = new RecordModel<StoreProduct>({
  kind: "store_product",
  schema: storeProduct,
  keyOf: ({ tenantId, productId }) => storeProductKey(tenantId, productId),
});

export const storeProductKey = (tenantId: string, productId: string) => ({ id: tenantId, part: productId });

const cartItem = z.object({
  tenantId: identifier,
  cartId: identifier,
  productId: identifier,
  quantity: z.int().min(1).max(1_000_000),
  updatedAt: moment,
});
/** A product in a visitor's cart. */
export type CartItem = z.infer<typeof cartItem>;

/** All of them, by their latest change. */
export const CART_ITEM_LISTS = { all: { index: "gsi1", list: "all" } } as const;

export const cartItems = new RecordModel<CartItem>({
  kind: "cart_item",
  schema: cartItem,
  keyOf: ({ tenantId, cartId, productId }) => ({ id: tenantId, part: `${cartId}#${productId}` }),
  listsOf: ({ updatedAt }) => ({ gsi1: { list: "all", at: Date.parse(updatedAt) } }),
});
