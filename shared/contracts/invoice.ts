import * as z from "zod";

import {
  calendarDay,
  currencyCode,
  emailAddress,
  identifier,
  localeTag,
  minorAmount,
  postalAddress,
  singleLine,
} from "./fields.ts";

/** One line of an order or invoice. */
export const invoiceLine = z.object({
  description: singleLine(300),
  quantity: z.int().min(1).max(1_000_000),
  /** Price of one piece in minor units, without or with VAT as `pricesIncludeVat` says. */
  unitPrice: minorAmount,
  /** Per cent, two decimals at most: 21, 5.5, 0. */
  vatRate: z.number().min(0).max(100).multipleOf(0.01),
});
export type InvoiceLine = z.infer<typeof invoiceLine>;

/** An invoice of 500 lines is some 25 pages, rendered in under a second; more is a list, not an invoice. */
export const invoiceLines = z.array(invoiceLine).min(1).max(500);

/** What was sold; `payments/product-routes` says what follows from it. */
export const PRODUCT_TYPES = ["art", "course", "gift_card", "shop"] as const;
export const productType = z.enum(PRODUCT_TYPES);
export type ProductType = z.infer<typeof productType>;

/** Who bought: the name and address that stand on the invoice, and where it is mailed. */
export const userInfo = z.object({
  name: singleLine(200),
  email: emailAddress,
  address: postalAddress,
  vatId: singleLine(40).optional(),
});
export type UserInfo = z.infer<typeof userInfo>;

export const invoiceDetails = z.object({
  orderId: identifier,
  /** The day of the payment in the seller's time zone. */
  issuedOn: calendarDay,
  currency: currencyCode,
  locale: localeTag,
  pricesIncludeVat: z.boolean(),
  lines: invoiceLines,
});
export type InvoiceDetails = z.infer<typeof invoiceDetails>;

/** Payload of `invoice_email`: a full snapshot, so that a later change of the order cannot change an invoice. */
export const invoiceEmailPayload = z.object({
  /** The payment provider's own reference, such as Stripe's `pi_…`. */
  paymentReference: singleLine(255),
  invoiceNumber: identifier,
  productType,
  productId: identifier,
  userInfo,
  invoiceDetails,
  /** The amount paid, minor units. */
  amount: minorAmount,
});
export type InvoiceEmailPayload = z.infer<typeof invoiceEmailPayload>;
