import { bookings, type Booking } from "../../shared/records/booking.ts";
import { clients, performers, type Client, type Performer } from "../../shared/records/people.ts";

/** A confirmed booking of €450.00 in Amsterdam, of which €100.00 are paid; it begins on 2 March 2026 at 20:00 there. */
export const aBooking = (overrides: Partial<Booking> = {}) =>
  bookings.given({
    bookingId: "bk_1",
    clientId: "cl_1",
    performerId: "pf_1",
    service: "Close-up magic",
    startsAt: "2026-03-02T19:00:00Z",
    timeZone: "Europe/Amsterdam",
    location: "Keizersgracht 1, Amsterdam",
    status: "confirmed",
    price: 45_000,
    paid: 10_000,
    currency: "EUR",
    depositPaidAt: "2026-02-10T09:00:00Z",
    payUrl: "https://studio.example.com/pay/bk_1",
    createdAt: "2026-02-10T08:00:00Z",
    ...overrides,
  });

/** Who booked; mail only, unless it says otherwise. */
export const aClient = (overrides: Partial<Client> = {}) =>
  clients.given({
    clientId: "cl_1",
    name: "Ada Lovelace",
    email: "ada@example.com",
    wantsWhatsApp: false,
    ...overrides,
  });

/** Who is booked; mail only, unless it says otherwise. */
export const aPerformer = (overrides: Partial<Performer> = {}) =>
  performers.given({
    performerId: "pf_1",
    name: "The Great Babbage",
    email: "charles@example.com",
    wantsWhatsApp: false,
    ...overrides,
  });
