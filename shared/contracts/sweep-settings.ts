import * as z from "zod";

import { singleLine, webLink } from "./fields.ts";

const days = (normal: number) => z.int().min(1).max(3_650).default(normal);
const hours = (normal: number) => z.int().min(1).max(8_760).default(normal);

/** Makes the schema of an object, each the same way: names that it does not know are left out, or refused. */
type ObjectOf = <Shape extends z.ZodRawShape>(shape: Shape) => z.ZodObject<Shape>;

const bookingSettings = (object: ObjectOf) =>
  object({
    /** A booking without deposit is cancelled so long after it was made. */
    cancelUnpaidAfterHours: hours(24),
    /** A reminder goes out while the event begins within this window: both ends included, hours from the sweep's time. */
    reminderWindow: object({ fromHours: hours(23), toHours: hours(25) })
      .refine(({ fromHours, toHours }) => fromHours < toHours, "fromHours must be less than toHours")
      .prefault({}),
    /** From so long before the event, what is still to be paid is reminded of. */
    paymentReminderHours: hours(72),
    /** Whether performers are reminded of events too. */
    remindsPerformers: z.boolean().default(true),
    /** Read notifications older than that are deleted. */
    notificationRetentionDays: days(30),
    /** Audit entries older than that, except critical ones, are archived and deleted. */
    auditRetentionDays: days(90),
  });

const storeSettings = (object: ObjectOf) =>
  object({
    /** Days after the expiry during which everything goes on working. What the environment says by default, or 7. */
    gracePeriodDays: z.int().min(0).max(365).optional(),
    /** A renewal is reminded of from so long before it. */
    renewalReminderDays: days(7),
    /** Cart items that nobody has touched for longer are deleted. */
    cartRetentionDays: days(30),
    /** Order products and cart items are not missed their order or product before that age: it may be being stored. */
    orphanAgeHours: hours(24),
    /** Attachments of support requests older than that are deleted, with their files. */
    attachmentRetentionDays: z.int().min(1).max(1_000).default(365),
    /** Lines of the stores' logs older than that are archived and deleted. */
    logRetentionDays: days(90),
    /** How many products a day's overview names. */
    topProducts: z.int().min(1).max(50).default(10),
  });

const warmingSettings = (object: ObjectOf) =>
  object({
    /** Path of a store's list of products. */
    listingPath: z
      .string()
      .regex(/^\/[A-Za-z0-9\-._~/%]{0,300}$/, "must be a path such as /products")
      .default("/products"),
    /** How many pages of a store's best-selling products are fetched, beside its list. */
    popularPages: z.int().min(0).max(50).default(10),
    /** Further pages to fetch. */
    urls: z.array(webLink).max(500).default([]),
    /** Pages of one host at a time. */
    concurrency: z.int().min(1).max(10).default(4),
    timeoutMs: z.int().min(100).max(30_000).default(5_000),
    /** A page is read so far, and then given up. */
    maxBytes: z.int().min(1_024).max(50_000_000).default(2_000_000),
    userAgent: singleLine(200).default("Backline cache warming"),
  });

const settingsOf = (object: ObjectOf) =>
  object({
    bookings: bookingSettings(object).prefault({}),
    stores: storeSettings(object).prefault({}),
    warming: warmingSettings(object).prefault({}),
  });

/**
 * Cut-offs, windows and retention periods of the sweeps: one record of kind `settings`. What is not said has its default, and
 * without the record everything has.
 */
export const sweepSettings = settingsOf(z.object);

/** The same as a person stores them: a misspelt name would be left out in silence, and is refused. */
export const sweepSettingsToStore = settingsOf(z.strictObject);
export type SweepSettings = z.infer<typeof sweepSettings>;

/** The grace period where neither the settings nor the environment say another. */
export const DEFAULT_GRACE_PERIOD_DAYS = 7;
