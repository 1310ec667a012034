import { describe, expect, it } from "@jest/globals";

import { checkJob, exampleOf, expectNothingDone, runJob, type GivenRecord } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/store-cleanup.ts";
import type { SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import type { RecordKey, RecordStore } from "../../shared/ports/record-store.ts";
import { passwordResetTokens, sessions } from "../../shared/records/short-lived.ts";
import { storeLogs, supportAttachments } from "../../shared/records/store-support.ts";
import { saveStoreOrder } from "../../shared/stores/analytics-changes.ts";
import { beforeChangeOf } from "../support/meanwhile.ts";
import { aCartItem, anOrderProduct, aProduct, aStoreOrder, aTenant, namesOf } from "../support/store-factory.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const payload = { dryRun: false, asOf: "2026-03-01T02:00:00Z" };
const hashOf = (digit: string) => digit.repeat(40);

const aSession = (digit: string, validUntil: string) =>
  sessions.given({ sessionHash: hashOf(digit), tenantId: "shop_1", validUntil });
const aToken = (digit: string, validUntil: string) =>
  passwordResetTokens.given({ tokenHash: hashOf(digit), tenantId: "shop_1", userId: "us_1", validUntil });
const anAttachment = (attachmentId: string, createdAt: string) =>
  supportAttachments.given({ tenantId: "shop_1", attachmentId, fileKey: `shop_1/${attachmentId}.txt`, createdAt });
const aLogLine = (logId: string, at: string) =>
  storeLogs.given({ tenantId: "shop_1", logId, at, level: "info", message: "Opened." });
const fileOf = (attachmentId: string) => ({
  bucket: "attachments" as const,
  key: `shop_1/${attachmentId}.txt`,
  body: "The vase is broken.",
});
const settings = (stores: object) => ({ kind: "settings", id: "sweeps", body: { stores } });

/** As somebody has spoilt it: it stands in its list, but is not right. */
const broken = (record: GivenRecord) => ({ ...record, body: { tenantId: "shop_1" } });

const NOTHING = { cartItems: 0, orderProducts: 0, sessions: 0, resetTokens: 0, attachments: 0, logs: 0 };

/** The handler in a world where something happens at each deletion. */
const removingBy = (remove: (records: RecordStore, key: RecordKey, version: number) => Promise<boolean>) => ({
  definition: handler.definition,
  handle: (job: JobContext<SweepPayload>, services: Services) => {
    const { records } = services;
    const changed: RecordStore = {
      get: (key) => records.get(key),
      list: (key, options) => records.list(key, options),
      entries: (list, options) => records.entries(list, options),
      create: (key, body, lists) => records.create(key, body, lists),
      replace: (key, version, body, lists) => records.replace(key, version, body, lists),
      remove: (key, version) => remove(records, key, version),
    };
    return handler.handle(job, { ...services, records: changed });
  },
});

const cleanUp = (records: readonly GivenRecord[], options: Parameters<typeof runJob>[2] = {}) =>
  runJob(handler, payload, { records, ...options });

describe("a clean-up of the stores at 2026-03-01T02:00Z", () => {
  it("deletes what its example has of each kind, keeps order and product, and archives the log first", async () => {
    const { payload: example, options } = exampleOf(handler);
    const run = await runJob(handler, example, options);
    const archivePrefix = expect.stringMatching(/^store_log\/2026\/03\/01\/store_cleanup-/);
    expect(run.result).toEqual({
      success: true,
      errors: [],
      errorCount: 0,
      visited: 7,
      dryRun: false,
      deletedCount: 7,
      processed: 7,
      deleted: { cartItems: 2, orderProducts: 1, sessions: 1, resetTokens: 1, attachments: 1, logs: 1 },
      archivePrefix,
    });
    expect(run.files).toMatchObject([{ bucket: "archives", key: archivePrefix }]);
    expect(run.files[0]?.text()).toContain('"message":"Opened."');
    expect(run.records.map(({ kind }) => kind)).toEqual(["store_product", "store_order", "sweep_lock"]);
  });

  it("of nothing at all says that nothing was done", async () => {
    const run = await cleanUp([]);
    expect(run.result).toMatchObject({ success: true, deletedCount: 0, processed: 0, deleted: NOTHING, visited: 0 });
    expect(run.result).not.toHaveProperty("archivePrefix");
  });
});

describe("a cart item whose product is there", () => {
  it.each([
    ["2026-01-30T01:59:59.999Z", "deleted"],
    ["2026-01-30T02:00:00.000Z", "kept"],
    ["2026-01-30T02:00:00.001Z", "kept"],
    ["2026-01-30T02:59:59.999+01:00", "deleted"],
  ])("and that was last touched at %s is %s after 30 days", async (updatedAt, fate) => {
    const run = await cleanUp([aProduct(), aCartItem({ updatedAt })]);
    expect(namesOf(run, "cart_item")).toEqual(fate === "kept" ? ["shop_1/ca_1#vase"] : []);
    expect(run.result).toMatchObject({ deleted: { ...NOTHING, cartItems: fate === "kept" ? 0 : 1 } });
  });

  it("goes after so many days as the settings say", async () => {
    const run = await cleanUp([
      settings({ cartRetentionDays: 1, orphanAgeHours: 48 }),
      aProduct(),
      aCartItem({ cartId: "ca_1", updatedAt: "2026-02-28T01:59:59.999Z" }),
      aCartItem({ cartId: "ca_2", updatedAt: "2026-02-28T02:00:00.000Z" }),
    ]);
    expect(namesOf(run, "cart_item")).toEqual(["shop_1/ca_2#vase"]);
  });
});

describe("a cart item whose product is gone", () => {
  it.each([
    ["2026-02-28T01:59:59.999Z", "deleted"],
    ["2026-02-28T02:00:00.000Z", "kept"],
    ["2026-02-28T02:00:00.001Z", "kept"],
  ])("and that was last touched at %s is %s after 24 hours", async (updatedAt, fate) => {
    const run = await cleanUp([aCartItem({ updatedAt })]);
    expect(namesOf(run, "cart_item")).toHaveLength(fate === "kept" ? 1 : 0);
  });

  it("is not saved by another store's product of the same id", async () => {
    const old = "2026-02-20T00:00:00Z";
    const run = await cleanUp([
      aProduct({ tenantId: "shop_2" }),
      aCartItem({ tenantId: "shop_1", updatedAt: old }),
      aCartItem({ tenantId: "shop_2", updatedAt: old }),
    ]);
    expect(namesOf(run, "cart_item")).toEqual(["shop_2/ca_1#vase"]);
  });
});

describe("an order's product", () => {
  it.each([
    ["2026-02-28T01:59:59.999Z", "deleted"],
    ["2026-02-28T02:00:00.000Z", "kept"],
    ["2026-02-28T02:00:00.001Z", "kept"],
  ])("whose order is gone, of %s, is %s after 24 hours", async (createdAt, fate) => {
    const run = await cleanUp([anOrderProduct({ createdAt })]);
    expect(namesOf(run, "order_product")).toHaveLength(fate === "kept" ? 1 : 0);
  });

  it("whose order is there is kept, however old it is", async () => {
    const run = await cleanUp([aStoreOrder(), anOrderProduct({ createdAt: "2016-02-29T00:00:00Z" })]);
    expect(namesOf(run, "order_product")).toEqual(["shop_1/so_1#vase"]);
    expect(run.result).toMatchObject({ success: true, deletedCount: 0, visited: 1 });
  });

  it("has its order looked up once with all of its page", async () => {
    const lines = ["bowl", "cup", "vase"].map((productId) =>
      anOrderProduct({ productId, createdAt: "2026-02-01T00:00:00Z" }),
    );
    const run = await cleanUp([aStoreOrder(), ...lines]);
    expect(run.calls.filter((call) => call === "records.get(store_order)")).toHaveLength(1);
    expect(run.calls.filter((call) => call === "records.get(order_product)")).toHaveLength(3);
  });
});

describe("what is valid until a time", () => {
  it.each([
    ["2026-03-01T01:59:59.999Z", "deleted"],
    ["2026-03-01T02:00:00.000Z", "deleted"],
    ["2026-03-01T02:00:00.001Z", "kept"],
  ])("until %s is %s, session and token", async (validUntil, fate) => {
    const run = await cleanUp([aSession("a", validUntil), aToken("b", validUntil)]);
    const kept = fate === "kept" ? 1 : 0;
    expect(namesOf(run, "session")).toHaveLength(kept);
    expect(namesOf(run, "password_reset_token")).toHaveLength(kept);
    expect(run.result).toMatchObject({ deleted: { ...NOTHING, sessions: 1 - kept, resetTokens: 1 - kept } });
  });
});

describe("an attachment of a support request", () => {
  it.each([
    ["2025-03-01T01:59:59.999Z", "deleted"],
    ["2025-03-01T02:00:00.000Z", "kept"],
    ["2025-03-01T02:00:00.001Z", "kept"],
  ])("of %s is %s after 365 days, with its file", async (createdAt, fate) => {
    const run = await cleanUp([anAttachment("at_1", createdAt)], { files: [fileOf("at_1"), fileOf("at_2")] });
    const removed = run.calls.filter((call) => call === "files.remove");
    expect(namesOf(run, "support_attachment")).toHaveLength(fate === "kept" ? 1 : 0);
    expect(removed).toHaveLength(fate === "kept" ? 0 : 1);
  });

  it("whose file is gone already is deleted nevertheless", async () => {
    const run = await cleanUp([anAttachment("at_1", "2024-02-29T00:00:00Z")]);
    expect(run.result).toMatchObject({ success: true, deleted: { ...NOTHING, attachments: 1 } });
  });

  it("whose file cannot be deleted stays, so that the next run finds it, and is an error", async () => {
    const refusing = {
      definition: handler.definition,
      handle: (job: JobContext<SweepPayload>, services: Services) => {
        const remove = () => Promise.reject(new Error("AccessDenied"));
        return handler.handle(job, { ...services, files: { ...services.files, remove } });
      },
    };
    const records = [anAttachment("at_1", "2024-02-29T00:00:00Z")];
    const run = await runJob(refusing, payload, { records, files: [fileOf("at_1")] });
    expect(run.result).toMatchObject({ success: false, errors: ["shop_1/at_1: AccessDenied"], deletedCount: 0 });
    expect(namesOf(run, "support_attachment")).toEqual(["shop_1/at_1"]);
  });

  it.each([
    "shop_2/at_1.txt",
    "shop_1/../shop_2/at_1.txt",
    "shop_1/./at_1.txt",
    "shop_1//at_1.txt",
    "at_1.txt",
    "/shop_1/a",
  ])("whose file is %s is an error, and no file of anybody else's is deleted", async (fileKey) => {
    const attachment = anAttachment("at_1", "2024-02-29T00:00:00Z");
    const run = await cleanUp([{ ...attachment, body: { ...attachment.body, fileKey } }]);
    expect(run.result).toMatchObject({ success: false, errorCount: 1, deletedCount: 0 });
    expect(run.calls).not.toContain("files.remove");
  });
});

describe("a line of a store's log", () => {
  it.each([
    ["2025-12-01T01:59:59.999Z", "archived"],
    ["2025-12-01T02:00:00.000Z", "kept"],
    ["2025-12-01T02:00:00.001Z", "kept"],
  ])("of %s is %s after 90 days", async (at, fate) => {
    const run = await cleanUp([aLogLine("lg_1", at)]);
    const isKept = fate === "kept";
    expect(namesOf(run, "store_log")).toHaveLength(isKept ? 1 : 0);
    expect(run.files).toHaveLength(isKept ? 0 : 1);
  });
});

describe("a record whose list is behind", () => {
  it("goes by what it says itself: none of these is as old as their lists have it", async () => {
    const lists = { gsi1: { list: "all", at: Date.UTC(2020, 0, 1) } };
    const records = [
      aCartItem({ updatedAt: "2026-02-28T02:00:00Z" }),
      anOrderProduct({ createdAt: "2026-02-28T02:00:00Z" }),
      aSession("a", "2026-03-01T02:00:00.001Z"),
      aToken("b", "2026-03-01T02:00:00.001Z"),
      anAttachment("at_1", "2025-03-01T02:00:00Z"),
      aLogLine("lg_1", "2025-12-01T02:00:00Z"),
    ].map((record) => ({ ...record, lists }));
    const run = await cleanUp(records, { files: [fileOf("at_1")] });
    expect(run.result).toMatchObject({ success: true, visited: 6, deletedCount: 0 });
    expect(run.records).toHaveLength(7); // with the sweep's lock
    expect(run.calls).not.toContain("files.remove");
  });
});

describe("records that are not right", () => {
  it("are an error each, and stop nobody else's deletion", async () => {
    const old = "2024-01-01T00:00:00Z";
    const run = await cleanUp([
      broken(aCartItem({ cartId: "ca_1", updatedAt: old })),
      aCartItem({ cartId: "ca_2", updatedAt: old }),
      broken(anOrderProduct({ orderId: "so_1", createdAt: old })),
      anOrderProduct({ orderId: "so_2", createdAt: old }),
      broken(aSession("a", old)),
      aSession("b", old),
      broken(aToken("c", old)),
      aToken("d", old),
      broken(anAttachment("at_1", old)),
      anAttachment("at_2", old),
      broken(aLogLine("lg_1", old)),
      aLogLine("lg_2", old),
    ]);
    expect(run.status).toBe("completed");
    expect(run.result).toMatchObject({
      success: false,
      errorCount: 6,
      deletedCount: 6,
      deleted: { cartItems: 1, orderProducts: 1, sessions: 1, resetTokens: 1, attachments: 1, logs: 1 },
    });
    const { errors } = run.result as { errors: readonly string[] }; // as the result's type says
    expect(errors.map((error) => error.slice(0, error.indexOf(": ")))).toEqual([
      "shop_1/ca_1#vase",
      "shop_1/so_1#vase",
      hashOf("a"),
      hashOf("c"),
      "shop_1/at_1",
      "shop_1/lg_1",
    ]);
    expect(run.enqueued).toMatchObject([{ type: "email", payload: { type: "system_notification" } }]);
  });
});

describe("a dry run", () => {
  it("counts what a real one would delete, orphans exactly, and touches nothing", async () => {
    const { payload: example, options } = exampleOf(handler);
    const records = [...options.records, aCartItem({ cartId: "ca_3", updatedAt: "2026-02-20T00:00:00Z" })];
    const dry = await runJob(handler, { ...example, dryRun: true }, { ...options, records });
    const real = await runJob(handler, example, { ...options, records });
    const { deleted, visited, errors } = real.result as { deleted: object; visited: number; errors: string[] };
    expect(dry.result).toMatchObject({ dryRun: true, deletedCount: 7, deleted, visited, errors });
    expect(dry.result).not.toHaveProperty("archivePrefix");
    expectNothingDone(dry);
    expect(dry.records).toHaveLength(records.length);
    expect(dry.calls.filter((call) => /^(records\.(create|replace|remove)|files\.)/.test(call))).toEqual([]);
  });
});

describe("two runs at once", () => {
  it("are one: the other says which job is at it", async () => {
    const records = [aCartItem({ updatedAt: "2025-01-01T00:00:00Z" })];
    const heldUntil = Date.parse("2026-03-01T02:30:00Z");
    const lock = { kind: "sweep_lock", id: "store_cleanup", body: { jobId: "other", heldUntil } };
    const run = await cleanUp([...records, lock], { now: "2026-03-01T02:00:00Z" });
    expect(run.result).toMatchObject({ success: true, skipped: { runningJobId: "other" } });
    expect(namesOf(run, "cart_item")).toHaveLength(1);
  });

  it("that both work, for a lock may run out, are no error: each record is deleted once", async () => {
    const remove = async (records: RecordStore, key: RecordKey, version: number) => {
      await records.remove(key, version); // the other run was faster
      return records.remove(key, version);
    };
    const { payload: example, options } = exampleOf(handler);
    const run = await runJob(removingBy(remove), example, options);
    expect(run.result).toMatchObject({ success: true, deletedCount: 7 });
    expect(run.records.map(({ kind }) => kind)).toEqual(["store_product", "store_order", "sweep_lock"]);
  });
});

describe("a record that is changed between the look and its deletion", () => {
  it("stays, and is not counted", async () => {
    const remove = async (records: RecordStore, key: RecordKey, version: number) => {
      await records.replace(key, version, { ...(await records.get(key))?.body, note: "touched" });
      return records.remove(key, version);
    };
    const old = "2024-01-01T00:00:00Z";
    const records = [aCartItem({ updatedAt: old }), anOrderProduct({ createdAt: old }), aSession("a", old)];
    const run = await runJob(removingBy(remove), payload, { records });
    expect(run.result).toMatchObject({ success: true, deletedCount: 0, deleted: NOTHING, visited: 3 });
    expect(run.records.map(({ kind }) => kind)).toEqual(["cart_item", "order_product", "session", "sweep_lock"]);
  });
});

describe("an order that is stored while its lines are taken for orphans", () => {
  it("keeps them: a call that died a day ago has left them, and the one now stores them anew", async () => {
    const old = anOrderProduct({ quantity: 2, createdAt: "2026-02-27T00:00:00Z" });
    const needs = {
      ...handler.definition.needs,
      records: { ...handler.definition.needs.records, tenant: "read", changed_day: "write", store_order: "write" },
    } as const;
    const clock = new VirtualClock(Date.parse("2026-03-01T02:00:00Z"));
    const order = aStoreOrder({ placedAt: "2026-03-01T01:00:00Z" }).body;
    const line = { productId: "vase", name: "Stoneware vase", quantity: 3, total: 18_500 };
    const tested = beforeChangeOf("order_product", handler, (records) =>
      saveStoreOrder({ records, clock }, order, [line]),
    );
    const run = await runJob({ ...tested, definition: { ...handler.definition, needs } }, payload, {
      records: [aTenant(), old],
    });
    expect(run.result).toMatchObject({ success: true, deletedCount: 0 });
    expect(namesOf(run, "store_order")).toEqual(["shop_1/so_1"]);
    expect(run.records.find(({ kind }) => kind === "order_product")?.body).toMatchObject({
      quantity: 3,
      createdAt: "2026-03-01T02:00:00.000Z",
    });
  });
});

describe("a clean-up of many records", () => {
  it("goes through all of them, page by page", async () => {
    const old = "2026-02-01T00:00:00Z";
    const numbers = Array.from({ length: 120 }, (_, index) => index);
    const gone = numbers.map((index) => anOrderProduct({ orderId: `gone_${index}`, createdAt: old }));
    const kept = numbers.map((index) => anOrderProduct({ productId: `vase_${index}`, createdAt: old }));
    const run = await cleanUp([aStoreOrder(), ...gone, ...kept]);
    expect(run.result).toMatchObject({ success: true, visited: 240, deletedCount: 120 });
    expect(namesOf(run, "order_product")).toHaveLength(120);
  });
});

describe("a clean-up that crashes", () => {
  it("ends as undisturbed, wherever it comes", async () => {
    const { payload: example, options } = exampleOf(handler);
    await expect(checkJob(handler, example, options)).resolves.toMatchObject({ resends: [] });
  }, 120_000);
});
