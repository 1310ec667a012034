import { describe, expect, it } from "@jest/globals";

import { checkJob, crashAfter, expectNothingDone, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/billing/stripe-event.ts";
import { catalog } from "../../shared/catalog/index.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { PRODUCT_TYPES, type ProductType } from "../../shared/contracts/invoice.ts";
import { PRODUCT_ROUTES } from "../../shared/payments/product-routes.ts";
import { updateOrder, type NewOrder } from "../../shared/records/order.ts";
import { storeSeller } from "../../shared/records/seller.ts";
import { aGiftCardOrder, anOrder, aPayment } from "../support/sale-factory.ts";

const orderOf = (productType: ProductType): NewOrder =>
  productType === "gift_card" ? aGiftCardOrder() : anOrder({ productType });
const stored = (order: object) => ({ kind: "order", id: "ord_1", body: { ...order, status: "unpaid" } });
const bodyOf = (run: Awaited<ReturnType<typeof runJob>>, kind: string) =>
  run.records.find((record) => record.kind === kind)?.body;

describe("the table of routes", () => {
  it("is the one that was agreed", () => {
    const jobs = Object.fromEntries(Object.entries(PRODUCT_ROUTES).map(([type, route]) => [type, [...route.jobs]]));
    expect(jobs).toEqual({
      course: ["invoice_email"],
      gift_card: ["invoice_email", "gift_card_delivery"],
      art: ["invoice_email", "order_confirmation"],
      shop: ["order_confirmation"],
    });
  });

  it("asks only for records and jobs that the function's role allows", () => {
    const { records = {}, enqueues = [] } = handler.definition.needs;
    for (const { record, jobs } of Object.values(PRODUCT_ROUTES)) {
      expect(records[record]).toBe("write");
      expect(enqueues).toEqual(expect.arrayContaining([...jobs]));
      for (const type of jobs) expect(catalog.map(({ definition }) => definition.type)).toContain(type);
    }
  });
});

describe.each(PRODUCT_TYPES)("a payment for an order of type %s", (productType) => {
  const { record, jobs } = PRODUCT_ROUTES[productType];
  const ids = jobs.map((type) => `${type}-ord_1`);
  const noted = Object.fromEntries(jobs.map((type) => [type, `${type}-ord_1`]));
  const records = [stored(orderOf(productType))];
  const hasInvoice = (jobs as readonly string[]).includes("invoice_email");

  it("brings the jobs of its route, in order, each noted on the order", async () => {
    const run = await runJob(handler, aPayment, { records });
    expect(run.enqueued.map(({ id }) => id)).toEqual(ids);
    expect(run.result).toEqual({ jobs: noted });
    expect(bodyOf(run, "order")).toMatchObject({ status: "paid", paymentReference: "pi_1", jobs: noted });
    expect(bodyOf(run, record)).toMatchObject({ orderId: "ord_1", paymentReference: "pi_1" });
    expect(bodyOf(run, "customer")).toMatchObject({ email: "ada@example.com", tags: [productType] });
    expect(bodyOf(run, "order")?.["invoiceNumber"]).toBe(hasInvoice ? "INV-2026-000001" : undefined);
    expect(bodyOf(run, "invoice_number") !== undefined).toBe(hasInvoice);
  });

  it("writes the product's own record before anything is enqueued", async () => {
    const { calls } = await runJob(handler, aPayment, { records });
    const first = calls.indexOf(`records.create(${record})`);
    expect(first).toBeGreaterThan(calls.indexOf("records.replace(order)"));
    expect(first).toBeLessThan(calls.indexOf("store.create"));
  });

  it("survives a crash, wherever it comes", async () => {
    const { resends } = await checkJob(handler, aPayment, { records });
    expect(resends).toEqual([]);
  }, 60_000);

  it("reported again, brings none of them again, also when their rows are gone", async () => {
    const first = await runJob(handler, aPayment, { records });
    const again = await runJob(handler, { ...aPayment, eventId: "evt_2" }, { records: withoutSeller(first) });
    expect(again).toMatchObject({ status: "completed", enqueued: [], result: { jobs: noted } });
    expect(withoutSeller(again)).toEqual(withoutSeller(first));
  });
});

describe("a payment", () => {
  it("of an order with half of its jobs noted brings the other half", async () => {
    const first = await runJob(handler, aPayment, { records: [stored(anOrder())] });
    const given = withoutSeller(first).map((record) =>
      record.kind === "order" ? { ...record, body: { ...record.body, jobs: { invoice_email: "kept" } } } : record,
    );
    const again = await runJob(handler, aPayment, { records: given });
    expect(again.enqueued.map(({ id }) => id)).toEqual(["order_confirmation-ord_1"]);
    expect(again.result).toEqual({ jobs: { invoice_email: "kept", order_confirmation: "order_confirmation-ord_1" } });
  });

  it("keeps an invoice that an attempt has enqueued which died, although the order was changed since", async () => {
    const changed: typeof handler.handle = async (job, services) => {
      if (job.attempt > 1) await updateOrder(services.records, "ord_1", () => ({ productId: "vase-8" }));
      return handler.handle(job, services);
    };
    const run = await runJob({ definition: handler.definition, handle: changed }, aPayment, {
      records: [stored(anOrder())],
      faults: [crashAfter("store.create")],
    });
    expect(run).toMatchObject({
      status: "completed",
      result: { jobs: { invoice_email: "invoice_email-ord_1", order_confirmation: "order_confirmation-ord_1" } },
    });
    expect(run.enqueued.find(({ type }) => type === "invoice_email")?.payload).toMatchObject({ productId: "vase-7" });
  });

  it("notes the number that its invoice has, although the seller numbers otherwise since the attempt that died", async () => {
    const changed: typeof handler.handle = async (job, services) => {
      if (job.attempt > 1) {
        const settings = { ...exampleSeller, id: "other", invoice: { numberPrefix: "RE-" } };
        await storeSeller(services.records, settings);
      }
      return handler.handle(job, services);
    };
    const needs = { ...handler.definition.needs, records: { ...handler.definition.needs.records, settings: "write" } };
    const definition = { ...handler.definition, needs } as typeof handler.definition;
    const run = await runJob({ definition, handle: changed }, aPayment, {
      records: [stored(anOrder())],
      faults: [crashAfter("store.create")],
    });
    const invoice = run.enqueued.find(({ type }) => type === "invoice_email")?.payload;
    expect(invoice).toMatchObject({ invoiceNumber: "INV-2026-000001" });
    expect(bodyOf(run, "order")).toMatchObject({ invoiceNumber: "INV-2026-000001" });
  });

  it("for a type of product that nobody handles fails at once, naming those there are, and writes nothing", async () => {
    const given = [stored({ ...anOrder(), productType: "pottery" })];
    const run = await runJob(handler, aPayment, { records: given });
    expect(run).toMatchObject({
      status: "failed",
      attempts: 1,
      deadLetters: 1,
      error: { code: "UNKNOWN_PRODUCT_TYPE" },
    });
    expect(run.error?.message).toContain("art, course, gift_card, shop");
    expectNothingDone(run);
    expect(run.records).toMatchObject([{ kind: "order", version: 1 }]);
  });

  it.each(["constructor", "__proto__", "toString", ""])(
    "for an order of type %j is unknown, too",
    async (productType) => {
      const body = Object.fromEntries([
        ...Object.entries(anOrder()),
        ["productType", productType],
        ["status", "unpaid"],
      ]);
      const run = await runJob(handler, aPayment, { records: [{ kind: "order", id: "ord_1", body }] });
      expect(run.error?.code).toBe("UNKNOWN_PRODUCT_TYPE");
    },
  );

  it("that is an order's second changes nothing that the first one has done", async () => {
    const first = await runJob(handler, aPayment, { records: [stored(anOrder())] });
    const second = await runJob(
      handler,
      { ...aPayment, eventId: "evt_2", paymentIntentId: "pi_2" },
      { records: withoutSeller(first) },
    );
    expect(second).toMatchObject({ status: "failed", attempts: 1, error: { code: "ORDER_ALREADY_PAID" } });
    expectNothingDone(second);
    expect(bodyOf(second, "order")).toEqual(bodyOf(first, "order"));
    expect(bodyOf(second, "art_orders")).toMatchObject({ paymentReference: "pi_1" });
  });

  it("puts nothing on the invoice that only the shop is to know", async () => {
    const order = anOrder({
      customer: { ...anOrder().customer, wantsNews: true },
      lines: [{ description: "Vase", quantity: 2, unitPrice: 5_000, vatRate: 21, thumbnailKey: "vase.png" }],
    });
    const run = await runJob(handler, aPayment, { records: [stored(order)] });
    const invoice = JSON.stringify(run.enqueued.find(({ type }) => type === "invoice_email")?.payload);
    expect(invoice).not.toMatch(/wantsNews|thumbnail/);
    expect(bodyOf(run, "customer")).toMatchObject({ wantsNews: true });
  });
});

/** What a run has left, to be given to another one. */
function withoutSeller({ records }: Awaited<ReturnType<typeof runJob>>) {
  return records
    .filter(({ kind }) => kind !== "settings")
    .map(({ kind, id, part, body }) => ({ kind, id, part, body }));
}
