import { describe, expect, it } from "@jest/globals";

import { runJob } from "../../testing/index.ts"; // before the handlers
import { storeBookings, storeMistake } from "../../examples/records/bookings.ts";
import { storeStores } from "../../examples/records/stores.ts";
import { handler as analyticsAggregation } from "../../functions/stores/analytics-aggregation.ts";
import { handler as storeCleanup } from "../../functions/stores/store-cleanup.ts";
import { handler as subscriptionExpiryCheck } from "../../functions/stores/subscription-expiry-check.ts";
import { handler as subscriptionPaymentReminders } from "../../functions/stores/subscription-payment-reminders.ts";
import { handler as cleanup } from "../../functions/bookings/cleanup.ts";
import { handler as cleanupExpiredOtps } from "../../functions/bookings/cleanup-expired-otps.ts";
import { handler as cleanupOldAuditLogs } from "../../functions/bookings/cleanup-old-audit-logs.ts";
import { handler as cleanupOldNotifications } from "../../functions/bookings/cleanup-old-notifications.ts";
import { handler as cleanupStaleBookings } from "../../functions/bookings/cleanup-stale-bookings.ts";
import { handler as bookingReminders } from "../../functions/bookings/booking-reminders.ts";
import { handler as paymentReminders } from "../../functions/bookings/payment-reminders.ts";
import { handler as reminders } from "../../functions/bookings/reminders.ts";
import type { RecordLists } from "../../shared/job/record-lists.ts";
import type { RecordKey } from "../../shared/ports/record-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const NOW = "2026-11-22T21:44:00Z";

/** Remembers what was stored, with its lists, for a test run's own store. */
class GivenRecords extends MemoryRecordStore {
  readonly given: (RecordKey & { readonly body: object; readonly lists: RecordLists })[] = [];

  override async create(key: RecordKey, body: object, lists: RecordLists = {}) {
    const created = await super.create(key, body, lists);
    if (created.isCreated) this.given.push({ ...key, body, lists });
    return created;
  }
}

async function given(...stores: readonly (typeof storeBookings)[]) {
  const records = new GivenRecords();
  for (const store of stores) await store({ records, clock: new VirtualClock(Date.parse(NOW)) });
  return records.given;
}

// What docs/guide/bookings.md and docs/guide/stores.md say of `npx tsx examples/store-records.ts`.
describe("the records of examples/store-records.ts", () => {
  it("are stored once", async () => {
    const ports = { records: new MemoryRecordStore(), clock: new VirtualClock(Date.parse(NOW)) };
    await storeStores(ports);
    expect(await storeStores(ports)).not.toContain(true);
  });

  it("give the reminders and the clean-up of bookings something of everything to do", async () => {
    const records = await given(storeBookings);
    const others = [bookingReminders, paymentReminders];
    const reminded = await runJob(reminders, { dryRun: false }, { now: NOW, records, others });
    expect(reminded.result).toMatchObject({
      success: true,
      summary: { bookingReminders: { sent: 1 }, paymentReminders: { sent: 1 } },
    });
    const cleaners = [cleanupStaleBookings, cleanupOldNotifications, cleanupExpiredOtps, cleanupOldAuditLogs];
    const cleaned = await runJob(cleanup, { dryRun: false }, { now: NOW, records, others: cleaners });
    expect(cleaned.result).toMatchObject({
      success: true,
      summary: {
        staleBookings: { cancelled: 1 },
        notifications: { deleted: 1 },
        otps: { deleted: 1 },
        auditLogs: { deleted: 1 },
      },
    });
  });

  it("show with `mistake` what becomes of a booking whose client is missing", async () => {
    const records = await given(storeBookings, storeMistake);
    const run = await runJob(bookingReminders, { dryRun: false }, { now: NOW, records });
    expect(run.result).toMatchObject({
      success: false,
      remindersSent: 1,
      errors: ["bk_mistake: There is no client cl_gone."],
    });
  });

  it("give each sweep of the stores something to do", async () => {
    const records = await given(storeStores);
    const run = async (handler: typeof storeCleanup) =>
      (await runJob(handler, { dryRun: false }, { now: NOW, records })).result;
    expect(await run(subscriptionExpiryCheck)).toMatchObject({ expiredCount: 1, suspendedCount: 1 });
    expect(await run(subscriptionPaymentReminders)).toMatchObject({ renewalReminders: 1, dueReminders: 1 });
    expect(await run(storeCleanup)).toMatchObject({ success: true, deletedCount: 2 });
    const counted = await runJob(analyticsAggregation, { dryRun: false, changed: false }, { now: NOW, records });
    const ofFirstStore = counted.records.filter(({ kind, id }) => kind === "analytics" && id === "shop_renews");
    expect(ofFirstStore).toMatchObject([
      { body: { day: "2026-11-21", orders: 1, revenue: 37_000, newCustomers: 1, productsSold: 2 } },
    ]);
  });
});
