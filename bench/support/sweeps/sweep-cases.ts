import { clientOf, isBroken, performerOf, wantsWhatsApp, type Scale } from "./test-records.ts";

/** A sweep, and what its first run must come to. */
export interface SweepCase {
  readonly type: string;
  /** Where its handler lies. */
  readonly file: string;
  /** Items that are due, broken ones included. */
  readonly due: (scale: Scale) => number;
  /** Those of them that are broken. */
  readonly broken: (scale: Scale) => number;
  /** The result's property that counts what was done. */
  readonly countOf: string;
  /** Jobs that it enqueues, by type, without the mail to the owner. */
  readonly jobs: (scale: Scale) => Readonly<Record<string, number>>;
}

const brokenOf = (count: number, scale: Scale): number =>
  Array.from({ length: count }, (_, index) => index).filter((index) => isBroken(index, scale)).length;

const ofBookings = { due: ({ due }: Scale) => due, broken: (scale: Scale) => brokenOf(scale.due, scale) };

/** Mails and messages about the due bookings of one sweep. */
function tellings(scale: Scale, sweep: number, sides: readonly ("client" | "performer")[]) {
  const numbers = Array.from({ length: scale.due }, (_, index) => index).filter((index) => !isBroken(index, scale));
  const told = numbers.map((index) => sweep * scale.due + index);
  const isMessaged = {
    client: (number: number) => clientOf(number),
    performer: (number: number) => performerOf(number),
  };
  const messages = sides.flatMap((side) => told.filter((number) => wantsWhatsApp(isMessaged[side](number))));
  return { email: told.length * sides.length, whatsapp_message: messages.length };
}

const okTenants = (scale: Scale): number => scale.dueTenants - brokenOf(scale.dueTenants, scale);

export const SWEEP_CASES: readonly SweepCase[] = [
  {
    type: "cleanup_stale_bookings",
    file: "bookings/cleanup-stale-bookings",
    ...ofBookings,
    countOf: "cancelledCount",
    jobs: (scale) => tellings(scale, 0, ["client", "performer"]),
  },
  {
    type: "booking_reminders",
    file: "bookings/booking-reminders",
    ...ofBookings,
    countOf: "remindersSent",
    jobs: (scale) => tellings(scale, 1, ["client", "performer"]),
  },
  {
    type: "payment_reminders",
    file: "bookings/payment-reminders",
    ...ofBookings,
    countOf: "remindersSent",
    jobs: (scale) => tellings(scale, 2, ["client"]),
  },
  {
    type: "cleanup_old_notifications",
    file: "bookings/cleanup-old-notifications",
    ...ofBookings,
    countOf: "deletedCount",
    jobs: () => ({}),
  },
  {
    type: "subscription_expiry_check",
    file: "stores/subscription-expiry-check",
    due: ({ dueTenants }) => dueTenants,
    broken: (scale) => brokenOf(scale.dueTenants, scale),
    countOf: "processed",
    jobs: (scale) => ({ email: okTenants(scale) }),
  },
  {
    type: "subscription_payment_reminders",
    file: "stores/subscription-payment-reminders",
    due: ({ dueTenants }) => 2 * dueTenants,
    broken: (scale) => 2 * brokenOf(scale.dueTenants, scale),
    countOf: "processed",
    jobs: (scale) => ({ email: 2 * okTenants(scale) }),
  },
];
