import * as z from "zod";

import {
  assetKey,
  calendarDay,
  currencyCode,
  emailAddress,
  identifier,
  localeTag,
  minorAmount,
  moment,
  multiLine,
  singleLine,
  timeZone,
  webLink,
} from "./fields.ts";
import { invoiceLines } from "./invoice.ts";

// What each kind of mail is made of, as it is enqueued: `{ type: <kind>, data: <this> }`. `email` is the one recipient.

/** Mail to a customer. */
const customer = z.object({
  email: emailAddress,
  name: singleLine(200).optional(),
  /** The language of the mail; the seller's by default. */
  locale: localeTag.optional(),
});

/** Mail to the owner: to `email.admin` of the settings unless it says otherwise. */
const owner = z.object({ email: emailAddress.optional() });

/** About an order that is on record; the rest is read from there. */
const aboutOrder = customer.omit({ name: true }).extend({
  orderId: identifier,
  /** The buyer's own by default. */
  email: emailAddress.optional(),
});

const facts = z.array(z.object({ label: singleLine(100), value: singleLine(300) })).max(50);
const price = { amount: minorAmount, currency: currencyCode };

const booking = customer.extend({
  bookingId: identifier.optional(),
  /** What is booked: "Portrait session". */
  service: singleLine(200),
  startsAt: moment,
  /** Where the person reads the time. */
  timeZone,
  location: singleLine(300).optional(),
  /** With whom: in a performer's own mail the client. */
  performer: singleLine(200).optional(),
});

const subscription = customer.extend({ plan: singleLine(200), tenant: singleLine(200).optional() });

const stockItem = z.object({
  sku: singleLine(100),
  name: singleLine(300),
  quantity: z.int().min(-1_000_000).max(1_000_000_000),
  threshold: z.int().min(0).max(1_000_000_000).optional(),
});

export const MAIL_DATA = {
  order_confirmation: aboutOrder,
  payment_receipt: customer.extend({
    reference: singleLine(255),
    paidOn: calendarDay,
    description: singleLine(300),
    /** What was paid in all. */
    ...price,
    lines: invoiceLines.optional(),
    /** Whether the lines' prices hold VAT already; false by default, as an order's. */
    pricesIncludeVat: z.boolean().optional(),
  }),
  /** Mails an issued card's PDF again, to its recipient unless `email` says otherwise. */
  gift_card: aboutOrder,
  low_stock: owner.extend({ items: z.array(stockItem).min(1).max(200) }),
  inventory_report: owner.extend({
    day: calendarDay,
    products: z.int().min(0),
    units: z.int().min(0),
    value: minorAmount.optional(),
    currency: currencyCode.optional(),
    lowStock: z.array(stockItem).max(200),
    outOfStock: z.array(stockItem).max(200),
  }),
  shipping_notification: aboutOrder.extend({
    carrier: singleLine(100).optional(),
    trackingNumber: singleLine(100).optional(),
    trackingUrl: webLink.optional(),
  }),
  status_update: aboutOrder.extend({ status: singleLine(60), note: multiLine(1000).optional() }),
  generic: customer.extend({
    subject: singleLine(200),
    heading: singleLine(200).optional(),
    paragraphs: z.array(multiLine(4000)).min(1).max(30),
    action: z.object({ label: singleLine(60), url: webLink }).optional(),
  }),
  system_notification: owner.extend({
    severity: z.enum(["info", "warning", "critical"]),
    title: singleLine(200),
    message: multiLine(4000),
    facts: facts.default([]),
  }),
  renewal_reminder: subscription.extend({ renewsOn: calendarDay, ...price, manageUrl: webLink.optional() }),
  payment_due: customer.extend({
    description: singleLine(300),
    ...price,
    dueOn: calendarDay,
    isOverdue: z.boolean().default(false),
    payUrl: webLink.optional(),
  }),
  subscription_expired: subscription.extend({
    expiredOn: calendarDay,
    /** Until then everything goes on working. */
    graceEndsOn: calendarDay.optional(),
    renewUrl: webLink.optional(),
  }),
  subscription_suspended: subscription.extend({ suspendedOn: calendarDay, renewUrl: webLink.optional() }),
  booking_reminder: booking.extend({ notes: multiLine(2000).optional() }),
  booking_payment_reminder: booking.extend({
    ...price,
    dueOn: calendarDay.optional(),
    payUrl: webLink.optional(),
  }),
  booking_cancelled: booking.extend({
    reason: multiLine(1000).optional(),
    refund: z.object(price).optional(),
  }),
  report: owner.extend({
    title: singleLine(200),
    period: singleLine(100).optional(),
    summary: facts,
    sections: z
      .array(z.object({ heading: singleLine(200), rows: facts }))
      .max(20)
      .default([]),
  }),
  job_alert: owner.extend({
    jobType: singleLine(40),
    jobId: singleLine(200),
    errorCode: singleLine(100),
    message: multiLine(1000),
    at: moment,
    attempts: z.int().min(0).optional(),
    runbookUrl: webLink.optional(),
  }),
  status_report: owner.extend({
    period: singleLine(100),
    jobs: z
      .array(
        z.object({
          type: singleLine(40),
          completed: z.int().min(0),
          failed: z.int().min(0),
          waiting: z.int().min(0),
        }),
      )
      .max(100),
    notes: multiLine(2000).optional(),
  }),
  marketing: customer.extend({
    subject: singleLine(200),
    preview: singleLine(200).optional(),
    heading: singleLine(200),
    paragraphs: z.array(multiLine(4000)).min(1).max(30),
    imageKey: assetKey.optional(),
    action: z.object({ label: singleLine(60), url: webLink }).optional(),
  }),
  product_announcement: customer.extend({
    subject: singleLine(200),
    preview: singleLine(200).optional(),
    product: z.object({
      name: singleLine(200),
      description: multiLine(4000),
      amount: minorAmount.optional(),
      currency: currencyCode.optional(),
      imageKey: assetKey.optional(),
      url: webLink,
    }),
    paragraphs: z.array(multiLine(4000)).max(30).default([]),
  }),
} as const satisfies Record<string, z.ZodType<{ email?: string | undefined }>>;

/** Every kind of mail there is. */
export type MailKind = keyof typeof MAIL_DATA;
export const MAIL_KINDS = Object.keys(MAIL_DATA) as readonly MailKind[]; // the keys of the table, whose type has no others

/** A kind's data, parsed. */
export type MailData<Kind extends MailKind> = z.output<(typeof MAIL_DATA)[Kind]>;

/** Kinds that go to an audience: they need its consent, and say how to leave. */
export const BROADCAST_KINDS = ["marketing", "product_announcement"] as const satisfies readonly MailKind[];
export type BroadcastKind = (typeof BROADCAST_KINDS)[number];

export const isBroadcastKind = (kind: MailKind): kind is BroadcastKind =>
  (BROADCAST_KINDS as readonly MailKind[]).includes(kind);

/** One mail to be sent: `{ type: "order_confirmation", data: { orderId, email } }`. */
export const mailPayload = z.discriminatedUnion(
  "type",
  // One member for each kind; TypeScript cannot see a union through `map`.
  Object.entries(MAIL_DATA).map(([kind, data]) => z.object({ type: z.literal(kind), data })) as never,
) as unknown as z.ZodType<MailPayload>;

/** A mail of any kind, its data by its kind. */
export type MailPayload = { [Kind in MailKind]: { readonly type: Kind; readonly data: MailData<Kind> } }[MailKind];
