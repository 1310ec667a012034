import * as z from "zod";

import { currencyCode, identifier, minorAmount, moment, singleLine, timeZone, webLink } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

/** Job ids of what was enqueued about it, and when that was done. */
const told = z.object({ at: moment, jobIds: z.array(z.string().max(200)).max(10) });

const booking = z.object({
  bookingId: identifier,
  clientId: identifier,
  performerId: identifier,
  /** What is booked: "Portrait session". */
  service: singleLine(100),
  startsAt: moment,
  /** Where the event is, and people read its time unless they have a time zone of their own. */
  timeZone,
  location: singleLine(150).optional(),
  /** `pending` until the deposit is paid. */
  status: z.enum(["pending", "confirmed", "completed", "cancelled"]),
  price: minorAmount,
  /** All that was paid, the deposit included. */
  paid: minorAmount.default(0),
  currency: currencyCode,
  /** When the deposit was paid; absent until then. */
  depositPaidAt: moment.optional(),
  /** Where the client pays the rest. */
  payUrl: webLink.optional(),
  createdAt: moment,
  /** Why and when it was cancelled, and by whom: a user's id, or the job type. `told` once both sides have been written to. */
  cancellation: z
    .object({ at: moment, reason: singleLine(200), by: singleLine(200).optional(), told: told.optional() })
    .optional(),
  /** The reminder of the event, once it was enqueued: there is no second one. */
  reminder: told.optional(),
  /** The reminder of what is still to be paid, likewise. */
  paymentReminder: told.optional(),
});
export type Booking = z.infer<typeof booking>;

/**
 * Lists of bookings, each of those that its sweep may still have to do something about.
 *
 * - `unpaid`, by creation: without deposit; and those that a clean-up has cancelled and not told anybody of yet
 * - `upcoming`, by beginning: confirmed, not reminded of
 * - `owing`, by beginning: confirmed, not all paid, not reminded of that
 */
export const BOOKING_LISTS = {
  unpaid: { index: "gsi1", list: "unpaid" },
  upcoming: { index: "gsi1", list: "upcoming" },
  owing: { index: "gsi2", list: "owing" },
} as const;

export const bookings = new RecordModel<Booking>({
  kind: "booking",
  schema: booking,
  keyOf: ({ bookingId }) => ({ id: bookingId }),
  listsOf: (given) => {
    const startsAt = Date.parse(given.startsAt);
    const isConfirmed = given.status === "confirmed";
    return {
      ...(isConfirmed && given.reminder === undefined && { gsi1: { list: "upcoming", at: startsAt } }),
      ...((isUnpaid(given) || isCancelledUntold(given)) && {
        gsi1: { list: "unpaid", at: Date.parse(given.createdAt) },
      }),
      ...(isConfirmed &&
        balanceOf(given) > 0 &&
        given.paymentReminder === undefined && { gsi2: { list: "owing", at: startsAt } }),
    };
  },
});

/** Whether nobody has paid anything for it yet. */
export const isUnpaid = ({ status, depositPaidAt, paid }: Booking): boolean =>
  status === "pending" && depositPaidAt === undefined && paid === 0;

/** Who cancels for want of a deposit, and tells both sides; whoever else cancels tells them as well. */
export const CANCELLING_JOB = "cleanup_stale_bookings";

/** Whether it was cancelled by the clean-up, which has not told both sides yet. */
export const isCancelledUntold = ({ status, cancellation }: Booking): boolean =>
  status === "cancelled" && cancellation?.by === CANCELLING_JOB && cancellation.told === undefined;

/** What is still to be paid, in the currency's minor unit. */
export const balanceOf = ({ price, paid }: Booking): number => Math.max(0, price - paid);
