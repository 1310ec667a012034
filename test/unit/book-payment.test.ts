import { describe, expect, it } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import { bookPayment, noteInvoiceJob, type ReceivedPayment } from "../../shared/payments/book-payment.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { createOrder, readOrder, type NewOrder } from "../../shared/records/order.ts";
import { storeSeller } from "../../shared/records/seller.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const order: NewOrder = {
  orderId: "ord_1",
  customer: {
    name: "Ada Lovelace",
    email: "ada@example.com",
    address: { line1: "12 St James's Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
  },
  lines: [{ description: "Vase", quantity: 2, unitPrice: 5_000, vatRate: 21 }],
  currency: "EUR",
  productType: "art",
  productId: "vase-7",
};
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

describe("booking a payment", () => {
  it("gives the invoice to send, dated in the seller's time zone, and pays the order", async () => {
    const records = await shop(order);
    await expect(bookPayment(records, payment)).resolves.toMatchObject({
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

  it("again gives the same invoice, and none once its job is noted", async () => {
    const records = await shop(order);
    const first = await bookPayment(records, payment);
    const second = await bookPayment(records, payment);
    expect(second).toEqual(first);
    await noteInvoiceJob(records, "ord_1", { invoiceJobId: "job-1", invoiceNumber: "INV-2026-000001" });
    await expect(bookPayment(records, payment)).resolves.toBeUndefined();
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
    const undisturbed = await callsOf(await shop(order), (records) => bookPayment(records, payment));
    for (let dies = 1; dies <= undisturbed; dies += 1) {
      for (const when of ["before", "after"] as const) {
        const records = await shop(order, { ...order, orderId: "ord_2" });
        await expect(bookPayment(dyingAt(records, dies, when), payment)).rejects.toThrow("died");
        await expect(bookPayment(records, payment)).resolves.toMatchObject({ invoiceNumber: "INV-2026-000001" });
        expect(records.namesOf("payment")).toEqual(["pi_1/-"]);
        expect(records.namesOf("art_orders")).toEqual(["ord_1/-"]);
        const next = await bookPayment(records, { ...payment, orderId: "ord_2", reference: "pi_2" });
        expect(next?.invoiceNumber).toBe("INV-2026-000002");
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
      await bookPayment(dyingAt(records, 3 + (index % 9), "after"), own).catch(() => undefined);
      const [once, twice] = await Promise.all([bookPayment(records, own), bookPayment(records, own)]);
      expect(once?.invoiceNumber).toBe(twice?.invoiceNumber);
      return once?.invoiceNumber;
    };
    const numbers = await Promise.all(orders.map((_, index) => pay(index)));
    const expected = orders.map((_, index) => `INV-2026-${String(index + 1).padStart(6, "0")}`);
    expect(new Set(numbers)).toEqual(new Set(expected));
  });

  it("begin anew each year", async () => {
    const records = await shop(order, { ...order, orderId: "ord_2" });
    await bookPayment(records, payment);
    const nextYear = {
      ...payment,
      orderId: "ord_2",
      reference: "pi_2",
      paidAtSeconds: payment.paidAtSeconds + 366 * 86_400,
    };
    await expect(bookPayment(records, nextYear)).resolves.toMatchObject({ invoiceNumber: "INV-2027-000001" });
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

  it("refuses one that would not fit into a row", async () => {
    const line = { description: "é".repeat(300), quantity: 1, unitPrice: 1, vatRate: 0 };
    await expect(shop({ ...order, lines: Array.from({ length: 500 }, () => line) })).rejects.toThrow(
      "Shorten its descriptions",
    );
  });
});

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
    create: wrap((key, body: object) => records.create(key, body)),
    replace: wrap((key, version: number, body: object) => records.replace(key, version, body)),
  };
}
