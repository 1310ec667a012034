import type { SweepSettings } from "../contracts/sweep-settings.ts";
import type { EpochMs } from "../job/job.ts";
import { balanceOf, type Booking } from "../records/booking.ts";
import { mailFacts, messageFacts } from "./booking-facts.ts";
import { beginsIn, type Window } from "./remind-of-booking.ts";
import type { Telling } from "./tell-people.ts";
import { HOUR_MS } from "../job/durations.ts";

/** Beginnings of events whose balance is reminded of by a run: after its time, and up to 72 hours later by default. */
export function paymentWindow(asOf: EpochMs, { paymentReminderHours }: SweepSettings["bookings"]): Window {
  return { from: asOf + 1, to: asOf + paymentReminderHours * HOUR_MS };
}

/** Whether a booking, as it is now, wants a reminder of its balance: confirmed, not all paid, in the window, none so far. */
export const wantsPaymentReminder = (booking: Booking, window: Window): boolean =>
  booking.status === "confirmed" &&
  balanceOf(booking) > 0 &&
  booking.paymentReminder === undefined &&
  beginsIn(booking, window);

/** The reminder of what is still to be paid, as it is now; for the client. */
export function paymentReminderOf(booking: Booking): Telling {
  const { currency, payUrl } = booking;
  const price = { amount: balanceOf(booking), currency, ...(payUrl !== undefined && { payUrl }) };
  return {
    occasion: "booking_payment_reminder",
    sides: ["client"],
    until: Date.parse(booking.startsAt),
    mailTo: (side, people) => ({
      type: "booking_payment_reminder",
      data: { ...mailFacts(booking, side, people), ...price },
    }),
    messageTo: (side, people) => ({
      template: "booking_payment_reminder",
      variables: { ...messageFacts(booking, side, people), ...price },
    }),
  };
}
