import { PRODUCT_TYPES, type ProductType } from "../contracts/invoice.ts";
import { PRODUCT_RECORDS } from "../contracts/product-records.ts";
import { PermanentError } from "../errors/job-errors.ts";

/** A type of job that a payment may bring. */
export type PaymentJobType = "invoice_email" | "gift_card_delivery" | "order_confirmation";

/** What follows from a payment. */
export interface ProductRoute {
  /** The kind of the product's own record of the sale. */
  readonly record: string;
  /** In the order in which they are enqueued. */
  readonly jobs: readonly PaymentJobType[];
}

/** What a payment for each type of product brings: its record, then its jobs. A new type is a line here. */
export const PRODUCT_ROUTES = {
  course: { record: PRODUCT_RECORDS.course, jobs: ["invoice_email"] },
  gift_card: { record: PRODUCT_RECORDS.gift_card, jobs: ["invoice_email", "gift_card_delivery"] },
  art: { record: PRODUCT_RECORDS.art, jobs: ["invoice_email", "order_confirmation"] },
  shop: { record: PRODUCT_RECORDS.shop, jobs: ["order_confirmation"] },
} as const satisfies Record<ProductType, ProductRoute>;

/**
 * The route of an order's product.
 *
 * @throws PermanentError `UNKNOWN_PRODUCT_TYPE`, naming those that there are.
 */
export function routeOf(order: { readonly orderId: string; readonly productType: string }): ProductRoute {
  const { orderId, productType } = order;
  if (isProductType(productType)) return PRODUCT_ROUTES[productType];
  throw new PermanentError(
    "UNKNOWN_PRODUCT_TYPE",
    `Order ${orderId} is of a product type that nobody handles; there are ${PRODUCT_TYPES.join(", ")}. Correct the ` +
      "order, or add the type to PRODUCT_ROUTES, then replay the job.",
  );
}

export const isProductType = (text: string): text is ProductType => Object.hasOwn(PRODUCT_ROUTES, text);
