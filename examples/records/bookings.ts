import { audits } from "../../shared/records/audit.ts";
import { bookings, type Booking } from "../../shared/records/booking.ts";
import { notifications } from "../../shared/records/notification.ts";
import { clients, performers } from "../../shared/records/people.ts";
import { oneTimeCodes } from "../../shared/records/short-lived.ts";
import type { StorePorts } from "../../shared/stores/analytics-changes.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What a small agency has on record: a client, a performer, a booking that begins in 24 hours and is paid in part, one
 * whose deposit never came, and one piece each of what is tidied up.
 *
 * @returns for each record whether it is new.
 */
export async function storeBookings({ records, clock }: StorePorts): Promise<readonly boolean[]> {
  const now = clock.now();
  const at = (ms: number) => new Date(now + ms).toISOString();
  const booking = {
    clientId: "cl_ada",
    performerId: "pf_babbage",
    service: "Close-up magic",
    timeZone: "Europe/Amsterdam",
    location: "Keizersgracht 1, Amsterdam",
    price: 45_000,
    currency: "EUR",
  } as const;
  return [
    await clients.create(records, {
      clientId: "cl_ada",
      name: "Ada Lovelace",
      email: "ada@example.com",
      phone: "+31612345678",
      wantsWhatsApp: true,
      timeZone: "Europe/London",
    }),
    await performers.create(records, {
      performerId: "pf_babbage",
      name: "The Great Babbage",
      email: "charles@example.com",
      wantsWhatsApp: false,
    }),
    await bookings.create(records, {
      ...booking,
      bookingId: "bk_tomorrow",
      startsAt: at(DAY_MS),
      status: "confirmed",
      paid: 10_000,
      payUrl: "https://studio.example.com/pay/bk_tomorrow",
      depositPaidAt: at(-20 * DAY_MS),
      createdAt: at(-21 * DAY_MS),
    }),
    await bookings.create(records, {
      ...booking,
      bookingId: "bk_unpaid",
      startsAt: at(10 * DAY_MS),
      status: "pending",
      paid: 0,
      createdAt: at(-25 * HOUR_MS),
    }),
    await notifications.create(records, {
      notificationId: "nt_read",
      recipient: { role: "client", id: "cl_ada" },
      kind: "booking_reminder",
      about: "bk_of_last_year",
      channels: ["email"],
      createdAt: at(-31 * DAY_MS),
      readAt: at(-30 * DAY_MS),
    }),
    await oneTimeCodes.create(records, { codeHash: "0c".repeat(20), recipient: "ad".repeat(20), validUntil: at(-1) }),
    await audits.create(records, {
      auditId: "au_old",
      at: at(-91 * DAY_MS),
      actor: "cleanup_stale_bookings",
      action: "booking.cancelled",
      subject: { kind: "booking", id: "bk_of_last_year" },
      severity: "info",
      details: {},
    }),
  ];
}

/** A booking whose client nobody has stored: each run says so, and the owner gets a mail. */
export async function storeMistake({ records, clock }: StorePorts): Promise<readonly boolean[]> {
  const now = clock.now();
  const booking: Booking = {
    bookingId: "bk_mistake",
    clientId: "cl_gone",
    performerId: "pf_babbage",
    service: "Close-up magic",
    startsAt: new Date(now + DAY_MS).toISOString(),
    timeZone: "Europe/Amsterdam",
    status: "confirmed",
    price: 45_000,
    paid: 45_000,
    currency: "EUR",
    createdAt: new Date(now - DAY_MS).toISOString(),
  };
  return [await bookings.create(records, booking)];
}
