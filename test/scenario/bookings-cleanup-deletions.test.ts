import { checkJob, expectMail, expectNothingDone, refuse, runJob, type TestRun } from "../../testing/index.ts"; // first
import { describe, expect, it } from "@jest/globals";

import { handler as codesHandler } from "../../functions/bookings/cleanup-expired-otps.ts";
import { handler as notificationsHandler } from "../../functions/bookings/cleanup-old-notifications.ts";
import { handler as emailHandler } from "../../functions/messaging/email.ts";
import { notifications, type Notification } from "../../shared/records/notification.ts";
import { oneTimeCodes, type OneTimeCode } from "../../shared/records/short-lived.ts";
import { beforeChangeOf } from "../support/meanwhile.ts";

const NOW = "2026-03-31T02:00:00Z";
const payload = { dryRun: false, asOf: NOW };
const others = [emailHandler];

const aNotification = (overrides: Partial<Notification> = {}) =>
  notifications.given({
    notificationId: "nt_1",
    recipient: { role: "client", id: "cl_1" },
    kind: "booking_reminder",
    about: "bk_1",
    channels: ["email"],
    createdAt: "2026-01-01T10:00:00Z",
    readAt: "2026-01-02T10:00:00Z",
    ...overrides,
  });
const hashOf = (digit: string) => digit.repeat(40);
const aCode = (overrides: Partial<OneTimeCode> = {}) =>
  oneTimeCodes.given({
    codeHash: hashOf("a"),
    recipient: hashOf("0"),
    validUntil: "2026-03-31T01:50:00Z",
    ...overrides,
  });
const idsOf = ({ records }: TestRun, kind: string) =>
  records.filter((each) => each.kind === kind).map(({ id }) => id.slice(0, 9));

describe("the clean-up of notifications", () => {
  it("deletes those that were read and are older than 30 days, and no others", async () => {
    const records = [
      aNotification({ notificationId: "nt_before", createdAt: "2026-03-01T01:59:59.999Z" }),
      aNotification({ notificationId: "nt_at", createdAt: "2026-03-01T02:00:00Z" }),
      aNotification({ notificationId: "nt_after", createdAt: "2026-03-01T02:00:00.001Z" }),
      aNotification({ notificationId: "nt_unread", readAt: undefined }),
      aNotification({ notificationId: "nt_just_read", readAt: "2026-03-31T01:59:00Z" }),
    ];
    const run = await runJob(notificationsHandler, payload, { now: NOW, records });
    expect(run.result).toEqual({
      success: true,
      errors: [],
      errorCount: 0,
      visited: 2,
      dryRun: false,
      deletedCount: 2,
    });
    expect(idsOf(run, "notification")).toEqual(["nt_at", "nt_after", "nt_unread"]);
    expectNothingDone(run);
  });

  it("keeps them as long as the settings say", async () => {
    const settings = { kind: "settings", id: "sweeps", body: { bookings: { notificationRetentionDays: 365 } } };
    const records = [
      aNotification({ notificationId: "nt_old", createdAt: "2025-03-31T01:59:59.999Z" }),
      aNotification({ notificationId: "nt_kept", createdAt: "2025-03-31T02:00:00.000Z" }),
      settings,
    ];
    const run = await runJob(notificationsHandler, payload, { now: NOW, records });
    expect(run.result).toMatchObject({ deletedCount: 1 });
    expect(idsOf(run, "notification")).toEqual(["nt_kept"]);
  });

  it("deletes all of several pages", async () => {
    const records = Array.from({ length: 120 }, (_, number) => aNotification({ notificationId: `nt_${number}` }));
    const run = await runJob(notificationsHandler, payload, { now: NOW, records });
    expect(run.result).toMatchObject({ visited: 120, deletedCount: 120 });
    expect(idsOf(run, "notification")).toEqual([]);
  });

  it("leaves one that was marked as unread in the same moment", async () => {
    const racing = beforeChangeOf("notification", notificationsHandler, (records) =>
      notifications.update(records, { id: "nt_1" }, () => ({ readAt: undefined })),
    );
    const run = await runJob(racing, payload, { now: NOW, records: [aNotification()] });
    expect(run.result).toMatchObject({ success: true, visited: 1, deletedCount: 0 });
    expect(idsOf(run, "notification")).toEqual(["nt_1"]);
  });

  it("deletes nothing in a dry run, and says how many it would", async () => {
    const run = await runJob(
      notificationsHandler,
      { ...payload, dryRun: true },
      { now: NOW, records: [aNotification()] },
    );
    expect(run.result).toMatchObject({ success: true, dryRun: true, deletedCount: 1 });
    expect(idsOf(run, "notification")).toEqual(["nt_1"]);
  });

  it("says which one is broken, deletes the others, and tells the owner", async () => {
    const broken = { ...aNotification({ notificationId: "nt_broken" }), body: { readAt: "yesterday" } };
    const run = await runJob(notificationsHandler, payload, { now: NOW, records: [broken, aNotification()], others });
    expect(run.result).toMatchObject({ success: false, errorCount: 1, deletedCount: 1 });
    expect(run.result).toMatchObject({
      errors: [expect.stringMatching(/^nt_broken: The notification record nt_broken /)],
    });
    expect(idsOf(run, "notification")).toEqual(["nt_broken"]);
    expectMail(run, { subject: /cleanup_old_notifications: 1 could not be done/ });
  });

  it("survives a crash, wherever it comes", async () => {
    const records = [aNotification(), aNotification({ notificationId: "nt_2" })];
    const report = await checkJob(notificationsHandler, payload, { now: NOW, records });
    expect(report.resends).toEqual([]);
  }, 60_000);
});

describe("the clean-up of one-time codes", () => {
  it("deletes those whose time is over, used or not, and no others", async () => {
    const records = [
      aCode({ codeHash: hashOf("a"), validUntil: "2026-03-31T01:59:59.999Z" }),
      aCode({ codeHash: hashOf("b"), validUntil: "2026-03-31T02:00:00.000Z", usedAt: "2026-03-31T01:30:00Z" }),
      aCode({ codeHash: hashOf("c"), validUntil: "2026-03-31T02:00:00.001Z" }),
    ];
    const run = await runJob(codesHandler, payload, { now: NOW, records });
    expect(run.result).toMatchObject({ success: true, visited: 2, deletedCount: 2 });
    expect(idsOf(run, "one_time_code")).toEqual(["ccccccccc"]);
    expectNothingDone(run);
  });

  it("leaves one whose time was extended in the same moment", async () => {
    const racing = beforeChangeOf("one_time_code", codesHandler, (records) =>
      oneTimeCodes.update(records, { id: hashOf("a") }, () => ({ validUntil: "2026-03-31T02:10:00Z" })),
    );
    const run = await runJob(racing, payload, { now: NOW, records: [aCode()] });
    expect(run.result).toMatchObject({ success: true, deletedCount: 0 });
    expect(idsOf(run, "one_time_code")).toHaveLength(1);
  });

  it("deletes nothing in a dry run, and says how many it would", async () => {
    const run = await runJob(codesHandler, { ...payload, dryRun: true }, { now: NOW, records: [aCode()] });
    expect(run.result).toMatchObject({ dryRun: true, deletedCount: 1 });
    expect(idsOf(run, "one_time_code")).toHaveLength(1);
  });

  it("says which one is broken, and deletes the others", async () => {
    const broken = { ...aCode({ codeHash: hashOf("f") }), body: { validUntil: "2026-03-31T01:50:00Z" } };
    const run = await runJob(codesHandler, payload, { now: NOW, records: [broken, aCode()] });
    expect(run.result).toMatchObject({ success: false, errorCount: 1, deletedCount: 1 });
    expect(idsOf(run, "one_time_code")).toEqual(["fffffffff"]);
  });

  it("goes on after a refused page", async () => {
    const faults = [refuse("records.entries")];
    const run = await runJob(codesHandler, payload, { now: NOW, records: [aCode()], faults });
    expect(run).toMatchObject({ status: "completed", attempts: 2, result: { success: true, deletedCount: 1 } });
  });

  it("survives a crash, wherever it comes", async () => {
    const records = [aCode(), aCode({ codeHash: hashOf("b") })];
    const report = await checkJob(codesHandler, payload, { now: NOW, records });
    expect(report.resends).toEqual([]);
  }, 60_000);
});
