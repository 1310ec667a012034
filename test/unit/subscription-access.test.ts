import { describe, expect, it } from "@jest/globals";

import { subscriptions, type Subscription } from "../../shared/records/subscription.ts";
import { storeSweepSettings, SweepSettingsCache } from "../../shared/records/sweep-settings.ts";
import { tenantAccess } from "../../shared/stores/tenant-access.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { aSubscription } from "../support/subscription-factory.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function accessAt(now: string, given?: Subscription, settings?: object) {
  const records = new MemoryRecordStore();
  if (given !== undefined) await subscriptions.create(records, given);
  if (settings !== undefined) await storeSweepSettings(records, { stores: settings });
  const clock = new VirtualClock(Date.parse(now));
  return tenantAccess({ records, clock, sweepSettings: new SweepSettingsCache(records, clock) }, "shop_1");
}

describe("a tenant's access", () => {
  it.each([
    ["2026-02-28T23:59:59.999Z", { allowed: true, status: "active", graceEndsAt: null }],
    ["2026-03-01T00:00:00.000Z", { allowed: true, status: "expired", graceEndsAt: "2026-03-08T00:00:00.000Z" }],
    ["2026-03-07T23:59:59.999Z", { allowed: true, status: "expired", graceEndsAt: "2026-03-08T00:00:00.000Z" }],
    ["2026-03-08T00:00:00.000Z", { allowed: false, status: "suspended", graceEndsAt: "2026-03-08T00:00:00.000Z" }],
  ])("follows from record and clock, though no check has run: at %s", async (now, access) => {
    expect(await accessAt(now, aSubscription())).toEqual(access);
  });

  it("goes by the settings' grace period until the check has made its promise", async () => {
    const days = { gracePeriodDays: 2 };
    expect(await accessAt("2026-03-02T23:59:59.999Z", aSubscription(), days)).toMatchObject({ allowed: true });
    expect(await accessAt("2026-03-03T00:00:00Z", aSubscription(), days)).toMatchObject({ allowed: false });
    const promised = aSubscription({ status: "expired", graceEndsAt: "2026-03-08T00:00:00Z" });
    expect(await accessAt("2026-03-07T23:59:59.999Z", promised, days)).toEqual({
      allowed: true,
      status: "expired",
      graceEndsAt: "2026-03-08T00:00:00.000Z",
    });
  });

  it("ends with a cancellation, whatever is paid for", async () => {
    const access = await accessAt("2026-02-01T00:00:00Z", aSubscription({ status: "cancelled" }));
    expect(access).toEqual({ allowed: false, status: "cancelled", graceEndsAt: null });
  });

  it("is none without a subscription", async () => {
    expect(await accessAt("2026-02-01T00:00:00Z")).toEqual({ allowed: false, status: "none", graceEndsAt: null });
  });

  it("of a broken record is an error that names no value of it", async () => {
    const records = new MemoryRecordStore();
    await records.create({ kind: "subscription", id: "shop_1" }, { ...aSubscription(), status: "free" });
    const clock = new VirtualClock(0);
    const access = tenantAccess({ records, clock, sweepSettings: new SweepSettingsCache(records, clock) }, "shop_1");
    await expect(access).rejects.toMatchObject({ code: "RECORD_INVALID" });
    await expect(access).rejects.not.toThrow("free");
  });

  it("costs one read, while the settings are cached", async () => {
    const records = new MemoryRecordStore();
    await subscriptions.create(records, aSubscription());
    const clock = new VirtualClock(Date.parse("2026-02-01T00:00:00Z"));
    const sweepSettings = new SweepSettingsCache(records, clock);
    await sweepSettings.read();
    const asked: string[] = [];
    const counting = {
      ...boundTo(records),
      get: (key: { kind: string }) => (asked.push(key.kind), Promise.resolve(undefined)),
    };
    await tenantAccess({ records: counting, clock, sweepSettings }, "shop_1");
    expect(asked).toEqual(["subscription"]);
  });
});

/** Everything else of a store throws. */
function boundTo(_records: MemoryRecordStore) {
  const refused = () => Promise.reject(new Error("More than a read by key."));
  return { list: refused, entries: refused, create: refused, replace: refused, remove: refused };
}
