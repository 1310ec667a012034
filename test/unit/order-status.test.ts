import { describe, expect, it } from "@jest/globals";

import { checkJob, expectEnqueued, expectNothingDone, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/billing/order-status.ts";
import { email } from "../../shared/catalog/messaging.ts";
import { orderStatusPayload } from "../../shared/contracts/order-status.ts";
import { anOrder } from "../support/sale-factory.ts";

const paid = { ...anOrder(), status: "paid", paymentReference: "pi_1" };
const records = [{ kind: "order", id: "ord_1", body: paid }];
const shipped = { orderId: "ord_1", status: "shipped" as const, carrier: "PostNL", trackingNumber: "3S01" };
const fulfilmentOf = (run: { records: readonly { kind: string; body: Readonly<Record<string, unknown>> }[] }) =>
  run.records.find(({ kind }) => kind === "order")?.body["fulfilment"];

describe("an order's new status", () => {
  it("is put on record, and the buyer is told of a parcel by a shipping notification", async () => {
    const run = await runJob(handler, shipped, { records });
    expect(expectEnqueued(run, email)).toMatchObject({
      id: "email-ord_1-shipped",
      payload: {
        type: "shipping_notification",
        data: { orderId: "ord_1", email: "ada@example.com", carrier: "PostNL", trackingNumber: "3S01" },
      },
    });
    expect(run.result).toEqual({ mailJobId: "email-ord_1-shipped" });
    expect(fulfilmentOf(run)).toEqual({
      status: "shipped",
      at: expect.stringMatching(/^2026-01-01T00:00:0/),
      carrier: "PostNL",
      trackingNumber: "3S01",
      history: [{ status: "shipped", at: expect.any(String), toldBy: "email-ord_1-shipped" }],
    });
  });

  it("of any other kind is told by a status update, with the seller's words", async () => {
    const change = { orderId: "ord_1", status: "ready_for_pickup" as const, note: "Ring twice." };
    const run = await runJob(handler, change, { records });
    expect(expectEnqueued(run, email).payload).toEqual({
      type: "status_update",
      data: { orderId: "ord_1", email: "ada@example.com", status: "ready_for_pickup", note: "Ring twice." },
    });
  });

  it("is told once, wherever a crash comes", async () => {
    await expect(checkJob(handler, shipped, { records })).resolves.toMatchObject({ resends: [] });
  });

  it("that it has had before changes nothing and is not told again, also when the mail's row is gone", async () => {
    const at = "2026-01-01T00:00:00Z";
    const history = [
      { status: "shipped", at, toldBy: "email-ord_1-shipped" },
      { status: "delivered", at, toldBy: "email-ord_1-delivered" },
    ];
    const delivered = { ...paid, fulfilment: { status: "delivered", at, carrier: "PostNL", history } };
    const run = await runJob(handler, shipped, { records: [{ kind: "order", id: "ord_1", body: delivered }] });
    expect(run).toMatchObject({ status: "completed", enqueued: [], result: { mailJobId: "email-ord_1-shipped" } });
    expect(fulfilmentOf(run)).toEqual(delivered.fulfilment);
  });

  it("keeps what is known of the parcel", async () => {
    const at = "2026-01-01T00:00:00Z";
    const history = [{ status: "shipped", at, toldBy: "email-ord_1-shipped" }];
    const fulfilment = { status: "shipped", at, carrier: "PostNL", trackingNumber: "3S01", history };
    const run = await runJob(
      handler,
      { orderId: "ord_1", status: "delivered" },
      { records: [{ kind: "order", id: "ord_1", body: { ...paid, fulfilment } }] },
    );
    expect(fulfilmentOf(run)).toMatchObject({
      status: "delivered",
      carrier: "PostNL",
      trackingNumber: "3S01",
      history: [{ status: "shipped" }, { status: "delivered", toldBy: "email-ord_1-delivered" }],
    });
  });

  it.each([
    ["delivered", "shipped", "delivered"],
    ["delivered", "processing", "delivered"],
    ["shipped", "processing", "shipped"],
    ["ready_for_pickup", "shipped", "shipped"],
    ["delivered", "refunded", "refunded"],
    ["cancelled", "processing", "processing"],
  ] as const)(
    "after %s, when %s is reported, is on record and told, and the order is %s",
    async (known, reported, status) => {
      const at = "2025-12-31T00:00:00Z";
      const history = [{ status: known, at, toldBy: `email-ord_1-${known}` }];
      const body = { ...paid, fulfilment: { status: known, at, history } };
      const run = await runJob(
        handler,
        { orderId: "ord_1", status: reported },
        { records: [{ kind: "order", id: "ord_1", body }] },
      );
      expect(run.result).toEqual({ mailJobId: `email-ord_1-${reported}` });
      expect(fulfilmentOf(run)).toMatchObject({ status, history: [{ status: known }, { status: reported }] });
    },
  );

  it.each([
    ["ORDER_UNPAID", [{ kind: "order", id: "ord_1", body: { ...anOrder(), status: "unpaid" } }]],
    ["ORDER_NOT_FOUND", []],
  ])("is refused for good with %s", async (code, given) => {
    const run = await runJob(handler, shipped, { records: given });
    expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code } });
    expectNothingDone(run);
  });

  it("takes no note with a parcel, whose mail has no place for it", () => {
    expect(orderStatusPayload.safeParse({ ...shipped, note: "Ring twice." }).success).toBe(false);
  });
});
