import { expect, it } from "@jest/globals";

import { expectMail, runJob } from "../../../testing/index.ts"; // before the handlers
import { handler as bookingReminders } from "../../../functions/bookings/booking-reminders.ts";
import { handler as email } from "../../../functions/messaging/email.ts";
import { BOOKING_LISTS, bookings } from "../../../shared/records/booking.ts";
import { clients, performers } from "../../../shared/records/people.ts";
import { MemoryRecordStore } from "../../../test/support/memory-record-store.ts";
import { book, depositPaid, move, wasRead } from "./booking-app.ts";
import { notifications } from "../../../shared/records/notification.ts";

const PAID_AT = "2026-11-20T11:00:00Z";

async function booked() {
  const records = new MemoryRecordStore();
  await book(records);
  return records;
}

const listed = (records: MemoryRecordStore, list: keyof typeof BOOKING_LISTS) =>
  bookings.entries(records, BOOKING_LISTS[list]);

it("stores a booking that stands in the list of its state, and moves with it", async () => {
  const records = await booked();
  await expect(listed(records, "unpaid")).resolves.toMatchObject([{ id: "bk_42" }]);
  await expect(depositPaid(records, "bk_42", 10_000, PAID_AT)).resolves.toBe(true);
  await expect(listed(records, "unpaid")).resolves.toEqual([]);
  await expect(listed(records, "owing")).resolves.toMatchObject([{ id: "bk_42" }]);
  await move(records, "bk_42", "2026-12-05T18:30:00Z");
  await expect(listed(records, "upcoming")).resolves.toMatchObject([{ at: Date.parse("2026-12-05T18:30:00Z") }]);
});

it("learns that a booking was cancelled before its deposit came", async () => {
  const records = await booked();
  await bookings.update(records, { id: "bk_42" }, () => ({ status: "cancelled" as const }));
  await expect(depositPaid(records, "bk_42", 10_000, PAID_AT)).resolves.toBe(false);
});

// #region test
it("has its clients reminded, each by their own clock", async () => {
  const records = await booked();
  await depositPaid(records, "bk_42", 10_000, PAID_AT);
  const asOf = "2026-12-03T18:30:00Z";
  const given = [
    bookings.given((await bookings.get(records, { id: "bk_42" })).body),
    clients.given((await clients.get(records, { id: "cl_7" })).body),
    performers.given((await performers.get(records, { id: "pf_3" })).body),
  ];
  const run = await runJob(bookingReminders, { dryRun: false, asOf }, { now: asOf, records: given, others: [email] });
  expect(run.result).toMatchObject({ success: true, remindersSent: 1, errors: [] });
  expect(expectMail(run, { to: "zoe@example.com" }).subject).toContain("19:30");
  expect(expectMail(run, { to: "charles@example.com" }).subject).toContain("18:30");
});
// #endregion

it("marks a notification as read, once", async () => {
  const records = new MemoryRecordStore();
  await notifications.create(records, {
    notificationId: "booking_reminder-bk_42-client",
    recipient: { role: "client", id: "cl_7" },
    kind: "booking_reminder",
    about: "bk_42",
    channels: ["email"],
    createdAt: "2026-12-03T18:30:00Z",
  });
  await wasRead(records, "booking_reminder-bk_42-client", "2026-12-03T20:00:00Z");
  await wasRead(records, "booking_reminder-bk_42-client", "2026-12-04T08:00:00Z");
  await expect(notifications.get(records, { id: "booking_reminder-bk_42-client" })).resolves.toMatchObject({
    body: { readAt: "2026-12-03T20:00:00Z" },
    version: 2,
  });
});
