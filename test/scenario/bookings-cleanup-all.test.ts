import { checkJob, expectNothingDone, runJob, runSchedule, type TestRun } from "../../testing/index.ts"; // first
import { describe, expect, it } from "@jest/globals";

import { handler as codesHandler } from "../../functions/bookings/cleanup-expired-otps.ts";
import { handler as auditHandler } from "../../functions/bookings/cleanup-old-audit-logs.ts";
import { handler as notificationsHandler } from "../../functions/bookings/cleanup-old-notifications.ts";
import { handler as bookingsHandler } from "../../functions/bookings/cleanup-stale-bookings.ts";
import { handler } from "../../functions/bookings/cleanup.ts";
import { handler as emailHandler } from "../../functions/messaging/email.ts";
import { cleanupExpiredOtps } from "../../shared/catalog/bookings.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { audits } from "../../shared/records/audit.ts";
import { notifications } from "../../shared/records/notification.ts";
import { oneTimeCodes } from "../../shared/records/short-lived.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";

const NOW = "2026-03-01T02:00:00Z";
const payload = { dryRun: false };
const others = [bookingsHandler, notificationsHandler, codesHandler, auditHandler, emailHandler];

const unpaid = (bookingId: string, createdAt: string) =>
  aBooking({ bookingId, status: "pending", paid: 0, depositPaidAt: undefined, createdAt });
const aNotification = notifications.given({
  notificationId: "nt_1",
  recipient: { role: "client", id: "cl_1" },
  kind: "booking_reminder",
  about: "bk_0",
  channels: ["email"],
  createdAt: "2026-01-01T10:00:00Z",
  readAt: "2026-01-02T10:00:00Z",
});
const aCode = oneTimeCodes.given({
  codeHash: "a".repeat(40),
  recipient: "0".repeat(40),
  validUntil: "2026-03-01T01:50:00Z",
});
const anEntry = audits.given({
  auditId: "au_1",
  at: "2025-11-01T10:00:00Z",
  actor: "us_1",
  action: "booking.cancelled",
  subject: { kind: "booking", id: "bk_0" },
  severity: "info",
  details: {},
});
const records = [
  unpaid("bk_1", "2026-02-27T12:00:00Z"),
  unpaid("bk_2", "2026-02-27T13:00:00Z"),
  aClient(),
  aPerformer(),
  aNotification,
  aCode,
  anEntry,
];
const asOfs = ({ children }: TestRun) =>
  new Set(children.map((child) => (child.payload as { readonly asOf: string }).asOf)); // of a sweep's payload

describe("all clean-ups of bookings", () => {
  it("run as jobs of their own, and are summed up", async () => {
    const run = await runJob(handler, payload, { now: NOW, records, others });
    expect(run.result).toEqual({
      success: true,
      dryRun: false,
      summary: {
        staleBookings: { cancelled: 2, errors: [] },
        notifications: { deleted: 1, errors: [] },
        otps: { deleted: 1, errors: [] },
        auditLogs: { deleted: 1, errors: [] },
      },
    });
    expect(run.children.map(({ type }) => type)).toEqual([
      "cleanup_stale_bookings",
      "cleanup_old_notifications",
      "cleanup_expired_otps",
      "cleanup_old_audit_logs",
    ]);
    expect(run.mails).toHaveLength(4);
  });

  it("count from the occurrence of their schedule, however late they come", async () => {
    // At five o'clock the second booking is 24 hours old; at two it was not.
    const late = [unpaid("bk_1", "2026-02-28T02:00:00Z"), unpaid("bk_2", "2026-02-28T02:00:00.001Z")];
    const run = await runSchedule(handler, "cleanup", NOW, {
      now: "2026-03-01T05:00:00Z",
      records: [...late, aClient(), aPerformer()],
      others,
    });
    expect(run.result).toMatchObject({ summary: { staleBookings: { cancelled: 1 } } });
    expect(asOfs(run)).toEqual(new Set(["2026-03-01T02:00:00.000Z"]));
  });

  it("count from one time that is not theirs to choose when somebody gives it", async () => {
    const run = await runJob(
      handler,
      { dryRun: false, asOf: "2026-02-28T12:30:00+00:00" },
      { now: NOW, records, others },
    );
    expect(run.result).toMatchObject({ summary: { staleBookings: { cancelled: 1 } } });
    expect(asOfs(run)).toEqual(new Set(["2026-02-28T12:30:00.000Z"]));
  });

  it("say what they would do, and do nothing, in a dry run", async () => {
    const run = await runJob(handler, { dryRun: true }, { now: NOW, records, others });
    expect(run.result).toMatchObject({
      success: true,
      dryRun: true,
      summary: { staleBookings: { cancelled: 2 }, auditLogs: { deleted: 1 } },
    });
    expectNothingDone({ ...run, enqueued: run.enqueued.filter(({ parentId }) => parentId !== run.id) });
    expect(run.records.map(({ kind, id, version }) => [kind, id, version])).toEqual(
      records.map(({ kind, id }) => [kind, id, 1]),
    );
  });

  it("one that could not do everything is not a success, and says what; the others go on", async () => {
    const broken = { ...aNotification, id: "nt_broken", body: { readAt: "yesterday" } };
    const run = await runJob(handler, payload, { now: NOW, records: [broken, ...records], others });
    expect(run.result).toMatchObject({
      success: false,
      summary: {
        staleBookings: { cancelled: 2, errors: [] },
        notifications: { deleted: 1, errors: [expect.stringMatching(/^nt_broken: /)] },
        auditLogs: { deleted: 1, errors: [] },
      },
    });
  });

  it("one that fails is an error of its part; the others go on", async () => {
    const failing = {
      definition: cleanupExpiredOtps,
      handle: () => Promise.reject(new PermanentError("TABLE_GONE", "The table is gone.")),
    };
    const run = await runJob(handler, payload, {
      now: NOW,
      records,
      others: [failing, ...others.filter((each) => each !== codesHandler)],
    });
    expect(run.status).toBe("completed");
    expect(run.result).toMatchObject({
      success: false,
      summary: {
        staleBookings: { cancelled: 2, errors: [] },
        otps: { deleted: 0, errors: [expect.stringContaining("TABLE_GONE")] },
        auditLogs: { deleted: 1, errors: [] },
      },
    });
  });

  it("one that another run is at says that it was skipped", async () => {
    const held = {
      kind: "sweep_lock",
      id: "cleanup_stale_bookings",
      body: { jobId: "cleanup_stale_bookings-other", heldUntil: Date.parse("2026-03-01T02:20:00Z") },
    };
    const run = await runJob(handler, payload, { now: NOW, records: [held, ...records], others });
    expect(run.result).toMatchObject({
      success: true,
      summary: {
        staleBookings: { cancelled: 0, errors: [], skipped: true },
        notifications: { deleted: 1, errors: [] },
      },
    });
  });

  it("survive a crash, wherever it comes: no second mail, none forgotten, no entry archived twice", async () => {
    const some = records.filter((each) => each.id !== "bk_2");
    const fewer = others.filter((each) => each !== emailHandler);
    const report = await checkJob(handler, payload, { now: NOW, records: some, others: fewer });
    expect(report.resends).toEqual([]);
  }, 120_000);
});
