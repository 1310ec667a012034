import { expect, it } from "@jest/globals";

import type { BacklineClient } from "../../../client/index.ts";
import { runJob } from "../../../testing/index.ts"; // before the handlers
import { handler as reminders } from "../../../functions/stores/subscription-payment-reminders.ts";
import { changedDays } from "../../../shared/records/daily-overview.ts";
import { subscriptionPayments } from "../../../shared/records/subscription.ts";
import { SweepSettingsCache } from "../../../shared/records/sweep-settings.ts";
import { MemoryRecordStore } from "../../../test/support/memory-record-store.ts";
import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import { countMarch, sell } from "./orders.ts";
import { openStores } from "./ports.ts";
import { askForPayment, gate, openShop, paymentPaid, subscriptionPaid } from "./subscriptions.ts";

async function shopAt(now: string) {
  const records = new MemoryRecordStore();
  const clock = new VirtualClock(Date.parse(now));
  const ports = { records, clock, sweepSettings: new SweepSettingsCache(records, clock) };
  await openShop(ports);
  return ports;
}

it("lets a store's people in until its grace period is over, and again once it was paid", async () => {
  const shop = await shopAt("2026-03-02T10:00:00Z");
  const goTo = (now: string) => shop.clock.advanceTo(Date.parse(now));
  expect(await gate(shop, "shop_1")).toBeUndefined();
  goTo("2026-04-07T21:59:59.999Z");
  expect(await gate(shop, "shop_1")).toBeUndefined();
  goTo("2026-04-07T22:00:00Z");
  const refusal = await gate(shop, "shop_1");
  expect(refusal?.status).toBe(402);
  expect(await refusal?.json()).toEqual({
    error: "SUBSCRIPTION_REQUIRED",
    status: "suspended",
    graceEndsAt: "2026-04-07T22:00:00.000Z",
  });
  await subscriptionPaid(shop, "shop_1", "2026-05-01T00:00:00+02:00");
  await subscriptionPaid(shop, "shop_1", "2026-05-01T00:00:00+02:00");
  expect(await gate(shop, "shop_1")).toBeUndefined();
});

it("reminds of a payment on its day, unless it is paid", async () => {
  const shop = await shopAt("2026-03-02T10:00:00Z");
  await askForPayment(shop);
  const remind = async () => {
    const { body } = await subscriptionPayments.get(shop.records, { id: "sp_2026_04" });
    const tenant = shop.records.all().filter(({ kind }) => kind === "tenant");
    const payload = { dryRun: false, asOf: "2026-04-01T09:00:00Z" };
    return (await runJob(reminders, payload, { records: [subscriptionPayments.given(body), ...tenant] })).result;
  };
  expect(await remind()).toMatchObject({ dueReminders: 1 });
  await paymentPaid(shop, "sp_2026_04");
  expect(await remind()).toMatchObject({ dueReminders: 0 });
});

it("has the day of an order counted anew when something of it is given back", async () => {
  const shop = await shopAt("2026-04-04T10:00:00Z");
  await sell(shop);
  expect(await changedDays.read(shop.records, { id: "shop_1", part: "2026-03-28" })).toBeDefined();
});

it("hands in a back-fill that the job type takes", async () => {
  const enqueue: BacklineClient["enqueue"] = (definition, payload) => {
    expect(definition.payload.parse(payload)).toMatchObject({ from: "2026-03-01", to: "2026-03-31" });
    return Promise.resolve({ id: `${definition.type}-1`, isNew: true });
  };
  // Of a client, the example uses no more.
  expect(await countMarch({ enqueue } as BacklineClient)).toBe("analytics_aggregation-1");
});

it("opens the stores of a table", () => {
  process.env["AWS_REGION"] ??= "us-east-1";
  expect(Object.keys(openStores("records"))).toEqual(["records", "clock", "sweepSettings"]);
});
