import { describe, expect, it } from "@jest/globals";

import { audits } from "../../shared/records/audit.ts";
import { subscriptions, type Subscription } from "../../shared/records/subscription.ts";
import { renewSubscription } from "../../shared/stores/subscription-renewal.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { aSubscription } from "../support/subscription-factory.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const renewal = { expireDate: "2026-04-01T00:00:00Z", actor: "stripe-webhook" };

async function shopWith(overrides: Partial<Subscription> = {}) {
  const records = new MemoryRecordStore();
  await subscriptions.create(records, aSubscription(overrides));
  const clock = new VirtualClock(Date.parse("2026-03-05T10:00:00Z"));
  const entries = async (list: "active" | "expired") =>
    (await subscriptions.entries(records, { index: "gsi1", list })).map(({ id, at }) => [
      id,
      new Date(at).toISOString(),
    ]);
  return { records, clock, entries };
}

describe("renewing a subscription", () => {
  it.each(["active", "expired", "suspended", "cancelled"] as const)("makes a %s one active again", async (status) => {
    const change = { from: "active", to: "expired", at: "2026-03-01T00:00:02Z", mailJobId: "mail_1" } as const;
    const shop = await shopWith({
      status,
      change,
      graceEndsAt: "2026-03-08T00:00:00Z",
      remindedOf: "2026-03-01T00:00:00Z",
    });
    await renewSubscription(shop, "shop_1", renewal);
    expect((await subscriptions.get(shop.records, { id: "shop_1" })).stored).toEqual({
      ...aSubscription(),
      expireDate: "2026-04-01T00:00:00Z",
      renewedAt: "2026-03-05T10:00:00.000Z",
    });
    expect(await shop.entries("active")).toEqual([["shop_1", "2026-04-01T00:00:00.000Z"]]);
    expect(await shop.entries("expired")).toEqual([]);
  });

  it("takes the new plan and price, where they are said", async () => {
    const shop = await shopWith();
    const renewed = await renewSubscription(shop, "shop_1", { ...renewal, plan: "Atelier", amount: 4_900 });
    expect(renewed).toMatchObject({ plan: "Atelier", amount: 4_900, currency: "EUR" });
  });

  it("writes down who did it, once, however often it is called", async () => {
    const shop = await shopWith();
    await renewSubscription(shop, "shop_1", renewal);
    shop.clock.advance(60_000);
    await renewSubscription(shop, "shop_1", renewal);
    expect(shop.records.namesOf("audit")).toEqual(["subscription_renewed-shop_1-20260401T000000Z/-"]);
    const entry = await audits.get(shop.records, { id: "subscription_renewed-shop_1-20260401T000000Z" });
    expect(entry.body).toMatchObject({
      at: "2026-03-05T10:00:00.000Z",
      actor: "stripe-webhook",
      action: "subscription.renewed",
      subject: { kind: "subscription", id: "shop_1" },
    });
  });

  it("that comes late, after a later one or after its own period is over, changes nothing", async () => {
    const later = aSubscription({ status: "suspended", expireDate: "2026-05-01T00:00:00Z" });
    const shop = await shopWith(later);
    await renewSubscription(shop, "shop_1", renewal);
    await renewSubscription(shop, "shop_1", { ...renewal, expireDate: "2026-05-01T02:00:00+02:00" });
    expect((await subscriptions.get(shop.records, { id: "shop_1" })).body).toEqual(later);
    expect(shop.records.namesOf("audit")).toEqual([]);
  });

  it("refuses what is no date, and changes nothing", async () => {
    const shop = await shopWith();
    await expect(renewSubscription(shop, "shop_1", { ...renewal, expireDate: "next month" })).rejects.toThrow(
      "expireDate",
    );
    expect((await subscriptions.get(shop.records, { id: "shop_1" })).version).toBe(1);
  });

  it("of a tenant without a subscription says so", async () => {
    const shop = await shopWith();
    await expect(renewSubscription(shop, "shop_2", renewal)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
  });
});
