import { describe, expect, it } from "@jest/globals";

import { checkJob, expectMail, expectNothingDone, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/billing/order-confirmation.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { recipientIdOf } from "../../shared/records/suppression.ts";
import { anOrder } from "../support/sale-factory.ts";

const payload = { orderId: "ord_1" };
/** The magic bytes are all that is looked at here. */
const png = Buffer.from("89504e470d0a1a0a00000000", "hex");
const paid = (overrides: Parameters<typeof anOrder>[0] = {}) => ({
  kind: "order",
  id: "ord_1",
  body: { ...anOrder(overrides), status: "paid", paymentReference: "pi_1" },
});

describe("an order's confirmation", () => {
  it("goes to the buyer with lines, total and address", async () => {
    const run = await runJob(handler, payload, { records: [paid()] });
    expect(run.result).toEqual({ messageId: "mail-1" });
    const { text } = expectMail(run, { to: "ada@example.com" });
    for (const words of ["Vase", "€121.00", "12 St James's Square"]) expect(text).toContain(words);
  });

  it("carries logo and thumbnails by content id, and leaves out those that are not there", async () => {
    const line = { description: "Vase", quantity: 1, unitPrice: 5_000, vatRate: 21 };
    const lines = [
      { ...line, thumbnailKey: "vases/7.png" },
      { ...line, thumbnailKey: "vases/gone.png" },
    ];
    const seller = { kind: "settings", id: "seller", body: { ...exampleSeller, logoKey: "logo.png" } };
    const files = ["logo.png", "vases/7.png"].map((key) => ({ bucket: "assets" as const, key, body: png }));
    const run = await runJob(handler, payload, { records: [paid({ lines }), seller], files });
    const { html, attachments } = expectMail(run, { to: "ada@example.com" });
    expect(attachments).toHaveLength(2);
    expect(html.match(/src="cid:/g)).toHaveLength(2);
    expect(html).not.toMatch(/src="https?:/);
    expect(run.logs).toMatchObject([{ level: "warn", fields: { key: "vases/gone.png" } }]);
  });

  it("survives a crash, wherever it comes", async () => {
    await expect(checkJob(handler, payload, { records: [paid()] })).resolves.toMatchObject({ resends: [] });
  }, 60_000);

  it("of an order that there is not fails at once", async () => {
    const run = await runJob(handler, payload);
    expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code: "ORDER_NOT_FOUND" } });
    expectNothingDone(run);
  });

  it("to an address on the suppression list is not sent, and says why", async () => {
    const all = { reason: "complaint", at: "2025-12-01T00:00:00Z" };
    const suppressed = { kind: "suppression", id: recipientIdOf("ada@example.com"), body: { all } };
    const run = await runJob(handler, payload, { records: [paid(), suppressed] });
    expect(run).toMatchObject({ status: "completed", mails: [] });
    expect(run.result).toEqual({ notSent: "complaint", since: "2025-12-01T00:00:00Z" });
  });

  it("shows hostile names and descriptions as text", async () => {
    const hostile = `<script>alert("{{7*7}}")</script>\u202E`;
    const order = paid({
      customer: { ...anOrder().customer, name: hostile },
      lines: [{ description: hostile, quantity: 1, unitPrice: 5_000, vatRate: 21 }],
    });
    const run = await runJob(handler, payload, { records: [order] });
    const { html, text } = expectMail(run, { to: "ada@example.com" });
    expect(html).not.toContain("<script");
    expect(html).not.toContain("\u202E");
    expect(text).toContain("{{7*7}}");
  });
});
