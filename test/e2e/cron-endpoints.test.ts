import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { bookings } from "../../shared/records/booking.ts";
import { dailyOverviews } from "../../shared/records/daily-overview.ts";
import { clients, performers } from "../../shared/records/people.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { tenants } from "../../shared/records/tenant.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

let runtime: Runtime;
let records: RecordStore;

beforeAll(async () => {
  runtime = await startRuntime({ assemblyDir: await standardAssembly(), quiet: true, print: () => {}, seed });
  ({ records } = openStores(runtime.info));
}, 60_000);
afterAll(() => runtime.stop(), 20_000);

const bearer = () => ({ authorization: `Bearer ${runtime.info.cronSecret}` });

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${runtime.info.api}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Enqueueing is the first write of a table by the function. */
const jobsEnqueued = () => runtime.calls({ functionName: "backline-api-cron" }).dynamodb;

describe("the cron endpoints on a whole stack", () => {
  it("refuse a wrong secret, a missing one and one in the URL, and write nothing", async () => {
    const { cronSecret } = runtime.info;
    const answers = await Promise.all([
      ask("/api/cron/cleanup", { headers: { authorization: "Bearer wrong-0123456789abcdef" } }),
      ask("/api/cron/cleanup", { method: "POST" }),
      ask(`/api/cron/cleanup?secret=${cronSecret}`, { headers: { cookie: `secret=${cronSecret}` } }),
      ask("/api/admin/cleanup", { method: "POST", body: JSON.stringify({ secret: cronSecret }) }),
    ]);
    for (const { status, body, headers } of answers) {
      expect({ status, body }).toEqual({ status: 401, body: { message: "Unauthorized" } });
      expect(headers.get("www-authenticate")).toBe("Bearer");
    }
    expect(jobsEnqueued()).toBe(0);
    expect(runtime.logs().filter(({ text }) => text.includes(cronSecret) || text.includes("wrong-0123"))).toEqual([]);
  }, 20_000);

  it("clean up: a booking without deposit is cancelled, and the answer says so", async () => {
    const { depositPaidAt: _deposit, ...unpaid } = aBooking({
      bookingId: "bk_stale",
      status: "pending",
      paid: 0,
      createdAt: "2024-01-01T08:00:00Z",
    }).body;
    await clients.create(records, aClient().body);
    await performers.create(records, aPerformer().body);
    await bookings.create(records, unpaid);
    const nothing = { deleted: 0, errors: [] };
    const summary = { notifications: nothing, otps: nothing, auditLogs: nothing };

    const tried = await ask("/api/cron/cleanup?dryRun=true", { headers: bearer() });
    expect(tried).toMatchObject({ status: 200, body: { dryRun: true, summary: { staleBookings: { cancelled: 1 } } } });
    await expect(bookings.get(records, { id: "bk_stale" })).resolves.toMatchObject({ body: { status: "pending" } });

    const { status, body } = await ask("/api/cron/cleanup", { method: "POST", headers: bearer() });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        summary: { staleBookings: { cancelled: 1, errors: [] }, ...summary },
      },
    });
    await expect(bookings.get(records, { id: "bk_stale" })).resolves.toMatchObject({ body: { status: "cancelled" } });
  }, 60_000);

  it("run a store's sweep, and say how much was done", async () => {
    expect(await ask("/api/admin/cleanup", { method: "POST", headers: bearer() })).toMatchObject({
      status: 200,
      body: { message: "Job completed", results: { processed: 0, errors: [] }, timestamp: expect.any(String) },
    });
  }, 30_000);

  it("tell the overview of a store's day only to those who know the secret", async () => {
    const tenant = {
      tenantId: "shop_1",
      name: "Celadon",
      email: "owner@celadon.example.com",
      timeZone: "Europe/Amsterdam",
      currency: "EUR",
      createdAt: "2025-01-01T00:00:00Z",
    };
    await tenants.create(records, tenant);
    await dailyOverviews.create(records, {
      tenantId: "shop_1",
      day: "2026-02-28",
      timeZone: "Europe/Amsterdam",
      orders: 3,
      paidOrders: 2,
      revenue: 37_000,
      currency: "EUR",
      otherRevenue: {},
      newCustomers: 1,
      productsSold: 2,
      topProducts: [],
      aggregatedAt: "2026-03-01T01:00:00Z",
    });
    const path = "/analytics/shop_1/overview?date=2026-02-28";
    expect(await ask(path)).toMatchObject({ status: 401, body: { message: "Unauthorized" } });
    expect(await ask(path, { headers: bearer() })).toMatchObject({
      status: 200,
      body: { key: "analytics:shop_1:overview:daily:2026-02-28", orders: 3, revenue: 37_000 },
    });
    expect(await ask("/analytics/shop_2/overview", { headers: bearer() })).toMatchObject({ status: 404 });
  }, 20_000);
});
