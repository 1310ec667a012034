import { describe, expect, it } from "@jest/globals";

import { runJob, type TestRun } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/analytics-aggregation.ts";
import { changedDays, type ChangedDay, type DailyOverview } from "../../shared/records/daily-overview.ts";
import { aLine, aStoreCustomer, aStoreOrder, aTenant, given } from "../support/analytics-factory.ts";

const AT = "2026-03-02T01:00:00Z";
const nightly = { dryRun: false, changed: false };

const overviewOf = (run: TestRun, day: string, tenantId = "shop_1"): DailyOverview | undefined =>
  run.records.find(({ kind, id, part }) => kind === "analytics" && id === tenantId && part === `overview:daily:${day}`)
    ?.body as DailyOverview | undefined; // written by the job through its model
const daysOf = (run: TestRun): string[] =>
  run.records.filter(({ kind }) => kind === "analytics").map(({ id, part }) => `${id}/${part.slice(-10)}`);

/** How many orders a day of a store has, of orders placed at these times. */
async function ordersOn(day: string, timeZone: string, placed: readonly string[]): Promise<number | undefined> {
  const orders = placed.map((at, index) => aStoreOrder(`so_${index}`, at)).flatMap((order) => given(order));
  const payload = { ...nightly, tenantId: "shop_1", from: day, to: day };
  const run = await runJob(handler, payload, {
    now: "2030-01-01T00:00:00Z",
    records: [aTenant({ timeZone }), ...orders],
  });
  return overviewOf(run, day)?.orders;
}

describe("a day of a store", () => {
  it("counts orders, revenue of paid ones less refunds, pieces and customers", async () => {
    const on = "2026-03-01T12:00:00Z";
    const whole = aStoreOrder("so_1", on, { total: 5_000 });
    const partly = aStoreOrder("so_2", on, { total: 3_000, refunded: 500 });
    const back = aStoreOrder("so_3", on, { total: 9_000, status: "refunded" });
    const allBack = aStoreOrder("so_4", on, { total: 700, refunded: 700 });
    const dollars = aStoreOrder("so_5", on, { total: 2_000, currency: "USD" });
    const pending = aStoreOrder("so_6", on, { total: 100_000, status: "pending" });
    const cancelled = aStoreOrder("so_7", on, { total: 100_000, status: "cancelled" });
    const records = [
      aTenant(),
      ...given(whole, [
        aLine(whole, { quantity: 2, total: 4_000 }),
        aLine(whole, { productId: "cup", name: "Cup", quantity: 1, total: 1_000 }),
      ]),
      ...given(partly, [aLine(partly, { productId: "cup", name: "Cup", quantity: 3 })]),
      ...given(back, [aLine(back, { quantity: 50 })]),
      ...given(allBack, [aLine(allBack, { quantity: 50 })]),
      ...given(dollars, [aLine(dollars, { quantity: 2 })]),
      ...given(pending, [aLine(pending, { quantity: 50 })]),
      ...given(cancelled, [aLine(cancelled, { quantity: 50 })]),
      aStoreCustomer("cu_1", "2026-02-28T22:59:59.999Z"),
      aStoreCustomer("cu_2", "2026-02-28T23:00:00Z"),
      aStoreCustomer("cu_3", "2026-03-01T22:59:59.999Z"),
      aStoreCustomer("cu_4", "2026-03-01T23:00:00Z"),
    ];
    const run = await runJob(handler, nightly, { now: AT, records });
    expect(run.result).toEqual({ success: true, errors: [], errorCount: 0, visited: 1, dryRun: false, processed: 1 });
    expect(overviewOf(run, "2026-03-01")).toEqual({
      tenantId: "shop_1",
      day: "2026-03-01",
      timeZone: "Europe/Amsterdam",
      orders: 7,
      paidOrders: 5,
      revenue: 7_500, // 50.00 + 25.00
      currency: "EUR",
      otherRevenue: { USD: 2_000 },
      newCustomers: 2,
      productsSold: 8, // 2 + 1 + 3 + 2
      topProducts: [
        { productId: "cup", name: "Cup", quantity: 4, revenue: 4_000 },
        { productId: "vase", name: "Vase", quantity: 4, revenue: 4_000 },
      ],
      aggregatedAt: expect.stringMatching(/^2026-03-02T01:00:00/),
    });
  });

  it("ranks products by pieces, then revenue, then id, as many as the settings say", async () => {
    const order = aStoreOrder("so_1", "2026-03-01T12:00:00Z");
    const line = (productId: string, quantity: number, total: number) => aLine(order, { productId, quantity, total });
    const lines = [line("d", 1, 900), line("c", 2, 100), line("b", 2, 200), line("a", 2, 100), line("__proto__", 9, 1)];
    const settings = { kind: "settings", id: "sweeps", body: { stores: { topProducts: 4 } } };
    const run = await runJob(handler, nightly, { now: AT, records: [aTenant(), settings, ...given(order, lines)] });
    const top = overviewOf(run, "2026-03-01")?.topProducts.map(({ productId }) => productId);
    expect(top).toEqual(["__proto__", "b", "a", "c"]);
  });

  it("of a store in which nothing happened is all zeros", async () => {
    const run = await runJob(handler, nightly, { now: AT, records: [aTenant()] });
    expect(overviewOf(run, "2026-03-01")).toMatchObject({ orders: 0, revenue: 0, newCustomers: 0, topProducts: [] });
  });

  it.each([
    ["the first moment of 1 March", "2026-03-01", "Europe/Amsterdam", "2026-02-28T23:00:00.000Z", 1],
    ["a millisecond before it", "2026-03-01", "Europe/Amsterdam", "2026-02-28T22:59:59.999Z", 0],
    ["the last millisecond of 1 March", "2026-03-01", "Europe/Amsterdam", "2026-03-01T22:59:59.999Z", 1],
    ["the next day's first moment", "2026-03-01", "Europe/Amsterdam", "2026-03-01T23:00:00.000Z", 0],
    ["a time with an offset", "2026-03-01", "Europe/Amsterdam", "2026-03-02T07:59:59.999+09:00", 1],
    ["the last ms of the day with 23 hours", "2026-03-29", "Europe/Amsterdam", "2026-03-29T21:59:59.999Z", 1],
    ["the first ms after it", "2026-03-29", "Europe/Amsterdam", "2026-03-29T22:00:00.000Z", 0],
    ["the first ms of the day with 23 hours", "2026-03-29", "Europe/Amsterdam", "2026-03-28T23:00:00.000Z", 1],
    ["the last ms of the day with 25 hours", "2026-10-25", "Europe/Amsterdam", "2026-10-25T22:59:59.999Z", 1],
    ["the first ms after that", "2026-10-25", "Europe/Amsterdam", "2026-10-25T23:00:00.000Z", 0],
    ["the first ms of the day with 25 hours", "2026-10-25", "Europe/Amsterdam", "2026-10-24T22:00:00.000Z", 1],
    ["a ms before that", "2026-10-25", "Europe/Amsterdam", "2026-10-24T21:59:59.999Z", 0],
    ["the last ms of a leap day", "2028-02-29", "Europe/Amsterdam", "2028-02-29T22:59:59.999Z", 1],
    ["the last ms of the year", "2026-12-31", "Europe/Amsterdam", "2026-12-31T22:59:59.999Z", 1],
    ["the first ms of the next year", "2026-12-31", "Europe/Amsterdam", "2026-12-31T23:00:00.000Z", 0],
    ["the first ms in a zone with half an hour", "2026-03-01", "Asia/Kolkata", "2026-02-28T18:30:00.000Z", 1],
    ["a ms before that in it", "2026-03-01", "Asia/Kolkata", "2026-02-28T18:29:59.999Z", 0],
    ["the day that Samoa left out", "2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z", 0],
    ["the day after it", "2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00.000Z", 1],
  ])("puts %s where it belongs", async (_what, day, timeZone, placedAt, orders) => {
    await expect(ordersOn(day, timeZone, [placedAt])).resolves.toBe(orders);
  });

  it("is told apart from another tenant's", async () => {
    const on = "2026-03-01T12:00:00Z";
    const records = [
      aTenant(),
      aTenant({ tenantId: "shop_2", currency: "JPY", timeZone: "Asia/Tokyo" }),
      ...given(aStoreOrder("so_1", on)),
      ...given(aStoreOrder("so_1", on, { tenantId: "shop_2", currency: "JPY", total: 120 })),
    ];
    const run = await runJob(handler, nightly, { now: AT, records });
    expect(overviewOf(run, "2026-03-01")).toMatchObject({ revenue: 1_000, currency: "EUR" });
    expect(overviewOf(run, "2026-03-01", "shop_2")).toMatchObject({ revenue: 120, currency: "JPY" });
  });
});

describe("a run", () => {
  it("looks at each tenant's own yesterday", async () => {
    const records = [
      aTenant({ tenantId: "auckland", timeZone: "Pacific/Auckland" }),
      aTenant({ tenantId: "azores", timeZone: "Atlantic/Cape_Verde" }),
      aTenant({ tenantId: "la", timeZone: "America/Los_Angeles" }),
    ];
    const run = await runJob(handler, { ...nightly, asOf: "2026-03-02T01:00:00Z" }, { now: AT, records });
    expect(daysOf(run)).toEqual(["auckland/2026-03-01", "azores/2026-03-01", "la/2026-02-28"]);
    const earlier = await runJob(handler, { ...nightly, asOf: "2026-03-02T00:59:59.999Z" }, { now: AT, records });
    expect(daysOf(earlier)).toEqual(["auckland/2026-03-01", "azores/2026-02-28", "la/2026-02-28"]);
  });

  it("fills a range of days of all tenants, in pages, and leaves out what is not over", async () => {
    const records = [aTenant(), aTenant({ tenantId: "shop_2" }), aTenant({ tenantId: "shop_3" })];
    const range = { ...nightly, from: "2026-02-15", to: "2026-03-03" };
    const run = await runJob(handler, range, { now: AT, records });
    expect(run.result).toMatchObject({ success: true, visited: 51, processed: 45 });
    const days = daysOf(run);
    expect(days).toHaveLength(45);
    expect(days).toContain("shop_2/2026-02-15");
    expect(days).not.toContain("shop_2/2026-03-02");
    const one = await runJob(handler, { ...range, tenantId: "shop_2" }, { now: AT, records });
    expect(daysOf(one)).toHaveLength(15);
    expect(new Set(daysOf(one).map((name) => name.slice(0, 6)))).toEqual(new Set(["shop_2"]));
  });

  it("goes through more tenants than a page has", async () => {
    const records = Array.from({ length: 41 }, (_, index) => aTenant({ tenantId: `shop_${100 + index}` }));
    const run = await runJob(handler, nightly, { now: AT, records });
    expect(run.result).toMatchObject({ visited: 41, processed: 41 });
    expect(daysOf(run)).toHaveLength(41);
  });

  it("says what it would do, and does nothing", async () => {
    const run = await runJob(handler, { ...nightly, dryRun: true }, { now: AT, records: [aTenant()] });
    expect(run.result).toMatchObject({ dryRun: true, processed: 1 });
    expect(daysOf(run)).toEqual([]);
  });

  it("counts an unknown tenant as an error", async () => {
    const run = await runJob(handler, { ...nightly, tenantId: "nobody" }, { now: AT });
    expect(run.result).toMatchObject({ success: false, errors: ["nobody: There is no tenant nobody."], processed: 0 });
  });

  it("names an order that cannot be read, goes on with other tenants, and tries that day again each hour", async () => {
    const [order] = given(aStoreOrder("so_1", "2026-03-01T12:00:00Z"));
    const broken = { ...order!, body: { ...order!.body, total: -1 } };
    const records = [aTenant(), aTenant({ tenantId: "shop_2" }), broken];
    const run = await runJob(handler, nightly, { now: AT, records });
    expect(run.result).toMatchObject({
      success: false,
      processed: 1,
      errors: [expect.stringMatching(/^shop_1: Order so_1: The store_order record shop_1/)],
    });
    expect(daysOf(run)).toEqual(["shop_2/2026-03-01"]);
    expect(run.records).toContainEqual(
      expect.objectContaining({ kind: "changed_day", id: "shop_1", part: "2026-03-01" }),
    );
  });

  it("has yesterday counted of a tenant whose record was broken that night, once it is put right", async () => {
    const tenant = aTenant();
    const broken = { ...tenant, body: { ...tenant.body, timeZone: "Europe/Atlantis" } };
    const night = await runJob(handler, nightly, { now: AT, records: [broken] });
    expect(night.result).toMatchObject({ success: false, processed: 0, errorCount: 1 });
    const marks = night.records.filter(({ kind }) => kind === "changed_day");
    expect(marks.map(({ part }) => part)).toEqual(["2026-02-28", "2026-03-01"]);
    const left = marks.map(({ body }) => changedDays.given(body as ChangedDay)); // as its model has stored it
    const hourly = { dryRun: false, changed: true };
    const records = [tenant, ...left, ...given(aStoreOrder("so_1", "2026-03-01T12:00:00Z"))];
    const run = await runJob(handler, hourly, { now: "2026-03-02T01:30:00Z", records });
    expect(overviewOf(run, "2026-03-01")).toMatchObject({ orders: 1 });
    const dry = await runJob(handler, { ...nightly, dryRun: true }, { now: AT, records: [broken] });
    expect(dry.result).toMatchObject({ success: false, processed: 0, errorCount: 1 });
  });

  it("goes on in further claims with a day that has more orders than one can count, and counts each once", async () => {
    const placed = Date.parse("2026-03-01T00:00:00Z");
    const orders = Array.from({ length: 1_500 }, (_, index) =>
      aStoreOrder(`so_${index}`, new Date(placed + (index % 700)).toISOString()),
    );
    const records = [
      aTenant(),
      aTenant({ tenantId: "shop_2" }),
      ...orders.flatMap((order) => given(order, [aLine(order)])),
    ];
    const run = await runJob(handler, nightly, { now: AT, records, latencyMs: 80 });
    expect(run.endings.filter((ending) => ending === "continue").length).toBeGreaterThan(1);
    expect(run.result).toMatchObject({ success: true, processed: 2 });
    expect(overviewOf(run, "2026-03-01")).toMatchObject({ orders: 1_500, revenue: 1_500_000, productsSold: 1_500 });
    expect(run.records.filter(({ kind }) => kind === "analytics_draft")).toEqual([]);
  }, 60_000);
});
