import type { GivenRecord } from "../../testing/fakes.ts";
import { audits } from "../../shared/records/audit.ts";
import { notifications } from "../../shared/records/notification.ts";
import { subscriptions } from "../../shared/records/subscription.ts";
import { callsOf } from "./root-job.ts";
import { scheduledSubjects } from "./scheduled-subject.ts";
import type { Subject } from "./subject.ts";

/** One more than a page holds. */
const MORE_THAN_A_PAGE = 51;

/** What the examples do not show of a sweep: its schedule, two runs at once, and more than one page. */
export function sweepScenariosOf(subject: Subject): Subject[] {
  const { name } = subject;
  if (name === "booking_reminders") return [twoAtOnce(subject)];
  if (name === "subscription_expiry_check") return [twoAtOnce(subject), ...nightly(subject)];
  if (name === "cleanup_old_notifications") return [twoPages(subject, notificationOf)];
  return name === "cleanup_old_audit_logs" ? [twoPages(subject, auditOf)] : [];
}

/** Its time is its occurrence's, in the world's first minutes: one subscription has expired by then, and one does long after the last run. */
function nightly(subject: Subject): Subject[] {
  const expiring = { tenantId: "shop_1", plan: "Studio", status: "active", amount: 2_900, currency: "EUR" } as const;
  const records = subject.records.filter(({ kind }) => kind !== subscriptions.kind);
  const isDue = subscriptions.given({ ...expiring, expireDate: "2026-01-01T00:10:00Z" });
  const isLater = subscriptions.given({ ...expiring, tenantId: "shop_2", expireDate: "2026-01-31T00:10:00Z" });
  const schedules = [{ name: "nightly", cron: "0 0 * * *", payload: { dryRun: false } }];
  const [scheduled] = scheduledSubjects({ ...subject, records: [...records, isDue, isLater] }, schedules);
  return scheduled === undefined ? [] : [{ ...scheduled, isLong: true }];
}

/** One that a schedule enqueues, and one that a person does at the same moment. */
const twoAtOnce = (subject: Subject): Subject => ({
  ...subject,
  name: `${subject.name}/two-at-once`,
  isLong: true,
  calls: [
    ...callsOf(subject),
    ({ enqueue }) => enqueue(subject.root.definition, subject.payload, { idempotencyKey: "by-hand" }),
  ],
});

const twoPages = (subject: Subject, recordOf: (number: number) => GivenRecord): Subject => ({
  ...subject,
  name: `${subject.name}/two-pages`,
  isLong: true,
  records: Array.from({ length: MORE_THAN_A_PAGE }, (_, number) => recordOf(number)),
});

const notificationOf = (number: number): GivenRecord =>
  notifications.given({
    notificationId: `nt_${number}`,
    recipient: { role: "client", id: "cl_1" },
    kind: "booking_reminder",
    about: "bk_0",
    channels: ["email"],
    // The last two of the first page and the first one of the second stand at one time.
    createdAt: `2026-01-01T10:00:${String(Math.min(number, 48)).padStart(2, "0")}Z`,
    readAt: "2026-01-02T10:00:00Z",
  });

const auditOf = (number: number): GivenRecord =>
  audits.given({
    auditId: `au_${number}`,
    at: `2025-11-01T10:00:${String(Math.min(number, 48)).padStart(2, "0")}Z`,
    actor: "cleanup_stale_bookings",
    action: "booking.cancelled",
    subject: { kind: "booking", id: "bk_0" },
    severity: "info",
    details: {},
  });
