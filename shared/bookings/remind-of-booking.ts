import type { SweepSettings } from "../contracts/sweep-settings.ts";
import type { EpochMs } from "../job/job.ts";
import type { Booking } from "../records/booking.ts";
import { mailFacts, messageFacts } from "./booking-facts.ts";
import type { Telling } from "./tell-people.ts";
import { HOUR_MS } from "../job/durations.ts";

/** First and last beginning of events, both included. */
export interface Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Beginnings that are reminded of by a run: 23 to 25 hours from its time, by default. */
export function reminderWindow(asOf: EpochMs, { reminderWindow: hours }: SweepSettings["bookings"]): Window {
  return { from: asOf + hours.fromHours * HOUR_MS, to: asOf + hours.toHours * HOUR_MS };
}

/** Whether a booking, as it is now, wants a reminder: confirmed, in the window, none so far. */
export const wantsReminder = (booking: Booking, window: Window): boolean =>
  booking.status === "confirmed" && booking.reminder === undefined && beginsIn(booking, window);

/** Whether its event begins in a window. */
export function beginsIn({ startsAt }: Booking, { from, to }: Window): boolean {
  const at = Date.parse(startsAt);
  return from <= at && at <= to;
}

/** The reminder of a booking, for the client and, where the settings say so, the performer. */
export const reminderOf = (booking: Booking, remindsPerformers: boolean): Telling => ({
  occasion: "booking_reminder",
  sides: remindsPerformers ? ["client", "performer"] : ["client"],
  until: Date.parse(booking.startsAt),
  mailTo: (side, people) => ({ type: "booking_reminder", data: mailFacts(booking, side, people) }),
  messageTo: (side, people) => ({ template: "booking_reminder", variables: messageFacts(booking, side, people) }),
});
