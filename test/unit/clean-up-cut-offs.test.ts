import { describe, expect, it } from "@jest/globals";

import { auditCutOff, isOldAndOrdinary } from "../../shared/bookings/archive-audit-log.ts";
import { isStale, unpaidCutOff } from "../../shared/bookings/cancel-unpaid-bookings.ts";
import { isExpired } from "../../shared/sweeps/delete-expired.ts";
import { isReadAndOld, notificationCutOff } from "../../shared/bookings/delete-old-notifications.ts";
import { sweepSettings } from "../../shared/contracts/sweep-settings.ts";
import type { AuditEntry } from "../../shared/records/audit.ts";
import type { Booking } from "../../shared/records/booking.ts";
import type { Notification } from "../../shared/records/notification.ts";
import { aBooking } from "../support/booking-factory.ts";

const { bookings: settings } = sweepSettings.parse({});

const unpaid: Booking = { ...aBooking().body, status: "pending", paid: 0, depositPaidAt: undefined };
const read: Notification = {
  notificationId: "nt_1",
  recipient: { role: "client", id: "cl_1" },
  kind: "booking_reminder",
  about: "bk_1",
  channels: ["email"],
  createdAt: "2026-01-01T10:00:00Z",
  readAt: "2026-01-01T11:00:00Z",
};
const entry: AuditEntry = {
  auditId: "au_1",
  at: "2025-11-01T10:00:00Z",
  actor: "us_1",
  action: "booking.cancelled",
  subject: { kind: "booking", id: "bk_1" },
  severity: "info",
  details: {},
};

describe("a booking without deposit", () => {
  const isCancelled = (createdAt: string, asOf: string, given: Partial<Booking> = {}) =>
    isStale({ ...unpaid, ...given, createdAt }, unpaidCutOff(Date.parse(asOf), settings));

  it.each([
    ["an ordinary night", "2026-03-01T02:00:00Z", "2026-02-28T02:00:00.000Z"],
    ["the night after a leap day", "2028-03-01T02:00:00Z", "2028-02-29T02:00:00.000Z"],
    ["a leap day", "2028-02-29T02:00:00Z", "2028-02-28T02:00:00.000Z"],
    ["the first night of a year", "2026-01-01T02:00:00Z", "2025-12-31T02:00:00.000Z"],
    ["the night of 23 hours in Amsterdam", "2026-03-29T02:00:00Z", "2026-03-28T02:00:00.000Z"],
    ["the night of 25 hours in Amsterdam", "2026-10-25T02:00:00Z", "2026-10-24T02:00:00.000Z"],
  ])("is cancelled 24 hours after its creation: in %s", (_, asOf, at) => {
    expect(isCancelled(new Date(Date.parse(at) + 1).toISOString(), asOf)).toBe(false);
    expect(isCancelled(at, asOf)).toBe(true);
    expect(isCancelled(new Date(Date.parse(at) - 1).toISOString(), asOf)).toBe(true);
  });

  it("is cancelled at exactly 24 hours, whatever offset its creation is written with", () => {
    expect(isCancelled("2026-02-28T03:00:00.001+01:00", "2026-03-01T02:00:00Z")).toBe(false);
    expect(isCancelled("2026-02-28T03:00:00.000+01:00", "2026-03-01T02:00:00Z")).toBe(true);
    expect(isCancelled("2026-02-28T02:59:59.999+01:00", "2026-03-01T02:00:00Z")).toBe(true);
  });

  it("is cancelled after the hours that the settings say", () => {
    const cutOff = unpaidCutOff(Date.parse("2026-03-01T02:00:00Z"), { ...settings, cancelUnpaidAfterHours: 48 });
    expect(isStale({ ...unpaid, createdAt: "2026-02-27T02:00:00.001Z" }, cutOff)).toBe(false);
    expect(isStale({ ...unpaid, createdAt: "2026-02-27T02:00:00.000Z" }, cutOff)).toBe(true);
  });

  it("stays once the deposit is paid, or when it is not pending", () => {
    const old = "2026-02-01T02:00:00Z";
    const asOf = "2026-03-01T02:00:00Z";
    expect(isCancelled(old, asOf)).toBe(true);
    expect(isCancelled(old, asOf, { depositPaidAt: "2026-03-01T01:59:59Z" })).toBe(false);
    for (const status of ["confirmed", "completed", "cancelled"] as const) {
      expect(isCancelled(old, asOf, { status })).toBe(false);
    }
  });
});

describe("a read notification", () => {
  const isDeleted = (createdAt: string, asOf: string) =>
    isReadAndOld({ ...read, createdAt }, notificationCutOff(Date.parse(asOf), settings));

  it.each([
    ["behind a month of 28 days", "2026-03-30T02:00:00Z", "2026-02-28T02:00:00.000Z"],
    ["behind a February of 29 days", "2028-03-30T02:00:00Z", "2028-02-29T02:00:00.000Z"],
    ["on a leap day", "2028-02-29T02:00:00Z", "2028-01-30T02:00:00.000Z"],
    ["over the end of a year", "2026-01-15T02:00:00Z", "2025-12-16T02:00:00.000Z"],
    ["over the night of 23 hours in Amsterdam", "2026-04-10T02:00:00Z", "2026-03-11T02:00:00.000Z"],
    ["over the night of 25 hours in Amsterdam", "2026-11-10T02:00:00Z", "2026-10-11T02:00:00.000Z"],
  ])("is deleted when it is older than 30 days: %s", (_, asOf, at) => {
    expect(isDeleted(new Date(Date.parse(at) + 1).toISOString(), asOf)).toBe(false);
    expect(isDeleted(at, asOf)).toBe(false);
    expect(isDeleted(new Date(Date.parse(at) - 1).toISOString(), asOf)).toBe(true);
  });

  it("stays while nobody has read it, however old", () => {
    const { readAt: _, ...unread } = read;
    const cutOff = notificationCutOff(Date.parse("2026-03-01T02:00:00Z"), settings);
    expect(isReadAndOld({ ...unread, createdAt: "2020-01-01T00:00:00Z" }, cutOff)).toBe(false);
  });
});

describe("a one-time code", () => {
  it.each([
    ["2026-03-01T02:00:00.001Z", false],
    ["2026-03-01T02:00:00.000Z", true],
    ["2026-03-01T01:59:59.999Z", true],
    ["2026-03-01T03:00:00.001+01:00", false],
    ["2026-03-01T03:00:00.000+01:00", true],
  ])("that is valid until %s has expired at 02:00 UTC: %s", (validUntil, expired) => {
    expect(isExpired({ validUntil }, Date.parse("2026-03-01T02:00:00Z"))).toBe(expired);
  });

  it("of a leap day has expired when the day is over", () => {
    const code = { validUntil: "2028-03-01T00:00:00Z" };
    expect(isExpired(code, Date.parse("2028-02-29T23:59:59.999Z"))).toBe(false);
    expect(isExpired(code, Date.parse("2028-03-01T00:00:00.000Z"))).toBe(true);
    expect(isExpired(code, Date.parse("2028-03-01T00:00:00.001Z"))).toBe(true);
  });
});

describe("an audit entry", () => {
  const isArchived = (at: string, asOf: string) =>
    isOldAndOrdinary({ ...entry, at }, auditCutOff(Date.parse(asOf), settings));

  it.each([
    ["over a February of 28 days", "2026-03-31T02:00:00Z", "2025-12-31T02:00:00.000Z"],
    ["over a February of 29 days", "2028-03-31T02:00:00Z", "2028-01-01T02:00:00.000Z"],
    ["since a leap day", "2028-05-29T02:00:00Z", "2028-02-29T02:00:00.000Z"],
    ["over the night of 23 hours in Amsterdam", "2026-05-01T02:00:00Z", "2026-01-31T02:00:00.000Z"],
    ["over the night of 25 hours in Amsterdam", "2026-12-01T02:00:00Z", "2026-09-02T02:00:00.000Z"],
  ])("is archived when it is older than 90 days: %s", (_, asOf, at) => {
    expect(isArchived(new Date(Date.parse(at) + 1).toISOString(), asOf)).toBe(false);
    expect(isArchived(at, asOf)).toBe(false);
    expect(isArchived(new Date(Date.parse(at) - 1).toISOString(), asOf)).toBe(true);
  });

  it("that is critical is kept for good, a warning is not", () => {
    const cutOff = auditCutOff(Date.parse("2026-03-01T02:00:00Z"), settings);
    const at = "2020-01-01T00:00:00Z";
    expect(isOldAndOrdinary({ ...entry, at, severity: "critical" }, cutOff)).toBe(false);
    expect(isOldAndOrdinary({ ...entry, at, severity: "warning" }, cutOff)).toBe(true);
  });
});
