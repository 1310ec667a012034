import { describe, expect, it } from "@jest/globals";

import type { HttpRequest } from "../../shared/lambda/http-function.ts";
import { dailyOverviews, type DailyOverview } from "../../shared/records/daily-overview.ts";
import { answerOverview } from "../../shared/stores/overview-route.ts";
import { aTenant } from "../support/analytics-factory.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const anOverview = (day: string, overrides: Partial<DailyOverview> = {}): DailyOverview => ({
  tenantId: "shop_1",
  day,
  timeZone: "Europe/Amsterdam",
  orders: 3,
  paidOrders: 2,
  revenue: 7_500,
  currency: "EUR",
  otherRevenue: {},
  newCustomers: 1,
  productsSold: 4,
  topProducts: [{ productId: "vase", name: "Vase", quantity: 4, revenue: 7_500 }],
  aggregatedAt: "2026-03-02T01:00:05.000Z",
  ...overrides,
});

/** The route with what stands behind it. */
async function aRoute(now: string, overviews: readonly DailyOverview[] = [], tenants = [aTenant()]) {
  const records = new MemoryRecordStore();
  for (const { body, ...key } of tenants) await records.create(key, body);
  for (const overview of overviews) await dailyOverviews.create(records, overview);
  const reads: string[] = [];
  const seen = new Proxy(records, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => (reads.push(String(property)), Reflect.apply(member, target, args) as unknown);
    },
  });
  const ask = (query = "", tenantId: string | undefined = "shop_1") =>
    answerOverview({ records: seen, clock: new VirtualClock(Date.parse(now)) }, requestOf(query, tenantId));
  return { ask, reads };
}

const requestOf = (query: string, tenantId: string | undefined): HttpRequest => ({
  headers: {},
  method: "GET",
  path: "/analytics/x/overview",
  query,
  parameters: { tenantId },
  body: Buffer.alloc(0),
  requestId: "r-1",
});

const cached = (seconds: number) => ({ "cache-control": `private, max-age=${seconds}` });

describe("the overview of a day", () => {
  it("is yesterday's by default, with its cache key and for how long it is good", async () => {
    const { ask } = await aRoute("2026-03-02T02:00:05Z", [anOverview("2026-02-28"), anOverview("2026-03-01")]);
    await expect(ask()).resolves.toEqual({
      status: 200,
      headers: cached(82_800), // 23 hours
      body: {
        tenantId: "shop_1",
        key: "analytics:shop_1:overview:daily:2026-03-01",
        date: "2026-03-01",
        timeZone: "Europe/Amsterdam",
        orders: 3,
        paidOrders: 2,
        revenue: 7_500,
        currency: "EUR",
        otherRevenue: {},
        newCustomers: 1,
        productsSold: 4,
        topProducts: [{ productId: "vase", name: "Vase", quantity: 4, revenue: 7_500 }],
        aggregatedAt: "2026-03-02T01:00:05.000Z",
        cachedUntil: "2026-03-03T01:00:05.000Z",
      },
    });
  });

  it("follows the tenant's calendar: yesterday changes at its midnight", async () => {
    const overviews = [anOverview("2026-02-28"), anOverview("2026-03-01")];
    const before = await aRoute("2026-03-01T22:59:59.999Z", overviews);
    await expect(before.ask()).resolves.toMatchObject({ body: { date: "2026-02-28" } });
    const after = await aRoute("2026-03-01T23:00:00Z", overviews);
    await expect(after.ask()).resolves.toMatchObject({ body: { date: "2026-03-01" } });
  });

  it("is the day before's until the night's run has come to yesterday, and none other's", async () => {
    const { ask } = await aRoute("2026-03-02T00:30:00Z", [anOverview("2026-02-28")]);
    await expect(ask()).resolves.toMatchObject({ status: 200, body: { date: "2026-02-28" } });
    const older = await aRoute("2026-03-02T00:30:00Z", [anOverview("2026-02-27")]);
    await expect(older.ask()).resolves.toMatchObject({ status: 404, body: { error: { code: "NOT_AGGREGATED" } } });
  });

  it.each([
    ["2026-03-03T01:00:03.999Z", 1],
    ["2026-03-03T01:00:04.001Z", 0],
    ["2026-03-03T01:00:05.000Z", 0],
    ["2027-03-03T01:00:05.000Z", 0],
  ])("is kept for reports, and at %s cached for %d s", async (now, seconds) => {
    const { ask } = await aRoute(now, [anOverview("2026-03-01")]);
    await expect(ask("date=2026-03-01")).resolves.toMatchObject({ status: 200, headers: cached(seconds) });
  });
});

describe("the overviews of a range", () => {
  const overviews = [
    anOverview("2026-02-27"),
    anOverview("2026-02-28", { otherRevenue: { USD: 100 } }),
    anOverview("2026-03-02", {
      currency: "USD",
      revenue: 50,
      otherRevenue: { JPY: 7 },
      aggregatedAt: "2026-03-03T01:00:00Z",
    }),
    anOverview("2026-03-03"),
  ];

  it("are its days without top products, those that are missing, and sums by currency", async () => {
    const { ask } = await aRoute("2026-03-03T01:00:00Z", overviews);
    const answer = await ask("from=2026-02-28&to=2026-03-02");
    expect(answer).toMatchObject({
      status: 200,
      headers: cached(5), // the first to expire
      body: {
        tenantId: "shop_1",
        from: "2026-02-28",
        to: "2026-03-02",
        missingDays: ["2026-03-01"],
        totals: {
          orders: 6,
          paidOrders: 4,
          revenue: 7_500,
          currency: "EUR",
          otherRevenue: { USD: 150, JPY: 7 },
          newCustomers: 2,
          productsSold: 8,
        },
      },
    });
    const { days } = (answer as unknown as { body: { days: { date: string }[] } }).body; // matched above
    expect(days.map(({ date }) => date)).toEqual(["2026-02-28", "2026-03-02"]);
    expect(days[0]).not.toHaveProperty("topProducts");
  });

  it("may be 400 days, one query", async () => {
    const { ask, reads } = await aRoute("2026-03-03T01:00:00Z", overviews);
    await expect(ask("from=2025-01-28&to=2026-03-03")).resolves.toMatchObject({ status: 200 });
    expect(reads).toEqual(["get", "list"]);
    await expect(ask("from=2025-01-27&to=2026-03-03")).resolves.toMatchObject({ status: 400 });
  });

  it("are not found where no day is aggregated", async () => {
    const { ask } = await aRoute("2026-03-03T01:00:00Z", overviews);
    await expect(ask("from=2026-01-01&to=2026-02-26")).resolves.toMatchObject({ status: 404 });
  });
});

describe("a question that cannot be answered", () => {
  it.each([
    ["date=2026-02-29", "date: must be a day such as 2026-03-01"],
    ["date=2026-2-1", "date: must be a day such as 2026-03-01"],
    ["date=", "date: must be a day such as 2026-03-01"],
    ["date=yesterday", "date: must be a day such as 2026-03-01"],
    ["date=٢٠٢٦-٠٣-٠١", "date: must be a day such as 2026-03-01"],
    ["date=2026-03-01%00", "date: must be a day such as 2026-03-01"],
    ["date=../../2026-03-01", "date: must be a day such as 2026-03-01"],
    ["date=0026-03-01", "date: must lie between 1970-01-01 and 2099-12-31"],
    ["date=9999-12-31", "date: must lie between 1970-01-01 and 2099-12-31"],
    ["from=x&to=y", "from: must be a day such as 2026-03-01; to: must be a day such as 2026-03-01"],
    ["from=2026-03-01", "give `from` and `to`, or neither"],
    ["from=2026-03-02&to=2026-03-01", "`from` must not be after `to`"],
    ["date=2026-03-01&from=2026-03-01&to=2026-03-01", "give `date`, or `from` and `to`"],
    ["date=2026-03-01&date=2026-03-02", "give each of `date`, `from` and `to` once"],
    ["__proto__=2026-03-01", "only `date`, `from` and `to` may be given"],
    ["constructor=x", "only `date`, `from` and `to` may be given"],
    ["day=2026-03-01", "only `date`, `from` and `to` may be given"],
  ])("?%s is refused with all that is wrong, and nothing is read", async (query, problems) => {
    const { ask, reads } = await aRoute("2026-03-02T02:00:00Z", [anOverview("2026-03-01")]);
    const message = `The query is not right: ${problems}.`;
    await expect(ask(query)).resolves.toEqual({ status: 400, body: { error: { code: "INVALID_QUERY", message } } });
    expect(reads).toEqual([]);
  });

  it("of 10 KB is refused without repeating it", async () => {
    const { ask } = await aRoute("2026-03-02T02:00:00Z");
    const answer = await ask(`date=${"9".repeat(10_000)}&${"x".repeat(10_000)}=1`);
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.stringify(answer).length).toBeLessThan(300);
  });

  it.each(["", "../shop_1", "shop_1/../shop_2", "shop_1%00", "shop_1\u0000", "x".repeat(10_000), "ѕhop_1"])(
    "about tenant %j is answered 404 before anything is read",
    async (tenantId) => {
      const { ask, reads } = await aRoute("2026-03-02T02:00:00Z");
      await expect(ask("", tenantId)).resolves.toMatchObject({
        status: 404,
        body: { error: { code: "UNKNOWN_TENANT" } },
      });
      expect(reads).toEqual([]);
    },
  );

  it.each(["__proto__", "constructor", "nobody", "SHOP_1"])(
    "about tenant %s, who is not on record, is answered 404",
    async (tenantId) => {
      const { ask } = await aRoute("2026-03-02T02:00:00Z");
      await expect(ask("", tenantId)).resolves.toMatchObject({
        status: 404,
        body: { error: { code: "UNKNOWN_TENANT" } },
      });
    },
  );

  it("about a day that is not aggregated says what to do", async () => {
    const { ask } = await aRoute("2026-03-02T02:00:00Z");
    await expect(ask("date=2026-03-01")).resolves.toMatchObject({
      status: 404,
      body: { error: { code: "NOT_AGGREGATED", message: expect.stringContaining("enqueue analytics_aggregation") } },
    });
  });

  it("does not reach another tenant's numbers", async () => {
    const { ask } = await aRoute(
      "2026-03-02T02:00:00Z",
      [anOverview("2026-03-01")],
      [aTenant(), aTenant({ tenantId: "shop_2" })],
    );
    await expect(ask("date=2026-03-01", "shop_2")).resolves.toMatchObject({ status: 404 });
    await expect(ask("from=2026-03-01&to=2026-03-01", "shop_2")).resolves.toMatchObject({ status: 404 });
  });
});
