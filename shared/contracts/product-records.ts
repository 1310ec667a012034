import type { ProductType } from "./invoice.ts";

/** The kind of record that each product type keeps of a sale. */
export const PRODUCT_RECORDS = {
  art: "art_orders",
  course: "course_orders",
  gift_card: "gift_card_orders",
  shop: "shop_orders",
} as const satisfies Record<ProductType, string>;
