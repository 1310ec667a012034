import * as z from "zod";

import { identifier, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const notification = z.object({
  notificationId: identifier,
  /** Who sees it in their account. */
  recipient: z.object({ role: z.enum(["client", "performer", "tenant"]), id: identifier }),
  /** What it is about: `booking_reminder`. */
  kind: singleLine(60),
  /** The booking, subscription or payment. */
  about: identifier,
  /** How else they were told. */
  channels: z.array(z.enum(["email", "whatsapp"])).max(2),
  createdAt: moment,
  readAt: moment.optional(),
});
/** Something that a person was told: it stands in their account until they have read it, and some time longer. */
export type Notification = z.infer<typeof notification>;

/** Only those that were read, by creation. */
export const NOTIFICATION_LISTS = { read: { index: "gsi1", list: "read" } } as const;

export const notifications = new RecordModel<Notification>({
  kind: "notification",
  schema: notification,
  keyOf: ({ notificationId }) => ({ id: notificationId }),
  listsOf: ({ readAt, createdAt }) =>
    readAt === undefined ? {} : { gsi1: { list: "read", at: Date.parse(createdAt) } },
});
