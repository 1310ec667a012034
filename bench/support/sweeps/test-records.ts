import { bookings, type Booking } from "../../../shared/records/booking.ts";
import { notifications } from "../../../shared/records/notification.ts";
import { clients, performers } from "../../../shared/records/people.ts";
import { subscriptionPayments, subscriptions, type Subscription } from "../../../shared/records/subscription.ts";
import { tenants } from "../../../shared/records/tenant.ts";
import { exampleSeller } from "../../../shared/contracts/seller.ts";
import type { GivenRecord } from "../../../testing/fakes.ts";

/** How many records there are, and how many of them a sweep has something to do for. */
export interface Scale {
  readonly bookings: number;
  /** For each of the bookings' sweeps. */
  readonly due: number;
  readonly tenants: number;
  /** For each of the stores' sweeps; its renewals and its payments are so many each. */
  readonly dueTenants: number;
  /** One due record in so many is broken. */
  readonly failingEvery: number;
}

/** The time that all cut-offs count from. */
export const AS_OF = "2026-03-01T02:00:00.000Z";
const NOW = Date.parse(AS_OF);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLIENTS = 1_000;
const PERFORMERS = 200;

const iso = (at: number): string => new Date(Math.round(at)).toISOString();

/** Whether the due record of that number is broken: in turn its person is not there, or it has not its shape. */
export const isBroken = (number: number, { failingEvery }: Scale): boolean =>
  number % failingEvery === failingEvery - 1;
const isShapeless = (number: number, { failingEvery }: Scale): boolean => Math.floor(number / failingEvery) % 2 === 1;

/** Whether the client or performer of that number gets WhatsApp messages as well. */
export const wantsWhatsApp = (number: number): boolean => number % 2 === 1;
export const clientOf = (booking: number): number => booking % CLIENTS;
export const performerOf = (booking: number): number => booking % PERFORMERS;

/** All records, one after the other: they need not lie in memory together. */
export function* testRecords(scale: Scale): Generator<GivenRecord> {
  yield { kind: "settings", id: "seller", body: exampleSeller };
  yield* people();
  for (let number = 0; number < scale.bookings; number += 1) yield bookingRecord(number, scale);
  for (let number = 0; number < notificationsOf(scale); number += 1) yield notificationRecord(number, scale);
  for (let number = 0; number < scale.tenants; number += 1) yield* tenantRecords(number, scale);
}

/** A fifth of the bookings, and as many due as of these. */
const notificationsOf = ({ bookings: count, due }: Scale): number => Math.max(count / 5, due);

function* people(): Generator<GivenRecord> {
  const person = (number: number) => ({
    name: `Person ${number}`,
    email: `person${number}@example.com`,
    ...(wantsWhatsApp(number) && { phone: "+31612345678" }),
    wantsWhatsApp: wantsWhatsApp(number),
  });
  for (let number = 0; number < CLIENTS; number += 1) {
    yield clients.given({ clientId: `cl_${number}`, ...person(number) });
  }
  for (let number = 0; number < PERFORMERS; number += 1) {
    yield performers.given({ performerId: `pf_${number}`, ...person(number) });
  }
}

/** First the due ones of each sweep (stale, to be reminded of, owing), then all that is not due. */
function bookingRecord(number: number, scale: Scale): GivenRecord {
  const { due } = scale;
  const sweep = Math.floor(number / due);
  const index = number % due;
  const isDue = sweep < 3;
  const isLost = isDue && isBroken(index, scale);
  const given = bookings.given({
    bookingId: `bk_${number}`,
    clientId: isLost && !isShapeless(index, scale) ? "nobody" : `cl_${clientOf(number)}`,
    performerId: `pf_${performerOf(number)}`,
    service: "Close-up magic",
    timeZone: "Europe/Amsterdam",
    location: "Keizersgracht 1, Amsterdam",
    price: 45_000,
    currency: "EUR",
    ...(isDue ? dueBooking(sweep, index / due) : otherBooking(number)),
  });
  return isLost && isShapeless(index, scale) ? { ...given, body: { ...given.body, price: "dear" } } : given;
}

type Circumstances = Pick<Booking, "status" | "startsAt" | "createdAt" | "paid"> & Partial<Booking>;

/** @param share from 0 to 1: where in the window it stands. */
function dueBooking(sweep: number, share: number): Circumstances {
  const createdAt = iso(NOW - 20 * DAY_MS);
  const confirmed = { status: "confirmed", depositPaidAt: createdAt, createdAt } as const;
  if (sweep === 0) {
    const madeAt = iso(NOW - DAY_MS - share * 10 * DAY_MS);
    return { status: "pending", startsAt: iso(NOW + 30 * DAY_MS), createdAt: madeAt, paid: 0 };
  }
  if (sweep === 1) return { ...confirmed, startsAt: iso(NOW + 23 * HOUR_MS + share * 2 * HOUR_MS), paid: 45_000 };
  return { ...confirmed, startsAt: iso(NOW + 26 * HOUR_MS + share * 46 * HOUR_MS), paid: 10_000 };
}

function otherBooking(number: number): Circumstances {
  const createdAt = iso(NOW - 20 * DAY_MS);
  const later = iso(NOW + 73 * HOUR_MS + (number % 1_000) * HOUR_MS);
  const confirmed = { status: "confirmed", depositPaidAt: createdAt, createdAt, startsAt: later } as const;
  const past = iso(NOW - 5 * DAY_MS);
  switch (number % 5) {
    case 0:
      return { status: "pending", createdAt: iso(NOW - (number % 1_000) * 80_000), startsAt: later, paid: 0 };
    case 1:
      return { ...confirmed, paid: 45_000 };
    case 2:
      return { ...confirmed, paid: 10_000 };
    case 3:
      return { status: "completed", createdAt, startsAt: past, paid: 45_000 };
    default: {
      const cancellation = { at: past, reason: "no_deposit", told: { at: past, jobIds: [] } };
      return { status: "cancelled", createdAt, startsAt: later, paid: 0, cancellation };
    }
  }
}

function notificationRecord(number: number, scale: Scale): GivenRecord {
  const isDue = number < scale.due;
  const isRead = isDue || number % 2 === 0;
  const age = isDue ? 31 * DAY_MS + number * 60_000 : isRead ? (number % 29) * DAY_MS : 40 * DAY_MS;
  const given = notifications.given({
    notificationId: `nt_${number}`,
    recipient: { role: "client", id: `cl_${clientOf(number)}` },
    kind: "booking_reminder",
    about: `bk_${number}`,
    channels: ["email"],
    createdAt: iso(NOW - age),
    ...(isRead && { readAt: iso(NOW - DAY_MS) }),
  });
  return isDue && isBroken(number, scale) ? { ...given, body: { ...given.body, channels: "email" } } : given;
}

/** First those whose subscription expires, then those who renew it, then those who owe a payment, then all others. */
function* tenantRecords(number: number, scale: Scale): Generator<GivenRecord> {
  const tenantId = `shop_${number}`;
  const sweep = Math.floor(number / scale.dueTenants);
  const index = number % scale.dueTenants;
  const isLost = sweep < 3 && isBroken(index, scale);
  const isGone = isLost && !isShapeless(index, scale);
  const broken = <Given extends GivenRecord>(given: Given) =>
    isLost && !isGone ? { ...given, body: { ...given.body, amount: "dear" } } : given;
  if (!isGone) {
    yield tenants.given({
      tenantId,
      name: `Shop ${number}`,
      email: `owner${number}@example.com`,
      timeZone: "Europe/Amsterdam",
      currency: "EUR",
      createdAt: "2025-01-01T00:00:00Z",
    });
  }
  const plan = { tenantId, plan: "Studio", amount: 2_900, currency: "EUR" };
  const subscription = subscriptions.given({ ...plan, ...subscriptionOf(sweep, index / scale.dueTenants, number) });
  yield sweep < 2 ? broken(subscription) : subscription;
  if (sweep < 2) return;
  const payment = subscriptionPayments.given({
    paymentId: `sp_${number}`,
    tenantId,
    description: "Studio, March 2026",
    amount: 2_900,
    currency: "EUR",
    timeZone: "Europe/Amsterdam",
    dueOn: sweep === 2 ? (index % 2 === 0 ? "2026-03-01" : "2026-02-20") : "2026-04-01",
    status: sweep === 2 || number % 3 === 0 ? "open" : "paid",
  });
  yield sweep === 2 ? broken(payment) : payment;
}

function subscriptionOf(sweep: number, share: number, number: number): Pick<Subscription, "status" | "expireDate"> {
  if (sweep === 0) return { status: "active", expireDate: iso(NOW - share * 3 * DAY_MS) };
  if (sweep === 1) return { status: "active", expireDate: iso(NOW + 1 + share * 7 * DAY_MS) };
  const isOver = number % 10 === 0;
  return isOver
    ? { status: "suspended", expireDate: iso(NOW - 60 * DAY_MS) }
    : { status: "active", expireDate: iso(NOW + 8 * DAY_MS + (number % 300) * DAY_MS) };
}
