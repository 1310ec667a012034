import { describe, expect, it } from "@jest/globals";

import { checkJob, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/analytics-aggregation.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { AnalyticsPayload } from "../../shared/contracts/analytics.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import {
  changedDays,
  dailyOverviewKey,
  dailyOverviews,
  type ChangedDay,
  type DailyOverview,
} from "../../shared/records/daily-overview.ts";
import { storeOrderKey, storeOrders, type StoreOrder } from "../../shared/records/store-order.ts";
import { storeOverview } from "../../shared/stores/analytics-day.ts";
import { takeSweep } from "../../shared/sweeps/sweep-lock.ts";
import {
  changeStoreOrder,
  markChange,
  saveStoreCustomer,
  saveStoreOrder,
} from "../../shared/stores/analytics-changes.ts";
import { aLine, aStoreOrder, aTenant, given } from "../support/analytics-factory.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { faultyPorts } from "../support/faulty-ports.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const changed = { dryRun: false, changed: true };
const KEY = { tenantId: "shop_1", orderId: "so_1" };

const empty: DailyOverview = {
  tenantId: "shop_1",
  day: "2026-03-01",
  timeZone: "Europe/Amsterdam",
  orders: 0,
  paidOrders: 0,
  revenue: 0,
  currency: "EUR",
  otherRevenue: {},
  newCustomers: 0,
  productsSold: 0,
  topProducts: [],
  aggregatedAt: "2026-03-02T01:00:00Z",
};

/** A store's app at some moment, with the tenant on record. */
async function anApp(now: string, records = new MemoryRecordStore()) {
  const { kind, id, part, body } = aTenant();
  await records.create({ kind, id, part: part! }, body);
  const ports = { records, clock: new VirtualClock(Date.parse(now)) };
  const marks = () => records.namesOf("changed_day");
  return { ...ports, ports, marks };
}

/** An hourly run on what an app has stored. */
function hourly(records: MemoryRecordStore, now: string) {
  const all = records.all().map((record) => {
    // As their models have just stored them; `all` does not say their lists.
    if (record.kind === "changed_day") return changedDays.given(record.body as ChangedDay);
    return record.kind === "store_order" ? storeOrders.given(record.body as StoreOrder) : record;
  });
  return runJob(handler, { ...changed, asOf: now }, { now, records: all });
}

describe("an order of a day that is over", () => {
  const late = aStoreOrder("so_1", "2026-03-01T12:00:00Z");
  const line = { productId: "vase", name: "Vase", quantity: 2, total: 1_000 };

  it("is stored with its lines, once, and its day aggregated by an hourly run", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    await expect(saveStoreOrder(app.ports, late, [line])).resolves.toBe(true);
    await expect(saveStoreOrder(app.ports, late, [line])).resolves.toBe(false);
    expect(app.records.namesOf("order_product")).toEqual(["shop_1/so_1#vase"]);
    expect(app.marks()).toEqual(["shop_1/2026-03-01"]);
    const run = await hourly(app.records, "2026-03-02T09:30:00Z");
    expect(run.result).toMatchObject({ success: true, processed: 1 });
    const overview = run.records.find(({ kind }) => kind === "analytics");
    expect(overview).toMatchObject({ part: "overview:daily:2026-03-01", body: { revenue: 1_000, productsSold: 2 } });
    expect(run.records.filter(({ kind }) => kind === "changed_day")).toEqual([]);
  });

  it("has its mark looked at a quarter of an hour later, for it may not be written yet", async () => {
    const app = await anApp("2026-03-02T09:15:00.001Z");
    await saveStoreOrder(app.ports, late, [line]);
    await expect(hourly(app.records, "2026-03-02T09:30:00Z")).resolves.toMatchObject({ result: { visited: 0 } });
    const sooner = await anApp("2026-03-02T09:15:00.000Z");
    await saveStoreOrder(sooner.ports, late, [line]);
    await expect(hourly(sooner.records, "2026-03-02T09:30:00Z")).resolves.toMatchObject({ result: { processed: 1 } });
  });

  it("marks its day before it is written, wherever the app dies", async () => {
    for (const fault of ["before", "after"] as const) {
      for (let nth = 1; nth <= 5; nth += 1) {
        const app = await anApp("2026-03-02T09:00:00Z");
        const dying = faultyPorts(app.ports, ({ number }) => (number === nth ? fault : "none"));
        await saveStoreOrder(dying, late, [line]).catch(() => undefined);
        const isWritten = app.records.namesOf("store_order").length > 0;
        expect({ nth, fault, isForgotten: isWritten && app.marks().length === 0 }).toEqual({
          nth,
          fault,
          isForgotten: false,
        });
        expect(isWritten && app.records.namesOf("order_product").length === 0).toBe(false);
        await expect(saveStoreOrder(app.ports, late, [line])).resolves.toBe(!isWritten);
      }
    }
  });

  it.each([
    ["more than a quarter of an hour before the day ends", "2026-03-01T22:44:59.999Z", []],
    ["a quarter of an hour before the day ends", "2026-03-01T22:45:00.000Z", ["shop_1/2026-03-01"]],
    ["when it has ended", "2026-03-01T23:00:00.000Z", ["shop_1/2026-03-01"]],
  ])("stored %s", async (_when, now, marks) => {
    const app = await anApp(now);
    await saveStoreOrder(app.ports, late, []);
    expect(app.marks()).toEqual(marks);
  });

  it("is refused before anything is written where a line is wrong or comes twice", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    await expect(
      saveStoreOrder(app.ports, late, [line, { ...line, productId: "cup", quantity: 0 }]),
    ).rejects.toMatchObject({ issues: [{ path: ["quantity"] }] });
    await expect(saveStoreOrder(app.ports, late, [line, line])).rejects.toMatchObject({ code: "PRODUCT_TWICE" });
    await expect(saveStoreOrder(app.ports, { ...late, total: -1 }, [line])).rejects.toMatchObject({
      issues: [{ path: ["total"] }],
    });
    expect(app.records.all().map(({ kind }) => kind)).toEqual(["tenant"]);
  });

  it("of an unknown tenant is refused", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    const stranger = saveStoreOrder(app.ports, { ...late, tenantId: "nobody" }, []);
    await expect(stranger).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
    expect(app.records.namesOf("store_order")).toEqual([]);
  });
});

describe("a refund", () => {
  it("days later has the day of its order aggregated anew", async () => {
    const app = await anApp("2026-03-01T12:00:00Z");
    const line = { productId: "vase", name: "Vase", quantity: 2, total: 1_000 };
    await saveStoreOrder(app.ports, aStoreOrder("so_1", "2026-03-01T12:00:00Z"), [line]);
    expect(app.marks()).toEqual([]);
    app.clock.advance(9 * 24 * 60 * 60 * 1000);
    await expect(changeStoreOrder(app.ports, KEY, () => ({ refunded: 400 }))).resolves.toMatchObject({ refunded: 400 });
    expect(app.marks()).toEqual(["shop_1/2026-03-01"]);
    const run = await hourly(app.records, "2026-03-10T12:30:00Z");
    const overview = run.records.find(({ kind }) => kind === "analytics");
    expect(overview?.body).toMatchObject({ orders: 1, paidOrders: 1, revenue: 600, productsSold: 2 });
  });

  it("is made on what others have just changed, and marks both days where the order moves", async () => {
    const app = await anApp("2026-03-10T12:00:00Z");
    await storeOrders.create(app.records, aStoreOrder("so_1", "2026-03-01T12:00:00Z", { status: "pending" }));
    const read: string[] = [];
    const order = await changeStoreOrder(
      { ...app.ports, records: raced(app.records) },
      KEY,
      ({ status }) => (read.push(status), { placedAt: "2026-03-02T12:00:00Z" }),
    );
    expect(read).toEqual(["pending", "paid"]);
    expect(order).toMatchObject({ status: "paid", placedAt: "2026-03-02T12:00:00Z" });
    expect(app.marks()).toEqual(["shop_1/2026-03-01", "shop_1/2026-03-02"]);
  });

  it("that changes nothing marks nothing", async () => {
    const app = await anApp("2026-03-10T12:00:00Z");
    await storeOrders.create(app.records, aStoreOrder("so_1", "2026-03-01T12:00:00Z"));
    await changeStoreOrder(app.ports, KEY, () => undefined);
    await expect(changeStoreOrder(app.ports, KEY, () => ({ total: -5 }))).rejects.toMatchObject({
      issues: [{ path: ["total"] }],
    });
    expect(app.marks()).toEqual([]);
  });
});

/** A store in which somebody pays the order between a read of it and the first write. */
function raced(records: MemoryRecordStore): MemoryRecordStore {
  let isPaid = false;
  return new Proxy(records, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (property !== "replace") return typeof member === "function" ? member.bind(target) : member;
      return async (...args: Parameters<MemoryRecordStore["replace"]>) => {
        if (!isPaid) await storeOrders.update(target, storeOrderKey("shop_1", "so_1"), () => ({ status: "paid" }));
        isPaid = true;
        return target.replace(...args);
      };
    },
  });
}

describe("a customer of a day that is over", () => {
  it("is stored once and marks its day", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    const customer = { tenantId: "shop_1", customerId: "cu_1", createdAt: "2026-03-01T12:00:00Z" };
    await expect(saveStoreCustomer(app.ports, customer)).resolves.toBe(true);
    await expect(saveStoreCustomer(app.ports, customer)).resolves.toBe(false);
    expect(app.marks()).toEqual(["shop_1/2026-03-01"]);
  });
});

describe("a mark", () => {
  const at = "2026-03-01T12:00:00Z";
  const versionOf = ({ records }: { records: MemoryRecordStore }) =>
    records.all().find(({ kind }) => kind === "changed_day")?.version;

  it("stands for the changes of a minute, and is new after that", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    await markChange(app.ports, "shop_1", at);
    app.clock.advance(59_999);
    await markChange(app.ports, "shop_1", at);
    expect(versionOf(app)).toBe(1);
    app.clock.advance(1);
    await markChange(app.ports, "shop_1", at);
    expect(versionOf(app)).toBe(2);
  });

  it("of a clock that was ahead stands for nothing further: the day would wait for that time", async () => {
    const app = await anApp("2026-03-02T09:00:00Z");
    await changedDays.create(app.records, { tenantId: "shop_1", day: "2026-03-01", changedAt: "2026-03-02T09:01:00Z" });
    await markChange(app.ports, "shop_1", at);
    const mark = app.records.all().find(({ kind }) => kind === "changed_day");
    expect(mark).toMatchObject({ version: 2, body: { changedAt: "2026-03-02T09:00:00.000Z" } });
  });

  it("survives an aggregation during which the day changed once more", async () => {
    const order = aStoreOrder("so_1", at);
    const mark = changedDays.given({ tenantId: "shop_1", day: "2026-03-01", changedAt: "2026-03-02T09:00:00Z" });
    const later = aStoreOrder("so_2", at);
    let isLate = true;
    const handle = async (job: JobContext<AnalyticsPayload>, services: Services) => {
      const records = afterRead(services.records, "order_product", async () => {
        if (!isLate) return;
        isLate = false;
        await saveStoreOrder({ records: services.records, clock: services.clock }, later, []);
      });
      return handler.handle(job, { ...services, records });
    };
    const needs = {
      ...handler.definition.needs,
      records: { ...handler.definition.needs.records, store_order: "write" },
    } as const;
    const tested = { definition: { ...handler.definition, needs }, handle };
    const records = [aTenant(), mark, ...given(order, [aLine(order)])];
    const run = await runJob(tested, changed, { now: "2026-03-02T09:30:00Z", records });
    expect(run.result).toMatchObject({ success: true, processed: 1 });
    expect(run.records.find(({ kind }) => kind === "analytics")?.body).toMatchObject({ orders: 1 });
    const left = run.records.filter(({ kind }) => kind === "changed_day");
    expect(left).toMatchObject([{ part: "2026-03-01", version: 2 }]);
  });

  it("that was made anew since the list was read is left: what it stands for may not be written yet", async () => {
    const made = (changedAt: string) => changedDays.given({ tenantId: "shop_1", day: "2026-03-01", changedAt });
    const { lists } = made("2026-03-02T09:00:00Z");
    const runAfter = (changedAt: string) =>
      runJob(
        handler,
        { ...changed, asOf: "2026-03-02T09:30:00Z" },
        { now: "2026-03-02T09:30:00Z", records: [aTenant(), { ...made(changedAt), lists }] },
      );
    const young = await runAfter("2026-03-02T09:15:00.001Z");
    expect(young.result).toMatchObject({ success: true, visited: 1, processed: 0 });
    expect(young.records.map(({ kind }) => kind)).toEqual(["tenant", "changed_day", "sweep_lock"]);
    const settled = await runAfter("2026-03-02T09:15:00.000Z");
    expect(settled.result).toMatchObject({ processed: 1 });
    expect(settled.records.map(({ kind }) => kind)).toEqual(["tenant", "sweep_lock", "analytics"]);
  });

  it("of a day that is not over, or of a day counted since, is left or only removed", async () => {
    const today = changedDays.given({ tenantId: "shop_1", day: "2026-03-02", changedAt: "2026-03-02T08:00:00Z" });
    const counted = changedDays.given({ tenantId: "shop_1", day: "2026-03-01", changedAt: "2026-03-02T08:00:00Z" });
    const overview = dailyOverviews.given({ ...empty, orders: 7, aggregatedAt: "2026-03-02T08:15:00Z" });
    const run = await runJob(handler, changed, {
      now: "2026-03-02T09:30:00Z",
      records: [aTenant(), today, counted, overview],
    });
    expect(run.result).toMatchObject({ visited: 2, processed: 1 });
    expect(run.records.find(({ kind }) => kind === "analytics")).toMatchObject({ version: 1, body: { orders: 7 } });
    expect(run.records.filter(({ kind }) => kind === "changed_day").map(({ part }) => part)).toEqual(["2026-03-02"]);
  });

  it("of a tenant who is gone is removed", async () => {
    const mark = changedDays.given({ tenantId: "gone", day: "2026-03-01", changedAt: "2026-03-02T08:00:00Z" });
    const run = await runJob(handler, changed, { now: "2026-03-02T09:30:00Z", records: [mark] });
    expect(run.result).toMatchObject({ success: true, errors: [] });
    expect(run.records.filter(({ kind }) => kind !== "sweep_lock")).toEqual([]);
  });

  it("of another tenant is left where only one is asked for", async () => {
    const mark = changedDays.given({ tenantId: "shop_2", day: "2026-03-01", changedAt: "2026-03-02T08:00:00Z" });
    const records = [aTenant({ tenantId: "shop_2" }), mark];
    const run = await runJob(handler, { ...changed, tenantId: "shop_1" }, { now: "2026-03-02T09:30:00Z", records });
    expect(run.result).toMatchObject({ visited: 1, processed: 0 });
    expect(run.records.filter(({ kind }) => kind === "analytics")).toEqual([]);
  });

  it("is seen to once, however an hourly run crashes", async () => {
    const order = aStoreOrder("so_1", at);
    const mark = changedDays.given({ tenantId: "shop_1", day: "2026-03-01", changedAt: "2026-03-02T08:00:00Z" });
    const records = [aTenant(), mark, ...given(order, [aLine(order)])];
    const report = await checkJob(handler, changed, { now: "2026-03-02T09:30:00Z", records });
    expect(report.resends).toEqual([]);
  }, 60_000);
});

/** A store that does something after each query of a kind's records. */
function afterRead(records: Services["records"], kind: string, then: () => Promise<void>): Services["records"] {
  return new Proxy(records, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (property !== "list") return typeof member === "function" ? member.bind(target) : member;
      return async (...args: Parameters<Services["records"]["list"]>) => {
        const found = await target.list(...args);
        if (args[0].kind === kind) await then();
        return found;
      };
    },
  });
}

describe("two runs at once", () => {
  it("are one that works and one that says so", async () => {
    const records = new MemoryRecordStore();
    await takeSweep(records, "analytics_aggregation", {
      jobId: "analytics_aggregation-other",
      now: Date.parse("2026-03-02T00:59:00Z"),
    });
    const [lock] = records.all();
    const run = await runJob(
      handler,
      { dryRun: false, changed: false },
      { now: "2026-03-02T01:00:00Z", records: [aTenant(), lock!] },
    );
    expect(run.result).toMatchObject({
      success: true,
      visited: 0,
      skipped: { runningJobId: "analytics_aggregation-other" },
    });
  });

  it("are both at work where one does the night's days, and the other changed days or a back-fill", async () => {
    const records = new MemoryRecordStore();
    const now = Date.parse("2026-03-02T00:59:00Z");
    await takeSweep(records, "analytics_aggregation-changed", { jobId: "other", now });
    await takeSweep(records, "analytics_aggregation-days", { jobId: "another", now });
    const at = { now: "2026-03-02T01:00:00Z", records: [aTenant(), ...records.all()] };
    const night = await runJob(handler, { dryRun: false, changed: false }, at);
    expect(night.result).toMatchObject({ processed: 1 });
    const day = { dryRun: false, changed: false, from: "2026-02-01", to: "2026-02-01" };
    await expect(runJob(handler, day, at)).resolves.toMatchObject({ result: { skipped: { runningJobId: "another" } } });
    await expect(runJob(handler, changed, at)).resolves.toMatchObject({
      result: { skipped: { runningJobId: "other" } },
    });
  });

  it("are both at work where one does the night's days, and the other one tenant's, or another time's", async () => {
    const records = new MemoryRecordStore();
    await takeSweep(records, "analytics_aggregation-days", { jobId: "other", now: Date.parse("2026-03-02T00:59:00Z") });
    const at = { now: "2026-03-02T01:00:00Z", records: [aTenant(), ...records.all()] };
    for (const own of [{ tenantId: "shop_1" }, { asOf: "2026-03-01T01:00:00Z" }]) {
      const run = await runJob(handler, { dryRun: false, changed: false, ...own }, at);
      expect(run.result).toMatchObject({ skipped: { runningJobId: "other" } });
    }
  });

  it("that count one day all the same leave the numbers of the one that began later", async () => {
    const records = new MemoryRecordStore();
    const overview = (aggregatedAt: string, orders: number): DailyOverview => ({ ...empty, aggregatedAt, orders });
    await storeOverview(records, overview("2026-03-02T01:00:02Z", 2));
    await storeOverview(records, overview("2026-03-02T01:00:01Z", 1));
    const key = dailyOverviewKey("shop_1", "2026-03-01");
    await expect(dailyOverviews.get(records, key)).resolves.toMatchObject({ body: { orders: 2 }, version: 1 });
    await storeOverview(records, overview("2026-03-02T01:00:03Z", 3));
    await expect(dailyOverviews.get(records, key)).resolves.toMatchObject({ body: { orders: 3 }, version: 2 });
  });
});
