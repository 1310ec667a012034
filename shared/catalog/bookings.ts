import { exampleSeller } from "../contracts/seller.ts";
import { defineJob } from "../job/define-job.ts";
import { audits } from "../records/audit.ts";
import { bookings, type Booking } from "../records/booking.ts";
import { notifications } from "../records/notification.ts";
import { clients, performers } from "../records/people.ts";
import { oneTimeCodes } from "../records/short-lived.ts";
import { sweepPayload } from "../contracts/sweep-payload.ts";
import { SWEEP_RETRY, SWEEP_RUN } from "./sweep-run.ts";

const AS_OF = "2026-03-01T02:00:00Z";

const exampleBooking: Booking = {
  bookingId: "bk_1",
  clientId: "cl_1",
  performerId: "pf_1",
  service: "Close-up magic",
  startsAt: "2026-03-02T02:30:00Z",
  timeZone: "Europe/Amsterdam",
  location: "Keizersgracht 1, Amsterdam",
  status: "confirmed",
  price: 45_000,
  paid: 10_000,
  currency: "EUR",
  depositPaidAt: "2026-02-10T09:00:00Z",
  createdAt: "2026-02-10T08:00:00Z",
};

const { depositPaidAt: _deposit, ...unpaid } = exampleBooking;
const staleBooking: Booking = {
  ...unpaid,
  bookingId: "bk_2",
  status: "pending",
  paid: 0,
  createdAt: "2026-02-27T12:00:00Z",
};

const people = [
  clients.given({
    clientId: "cl_1",
    name: "Ada Lovelace",
    email: "ada@example.com",
    phone: "+31612345678",
    wantsWhatsApp: true,
    timeZone: "Europe/London",
  }),
  performers.given({
    performerId: "pf_1",
    name: "The Great Babbage",
    email: "charles@example.com",
    wantsWhatsApp: false,
  }),
  { kind: "settings", id: "seller", body: exampleSeller },
];

const sweep = { payload: sweepPayload, retry: SWEEP_RETRY, run: SWEEP_RUN, group: "bookings" } as const;
const ofEverySweep = { sweep_lock: "write", settings: "read" } as const;
const example = <Records>(records: Records) => ({ payload: { dryRun: false, asOf: AS_OF }, records });

/** What it takes to tell people of a booking. */
const tellingPeople = { client: "read", performer: "read", notification: "write" } as const;

export const cleanupStaleBookings = defineJob({
  ...sweep,
  type: "cleanup_stale_bookings",
  aliases: ["cleanupStaleBookings"],
  summary: "Cancels bookings without deposit a day after they were made, and has both sides told.",
  needs: {
    records: { ...ofEverySweep, ...tellingPeople, booking: "write", audit: "write" },
    lists: ["booking"],
    enqueues: ["email", "whatsapp_message"],
  },
  example: example([bookings.given(staleBooking), ...people]),
});

export const cleanupOldNotifications = defineJob({
  ...sweep,
  type: "cleanup_old_notifications",
  aliases: ["cleanupOldNotifications"],
  summary: "Deletes notifications that were read and are older than 30 days.",
  needs: { records: { ...ofEverySweep, notification: "remove" }, lists: ["notification"], enqueues: ["email"] },
  example: example([
    notifications.given({
      notificationId: "nt_1",
      recipient: { role: "client", id: "cl_1" },
      kind: "booking_reminder",
      about: "bk_0",
      channels: ["email"],
      createdAt: "2026-01-01T10:00:00Z",
      readAt: "2026-01-02T10:00:00Z",
    }),
  ]),
});

export const cleanupExpiredOtps = defineJob({
  ...sweep,
  type: "cleanup_expired_otps",
  aliases: ["cleanupExpiredOTPs"],
  summary: "Deletes one-time codes whose time is over.",
  needs: { records: { ...ofEverySweep, one_time_code: "remove" }, lists: ["one_time_code"], enqueues: ["email"] },
  example: example([
    oneTimeCodes.given({
      codeHash: "0123456789abcdef0123456789abcdef01234567",
      recipient: "b4c9a289323b21a01c3e940f150eb9b8c542587f",
      validUntil: "2026-03-01T01:50:00Z",
    }),
  ]),
});

export const cleanupOldAuditLogs = defineJob({
  ...sweep,
  type: "cleanup_old_audit_logs",
  aliases: ["cleanupOldAuditLogs"],
  summary: "Archives audit entries older than 90 days, except critical ones, and deletes them.",
  needs: { records: { ...ofEverySweep, audit: "remove" }, lists: ["audit"], files: ["archives"], enqueues: ["email"] },
  example: example([
    audits.given({
      auditId: "au_1",
      at: "2025-11-01T10:00:00Z",
      actor: "cleanup_stale_bookings",
      action: "booking.cancelled",
      subject: { kind: "booking", id: "bk_0" },
      severity: "info",
      details: {},
    }),
  ]),
});

export const cleanup = defineJob({
  ...sweep,
  type: "cleanup",
  aliases: ["runAllCleanupJobs"],
  summary: "Runs all clean-ups of bookings and sums them up.",
  run: { ...SWEEP_RUN, timeoutSeconds: 30 },
  needs: {
    enqueues: ["cleanup_stale_bookings", "cleanup_old_notifications", "cleanup_expired_otps", "cleanup_old_audit_logs"],
  },
  schedules: [{ name: "cleanup", cron: "0 2 * * *", payload: { dryRun: false } }],
  example: example([bookings.given(staleBooking), ...people]),
});

export const bookingReminders = defineJob({
  ...sweep,
  type: "booking_reminders",
  aliases: ["sendBookingReminders"],
  summary: "Has both sides reminded of bookings that begin in 23 to 25 hours, once for each booking.",
  needs: {
    records: { ...ofEverySweep, ...tellingPeople, booking: "write" },
    lists: ["booking"],
    enqueues: ["email", "whatsapp_message"],
  },
  example: example([bookings.given(exampleBooking), ...people]),
});

export const paymentReminders = defineJob({
  ...sweep,
  type: "payment_reminders",
  aliases: ["sendPaymentReminders"],
  summary: "Has clients reminded of what they still have to pay three days before the event, once for each booking.",
  needs: {
    records: { ...ofEverySweep, ...tellingPeople, booking: "write" },
    lists: ["booking"],
    enqueues: ["email", "whatsapp_message"],
  },
  example: example([bookings.given(exampleBooking), ...people]),
});

export const reminders = defineJob({
  ...sweep,
  type: "reminders",
  aliases: ["runAllReminderJobs"],
  summary: "Runs all reminders of bookings and sums them up.",
  run: { ...SWEEP_RUN, timeoutSeconds: 30 },
  needs: { enqueues: ["booking_reminders", "payment_reminders"] },
  // Each hour has its own window: one that is left out might be the only one that a booking stands in.
  schedules: [{ name: "reminders", cron: "0 * * * *", payload: { dryRun: false }, overlap: "queue" }],
  example: example([bookings.given(exampleBooking), ...people]),
});
