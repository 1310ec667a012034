import * as z from "zod";

import { calendarDay, identifier, localeTag, singleLine } from "./fields.ts";
import { BROADCAST_KINDS, MAIL_DATA } from "./mail-kinds.ts";

/** A file of addresses in the `broadcasts` bucket: a header line with `email`, and if wanted `name` and `locale`. */
const csvAudience = z.object({
  csv: z
    .string()
    .regex(/^audiences\/[A-Za-z0-9][A-Za-z0-9_./-]{0,180}\.csv$/, "must be a key such as audiences/spring.csv"),
});

const customerFilter = z.object({
  /** At least one of these. */
  tags: z.array(singleLine(60)).min(1).max(20).optional(),
  /** Language, with or without region: `en` takes `en-GB` in. */
  locales: z.array(localeTag).min(1).max(20).optional(),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/, "must be a two-letter ISO 3166-1 code"))
    .min(1)
    .max(50)
    .optional(),
  /** The first day of theirs that counts. */
  createdSince: calendarDay.optional(),
  /** The first day of theirs that does not. */
  createdBefore: calendarDay.optional(),
});
export type CustomerFilter = z.infer<typeof customerFilter>;

/** Customers on record who want news, narrowed down; all that is given must hold. */
const customerAudience = z.object({ customers: customerFilter });

export const broadcastAudience = z.union([csvAudience, customerAudience]);
export type BroadcastAudience = z.infer<typeof broadcastAudience>;

/** What mails outside a broadcast are tagged with (`MAIL_TAGS.broadcast`). */
const RESERVED_IDS: ReadonlySet<string> = new Set(["none", "single"]);

/** Names a broadcast for ever: the same id again is the same broadcast, and mails nobody twice. */
const broadcastId = identifier.max(60).refine((id) => !RESERVED_IDS.has(id), "may not be none or single");

/** What every recipient gets; their address, name and locale are put in. `locale` is for those who have none. */
export const broadcastMail = z.discriminatedUnion("type", [
  z.object({
    type: z.literal(BROADCAST_KINDS[0]),
    data: MAIL_DATA.marketing.omit({ email: true, name: true }),
  }),
  z.object({
    type: z.literal(BROADCAST_KINDS[1]),
    data: MAIL_DATA.product_announcement.omit({ email: true, name: true }),
  }),
]);
export type BroadcastMail = z.infer<typeof broadcastMail>;

/** Payload of `email_broadcast`. */
export const broadcastPayload = z.object({
  broadcastId,
  audience: broadcastAudience,
  mail: broadcastMail,
});
export type BroadcastPayload = z.infer<typeof broadcastPayload>;

/** Payload of `broadcast_page`: whom it is for, and what they get, lies in the bucket. */
export const broadcastPagePayload = z.object({
  broadcastId,
  page: z.int().min(0).max(100_000),
});
