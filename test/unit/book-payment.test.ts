import { describe, expect, it } from "@jest/globals";

import { invoiceEmailPayload, type InvoiceEmailPayload } from "../../shared/contracts/invoice.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { bookPayment, noteJob, type ReceivedPayment } from "../../shared/payments/book-payment.ts";
import { paymentJob } from "../../shared/payments/payment-jobs.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { createOrder, readOrder, type NewOrder } from "../../shared/records/order.ts";
import { storeSeller } from "../../shared/records/seller.ts";
import { readCustomer } from "../../shared/records/customer.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { aGiftCardOrder, anOrder } from "../support/sale-factory.ts";

const order = anOrder();
// 2025-12-31T23:30:00Z: already the new year in Amsterdam, the example seller's time zone.
const payment: ReceivedPayment = {
  reference: "pi_1",
  orderId: "ord_1",
  amount: 12_100,
  currency: "EUR",
  paidAtSeconds: 1_767_223_800,
};

async function shop(...orders: readonly NewOrder[]): Promise<MemoryRecordStore> {
  const records = new MemoryRecordStore();
  await storeSeller(records, exampleSeller);
  for (const each of orders) await createOrder(records, each);
  return records;
}

/** Books it, and makes the invoice that it brings. */
async function invoiceOf(records: RecordStore, received: ReceivedPayment): Promise<InvoiceEmailPayload> {
  const { payload } = await paymentJob("invoice_email", records, await bookPayment(records, received));
  return invoiceEmailPayload.parse(payload);
}

describe("booking a payment", () => {
  it("gives the invoice to send, dated in the seller's time zone, and pays the order", async () => {
    const records = await shop(order);
    await expect(invoiceOf(records, payment)).resolves.toMatchObject({
      paymentReference: "pi_1",
      invoiceNumber: "INV-2026-000001",
      productType: "art",
      productId: "vase-7",
      userInfo: { email: "ada@example.com" },
      invoiceDetails: { orderId: "ord_1", issuedOn: "2026-01-01", currency: "EUR", locale: "en-GB" },
      amount: 12_100,
    });
    await expect(readOrder(records, "ord_1")).resolves.toMatchObject({
      body: { status: "paid", paymentReference: "pi_1" },
    });
    expect(records.namesOf("payment")).toEqual(["pi_1/-"]);
    expect(records.namesOf("art_orders")).toEqual(["ord_1/-"]);
  });

  it("again gives the same invoice, and owes nothing once both jobs are noted", async () => {
    const records = await shop(order);
    const first = await invoiceOf(records, payment);
    await expect(invoiceOf(records, payment)).resolves.toEqual(first);
    await noteJob(records, "ord_1", { type: "invoice_email", jobId: "job-1" });
    await expect(bookPayment(records, payment)).resolves.toMatchObject({ owed: ["order_confirmation"] });
    await noteJob(records, "ord_1", { type: "order_confirmation", jobId: "job-2" });
    await expect(bookPayment(records, payment)).resolves.toMatchObject({ owed: [] });
    await expect(readOrder(records, "ord_1")).resolves.toMatchObject({
      body: { invoiceNumber: "INV-2026-000001", jobs: { invoice_email: "job-1", order_confirmation: "job-2" } },
    });
  });

  it("keeps the first job that was noted", async () => {
    const records = await shop(order);
    await bookPayment(records, payment);
    await noteJob(records, "ord_1", { type: "invoice_email", jobId: "job-1" });
    await noteJob(records, "ord_1", { type: "invoice_email", jobId: "job-2" });
    await expect(readOrder(records, "ord_1")).resolves.toMatchObject({
      body: { jobs: { invoice_email: "job-1" } },
    });
  });

  it("makes the buyer a customer, who gets no news unless the order says so", async () => {
    const records = await shop(order, anOrder({ orderId: "ord_2", customer: { ...order.customer, wantsNews: true } }));
    await bookPayment(records, payment);
    await expect(readCustomer(records, " ADA@example.com")).resolves.toEqual({
      customerId: "b5fc85e55755f9e0d030a10ab4429b6b2944855f",
      email: "ada@example.com",
      name: "Ada Lovelace",
      country: "GB",
      tags: ["art"],
      wantsNews: false,
      createdOn: "2026-01-01",
    });
    await bookPayment(records, { ...payment, orderId: "ord_2", reference: "pi_2" });
    await expect(readCustomer(records, "ada@example.com")).resolves.toMatchObject({ wantsNews: true });
  });

  it.each([
    ["ORDER_ID_MISSING", { orderId: undefined }],
    ["ORDER_NOT_FOUND", { orderId: "ord_2" }],
    ["AMOUNT_MISMATCH", { amount: 12_099 }],
    ["CURRENCY_MISMATCH", { currency: "USD" }],
  ])("is refused for good with %s, and nothing is written", async (code, overrides) => {
    const records = await shop(order);
    await expect(bookPayment(records, { ...payment, ...overrides })).rejects.toMatchObject({ code });
    expect(records.namesOf("payment")).toEqual([]);
    await expect(readOrder(records, "ord_1")).resolves.toMatchObject({ body: { status: "unpaid" } });
  });

  it.each([
    ["UNKNOWN_PRODUCT_TYPE", { productType: "pottery" }, /art, course, gift_card, shop/],
    ["GIFT_CARD_DETAILS_MISSING", { productType: "gift_card" }, /giftCard/],
    ["GIFT_CARD_DATES_WRONG", giftCard({ deliverOn: "2027-01-02" }), /more than a year/],
    ["GIFT_CARD_DATES_WRONG", giftCard({ deliverOn: "0026-12-24" }), /more than a year before/],
    ["GIFT_CARD_DATES_WRONG", giftCard({ expiresOn: "2025-12-31" }), /expired on 2025-12-31/],
    ["GIFT_CARD_DATES_WRONG", giftCard({ deliverOn: "2026-03-02", expiresOn: "2026-03-01" }), /after its last day/],
  ])("is refused for good with %s for an order that is %j, and nothing is written", async (code, wrong, message) => {
    const records = await shop();
    const stored = { ...order, status: "unpaid", ...wrong };
    await records.create({ kind: "order", id: "ord_1" }, stored);
    const booking = bookPayment(records, payment);
    await expect(booking).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(records.get({ kind: "order", id: "ord_1" })).resolves.toMatchObject({ version: 1 });
    expect(["payment", "customer", "gift_card_orders"].flatMap((kind) => records.namesOf(kind))).toEqual([]);
  });

  it("gives a gift card its last day by the settings, in the month's last day where it has no such day", async () => {
    const records = await shop(aGiftCardOrder({ customer: { ...order.customer, name: "x".repeat(99) + "🎁🎁" } }));
    const sale = await bookPayment(records, { ...payment, paidAtSeconds: 1_772_276_400 }); // 2026-02-28, noon
    const { payload } = await paymentJob("gift_card_delivery", records, { ...sale, issuedOn: "2024-02-29" });
    expect(payload).toMatchObject({
      amount: 12_100,
      paidOn: "2024-02-29",
      card: { expiresOn: "2026-02-28", senderName: "x".repeat(99) },
    });
  });

  it("is refused when another payment has paid the order", async () => {
    const records = await shop(order);
    await bookPayment(records, payment);
    const second = bookPayment(records, { ...payment, reference: "pi_2" });
    await expect(second).rejects.toMatchObject({ code: "ORDER_ALREADY_PAID" });
  });

  it("is refused when the payment is booked on another order", async () => {
    const records = await shop(order, { ...order, orderId: "ord_2" });
    await bookPayment(records, payment);
    const second = bookPayment(records, { ...payment, orderId: "ord_2" });
    await expect(second).rejects.toMatchObject({ code: "PAYMENT_OF_OTHER_ORDER" });
  });

  it("says what is wrong when the seller's settings are missing or broken", async () => {
    const records = new MemoryRecordStore();
    await createOrder(records, order);
    await expect(bookPayment(records, payment)).rejects.toMatchObject({ code: "SELLER_SETTINGS_MISSING" });
    await records.create({ kind: "settings", id: "seller" }, { name: "", timeZone: "Mars/Base" });
    await expect(bookPayment(records, payment)).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringMatching(/name: .*address: .*timeZone: /s),
    });
  });

  it("ends in the same records after a crash at any of its calls", async () => {
    const undisturbed = await callsOf(await shop(order), (records) => invoiceOf(records, payment));
    for (let dies = 1; dies <= undisturbed; dies += 1) {
      for (const when of ["before", "after"] as const) {
        const records = await shop(order, { ...order, orderId: "ord_2" });
        await expect(invoiceOf(dyingAt(records, dies, when), payment)).rejects.toThrow("died");
        await expect(invoiceOf(records, payment)).resolves.toMatchObject({ invoiceNumber: "INV-2026-000001" });
        expect(records.namesOf("payment")).toEqual(["pi_1/-"]);
        expect(records.namesOf("art_orders")).toEqual(["ord_1/-"]);
        expect(records.namesOf("customer")).toEqual(["default/b5fc85e55755f9e0d030a10ab4429b6b2944855f"]);
        const next = await invoiceOf(records, { ...payment, orderId: "ord_2", reference: "pi_2" });
        expect(next.invoiceNumber).toBe("INV-2026-000002");
      }
    }
  });
});

describe("invoice numbers", () => {
  it("are an unbroken series over orders that are paid at once, with deaths in between", async () => {
    const orders = Array.from({ length: 20 }, (_, index) => ({ ...order, orderId: `ord_${index}` }));
    const records = await shop(...orders);
    const pay = async (index: number) => {
      const own = { ...payment, orderId: `ord_${index}`, reference: `pi_${index}` };
      await invoiceOf(dyingAt(records, 3 + (index % 14), "after"), own).catch(() => undefined);
      const [once, twice] = await Promise.all([invoiceOf(records, own), invoiceOf(records, own)]);
      expect(once.invoiceNumber).toBe(twice.invoiceNumber);
      return once.invoiceNumber;
    };
    const numbers = await Promise.all(orders.map((_, index) => pay(index)));
    const expected = orders.map((_, index) => `INV-2026-${String(index + 1).padStart(6, "0")}`);
    expect(new Set(numbers)).toEqual(new Set(expected));
  });

  it("begin anew each year", async () => {
    const records = await shop(order, { ...order, orderId: "ord_2" });
    await invoiceOf(records, payment);
    const nextYear = {
      ...payment,
      orderId: "ord_2",
      reference: "pi_2",
      paidAtSeconds: payment.paidAtSeconds + 366 * 86_400,
    };
    await expect(invoiceOf(records, nextYear)).resolves.toMatchObject({ invoiceNumber: "INV-2027-000001" });
  });
});

describe("a paid order", () => {
  it("keeps what this version does not know of it, as a newer one may have stored", async () => {
    const records = await shop();
    const newer = { ...order, customer: { ...order.customer, phone: "+31612345678" }, channel: "fair" };
    await records.create({ kind: "order", id: "ord_1" }, { ...newer, status: "unpaid" });
    await bookPayment(records, payment);
    await expect(records.get({ kind: "order", id: "ord_1" })).resolves.toMatchObject({
      body: { channel: "fair", customer: { phone: "+31612345678" }, status: "paid" },
    });
  });
});

describe("storing an order", () => {
  it("leaves an order with the same id as it is", async () => {
    const records = await shop(order);
    await expect(createOrder(records, { ...order, productId: "other" })).resolves.toBe(false);
    await expect(readOrder(records, "ord_1")).resolves.toMatchObject({ body: { productId: "vase-7" } });
  });

  it("lists every problem of a broken one", async () => {
    const broken = { ...order, orderId: "ord 1", lines: [], currency: "euros" };
    await expect(shop(broken)).rejects.toThrow(/orderId[\s\S]*lines[\s\S]*currency/);
  });

  it("refuses a gift card without its recipient, and one that is delivered after its last day", async () => {
    const { giftCard: _, ...without } = aGiftCardOrder();
    await expect(shop(without)).rejects.toThrow("says to whom it goes");
    const { productType: __, ...dates } = giftCard({ deliverOn: "2026-03-02", expiresOn: "2026-03-01" });
    await expect(shop(aGiftCardOrder(dates))).rejects.toThrow("must not be after expiresOn");
  });

  it("refuses one that would not fit into a row", async () => {
    const line = { description: "é".repeat(300), quantity: 1, unitPrice: 1, vatRate: 0 };
    await expect(shop({ ...order, lines: Array.from({ length: 500 }, () => line) })).rejects.toThrow(
      "Shorten its descriptions",
    );
  });
});

function giftCard(days: { readonly deliverOn?: string; readonly expiresOn?: string }) {
  const recipient = { name: "Charles", email: "charles@example.com" };
  return { productType: "gift_card" as const, giftCard: { recipient, ...days } };
}

/** How many calls an action makes of the store. */
async function callsOf(
  records: MemoryRecordStore,
  action: (records: RecordStore) => Promise<unknown>,
): Promise<number> {
  let calls = 0;
  await action(counting(records, (phase) => (calls += phase === "before" ? 1 : 0)));
  return calls;
}

function dyingAt(records: RecordStore, number: number, when: "before" | "after"): RecordStore {
  let calls = 0;
  return counting(records, (phase) => {
    if (phase === "before") calls += 1;
    if (calls > number || (calls === number && phase === when)) throw new Error("died");
  });
}

function counting(records: RecordStore, onCall: (phase: "before" | "after") => void): RecordStore {
  const wrap =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args) => {
      onCall("before");
      const answer = await call(...args);
      onCall("after");
      return answer;
    };
  return {
    get: wrap((key) => records.get(key)),
    list: wrap((key, options) => records.list(key, options)),
    create: wrap((key, body: object) => records.create(key, body)),
    replace: wrap((key, version: number, body: object) => records.replace(key, version, body)),
    entries: wrap((list, options) => records.entries(list, options)),
    remove: wrap((key, version: number) => records.remove(key, version)),
  };
}
