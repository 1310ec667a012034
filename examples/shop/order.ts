import * as z from "zod";

// In a program of your own: "@backline/client" and "@backline/client/catalog/billing".
import type { PayloadOf } from "../../client/index.ts";
import type { invoiceEmail } from "../../shared/catalog/billing.ts";
import { InvalidOrderError } from "./answer.ts";

const productId = z.enum(["vase-celadon", "glaze-course"]);

interface Product {
  readonly productType: "art" | "course";
  readonly description: string;
  /** Cents, with VAT. */
  readonly unitPrice: number;
  readonly vatRate: number;
}

/** What there is to buy. Prices are the shop's to say: an order that named its own would be believed. */
const PRODUCTS: Readonly<Record<z.infer<typeof productId>, Product>> = {
  "vase-celadon": { productType: "art", description: "Stoneware vase", unitPrice: 22_385, vatRate: 21 },
  "glaze-course": { productType: "course", description: "Glazing for beginners", unitPrice: 9_900, vatRate: 21 },
};

/** As `invoice_email` wants it: without line breaks and other control characters, which could become mail headers. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "must be one line of text");

const orderSchema = z.strictObject({
  /** Chosen once for each order, by the page that sends it, and sent again with each repetition. */
  orderId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "may hold A-Z, a-z, 0-9, _ and -, 64 at most"),
  orderedOn: z.iso.date(),
  productId,
  quantity: z.int().min(1).max(100),
  customer: z.strictObject({
    name: line(200),
    email: z.email().max(254),
    address: z.strictObject({
      line1: line(200),
      postalCode: line(20).optional(),
      city: line(100),
      country: z.string().regex(/^[A-Z]{2}$/, "must be a two-letter ISO 3166-1 code"),
    }),
  }),
  paymentReference: line(255),
});
export type Order = z.infer<typeof orderSchema>;

/** @throws InvalidOrderError with every problem */
export function parseOrder(body: unknown): Order {
  const parsed = orderSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InvalidOrderError(
    parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`),
  );
}

/**
 * The job's payload. It follows from the order alone, without a clock or a counter: the same order makes the same payload
 * tomorrow, so that its repetition is no conflict. (A number that counts without gaps is what the stack's own
 * `stripe_event` gives to the orders that it books.)
 */
export function invoiceOf(order: Order): PayloadOf<typeof invoiceEmail> {
  const { productType, ...product } = PRODUCTS[order.productId];
  return {
    paymentReference: order.paymentReference,
    invoiceNumber: `INV-${order.orderId}`,
    productType,
    productId: order.productId,
    userInfo: order.customer,
    invoiceDetails: {
      orderId: order.orderId,
      issuedOn: order.orderedOn,
      currency: "EUR",
      locale: "en-GB",
      pricesIncludeVat: true,
      lines: [{ ...product, quantity: order.quantity }],
    },
    amount: product.unitPrice * order.quantity,
  };
}
