import * as z from "zod";

import { identifier, moment, multiLine, singleLine, webLink } from "./fields.ts";
import { jobId } from "./messages.ts";

/** How far the goods of a paid order are. `shipped` is told by a shipping notification, all others by a status update. */
export const FULFILMENT_STATUSES = [
  "processing",
  "ready_for_pickup",
  "shipped",
  "delivered",
  "cancelled",
  "refunded",
] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

const parcel = {
  carrier: singleLine(100).optional(),
  trackingNumber: singleLine(100).optional(),
  trackingUrl: webLink.optional(),
};

/** What is on record of it. */
export const fulfilment = z.object({
  status: z.enum(FULFILMENT_STATUSES),
  at: moment,
  ...parcel,
  /** Every status that it ever had, as they were reported, each once. */
  history: z
    .array(
      z.object({
        status: z.enum(FULFILMENT_STATUSES),
        at: moment,
        /** The job that tells the buyer: from then on none other does. */
        toldBy: jobId.optional(),
      }),
    )
    .max(50),
});
export type Fulfilment = z.infer<typeof fulfilment>;

/** Payload of `order_status`. */
export const orderStatusPayload = z
  .object({
    orderId: identifier,
    status: z.enum(FULFILMENT_STATUSES),
    ...parcel,
    /** A word to the buyer, with any status but `shipped`, whose mail has no place for it. */
    note: multiLine(1000).optional(),
  })
  .refine(({ status, note }) => status !== "shipped" || note === undefined, {
    path: ["note"],
    message: "goes with any status but shipped",
  });
export type OrderStatusPayload = z.infer<typeof orderStatusPayload>;
