import { describe, expect, it } from "@jest/globals";

import { checkJob, crashAfter, crashBefore, expectCompleted, expectMail, runJob } from "../../testing/index.ts"; // first
import { handler } from "../../functions/billing/gift-card-delivery.ts";
import { giftCardDeliveryPayload, type GiftCardDeliveryPayload } from "../../shared/contracts/gift-card.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { recipientIdOf } from "../../shared/records/suppression.ts";

type Card = Partial<GiftCardDeliveryPayload["card"]>;
type Run = Awaited<ReturnType<typeof runJob>>;

function aSale(card: Card = {}, overrides: Partial<GiftCardDeliveryPayload> = {}): GiftCardDeliveryPayload {
  return {
    orderId: "ord_1",
    paymentReference: "pi_1",
    paidOn: "2026-01-01",
    amount: 5_000,
    currency: "EUR",
    locale: "en-GB",
    buyer: { name: "Ada", email: "ada@example.com" },
    card: {
      senderName: "Ada",
      recipient: { name: "Charles", email: "charles@example.com" },
      message: "For the engine.",
      expiresOn: "2028-01-01",
      ...card,
    },
    ...overrides,
  };
}

const codeOf = (run: Run): string =>
  String(run.records.find(({ kind, id }) => kind === "gift_card" && id === "ord_1")?.body["code"]);
const sentAt = (run: Run, to: string): string => new Date(expectMail(run, { to }).at).toISOString();

describe("a paid gift card", () => {
  it("becomes a PDF, a receipt to the buyer and a mail with the card to the recipient", async () => {
    const run = await runJob(handler, aSale());
    expect(expectCompleted(run)).toEqual({
      pdfKey: "main/2026/ord_1.pdf",
      receipt: { messageId: "mail-1" },
      delivery: { messageId: "mail-2" },
    });
    expect(run.files).toMatchObject([
      { bucket: "giftcards", key: "main/2026/ord_1.pdf", contentType: "application/pdf" },
    ]);
    expect(run.files[0]?.text().slice(0, 5)).toBe("%PDF-");
    const receipt = expectMail(run, { to: "ada@example.com" });
    expect(receipt.text).toContain("€50.00");
    const delivery = expectMail(run, { to: "charles@example.com" });
    expect(delivery.attachments).toMatchObject([{ filename: "gift-card-ord_1.pdf", contentType: "application/pdf" }]);
    expect(run.effects).toMatchObject({ receipt: { sends: 1 }, delivery: { sends: 1 } });
  });

  it("stays away when its order has been refunded before its day", async () => {
    const order = {
      orderId: "ord_1",
      customer: {
        name: "Ada",
        email: "ada@example.com",
        address: { line1: "1 Dorset Street", city: "London", country: "GB" },
      },
      lines: [{ description: "Gift card", quantity: 1, unitPrice: 5_000, vatRate: 0 }],
      currency: "EUR",
      productType: "gift_card",
      productId: "card",
      status: "paid",
      fulfilment: { status: "refunded", at: "2026-01-05T00:00:00Z", history: [] },
    };
    const records = [{ kind: "order", id: "ord_1", body: order }];
    const run = await runJob(handler, aSale({ deliverOn: "2026-12-24" }), { records, limitMs: 400 * 86_400_000 });
    expect(expectCompleted(run)).toMatchObject({ delivery: { notSent: "refunded" } });
    expect(run.mails.map(({ to }) => to)).toEqual(["ada@example.com"]);
  });

  it("tells its code to nobody but its recipient, the record and the PDF", async () => {
    const run = await runJob(handler, aSale());
    const code = codeOf(run);
    expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    const { steps, effects, result, logs, calls, progress } = run;
    const buyers = run.mails.filter(({ to }) => to === "ada@example.com");
    const keys = run.records.map(({ kind, id, part }) => [kind, id, part]);
    const files = run.files.map(({ bucket, key }) => ({ bucket, key }));
    const subjects = run.mails.map(({ subject }) => subject);
    const seen = JSON.stringify({ steps, effects, result, logs, calls, progress, buyers, keys, files, subjects });
    for (const form of [code, code.replaceAll("-", "")]) expect(seen).not.toContain(form);
    expect(expectMail(run, { to: "charles@example.com" }).text).toContain(code);
  });

  it("survives a crash, wherever it comes", async () => {
    const { resends } = await checkJob(handler, aSale());
    expect(resends).toEqual([]);
  }, 120_000);

  it.each([
    ["before the code is claimed", crashBefore("records.create(gift_card)", 2)],
    ["after the code is claimed", crashAfter("records.create(gift_card)", 2)],
    ["after the PDF is stored", crashAfter("files.putOnce")],
    ["after the receipt is sent", crashAfter("effect.send(receipt)")],
    ["after the card is sent", crashAfter("effect.send(delivery)")],
  ])("has one code, in its record, PDF and mail, also after a crash %s", async (_, fault) => {
    const run = await runJob(handler, aSale(), { faults: [fault] });
    expectCompleted(run);
    expect(run.mails.map(({ to }) => to).toSorted()).toEqual(["ada@example.com", "charles@example.com"]);
    expect(run.files).toHaveLength(1);
    expect(run.records.filter(({ kind }) => kind === "gift_card")).toHaveLength(2);
    expect(expectMail(run, { to: "charles@example.com" }).text).toContain(codeOf(run));
  });

  it("sends the receipt at once and the card on its day, at the seller's hour, after the clocks have changed", async () => {
    const sale = aSale({ deliverOn: "2026-03-29" });
    const run = await runJob(handler, sale, { now: "2026-03-01T12:00:00Z", limitMs: 26 * 86_400_000 });
    expect(run.status).not.toBe("completed");
    expect(run.mails.map(({ to }) => to)).toEqual(["ada@example.com"]);
    const done = await run.goOn();
    expectCompleted(done);
    expect(done.mails.map(({ to }) => to)).toEqual(["ada@example.com", "charles@example.com"]);
    // Nine o'clock in Amsterdam is 08:00 UTC until that night, and 07:00 from then on.
    expect(sentAt(done, "charles@example.com")).toMatch(/^2026-03-29T07:00:/);
  });

  it("is kept for almost a year", async () => {
    const sale = aSale({ deliverOn: "2026-12-24" });
    const run = await runJob(handler, sale, { limitMs: 400 * 86_400_000 });
    expect(sentAt(run, "charles@example.com")).toMatch(/^2026-12-24T08:00:/);
    expect(run.attempts).toBe(2);
  });

  it("whose day has passed is sent at once", async () => {
    const run = await runJob(handler, aSale({ deliverOn: "2025-12-24" }));
    expect(run.mails).toHaveLength(2);
    expect(run.attempts).toBe(1);
  });

  it("whose day is of another age is sent at once", async () => {
    const run = await runJob(handler, aSale({ deliverOn: "0026-12-24" }));
    expectCompleted(run);
    expect(run.mails).toHaveLength(2);
  });

  it("is not mailed to an address on the suppression list, and says why", async () => {
    const all = { reason: "hard_bounce", at: "2025-12-01T00:00:00Z" };
    const suppressed = { kind: "suppression", id: recipientIdOf("charles@example.com"), body: { all } };
    const run = await runJob(handler, aSale(), { records: [suppressed] });
    expect(run.mails.map(({ to }) => to)).toEqual(["ada@example.com"]);
    expect(run.result).toMatchObject({ delivery: { notSent: "hard_bounce", since: "2025-12-01T00:00:00Z" } });
  });

  it("reaches its recipient although SES refuses the buyer's address for good, and says so", async () => {
    const run = await runJob(handler, aSale(), { mail: ["rejected", "sent"] });
    expect(expectCompleted(run)).toMatchObject({ receipt: { refused: "MessageRejected" } });
    expect(run.mails.map(({ to }) => to)).toEqual(["charles@example.com"]);
    expect(run.logs).toContainEqual(expect.objectContaining({ level: "warn" }));
  });

  it("is not said to be delivered when SES refuses it", async () => {
    const run = await runJob(handler, aSale(), { mail: ["sent", "rejected"] });
    expect(run).toMatchObject({ status: "failed", attempts: 1, deadLetters: 1 });
  });

  it("says how many characters no font shows, and warns", async () => {
    const run = await runJob(handler, aSale({ message: "Sumerian: 𒀀𒀁" }));
    expect(run.result).toMatchObject({ replacedCharacters: 2 });
    expect(run.logs).toMatchObject([{ level: "warn", fields: { replacedCharacters: 2 } }]);
  });

  it("carries the seller's logo, and goes out without it when it is not there", async () => {
    const seller = { kind: "settings", id: "seller", body: { ...exampleSeller, logoKey: "logo.png" } };
    const run = await runJob(handler, aSale(), { records: [seller] });
    expectCompleted(run);
    expect(run.mails).toHaveLength(2);
    expect(run.logs.map(({ level }) => level)).toContain("warn");
  });

  it.each([
    ["markup", `<img src=x onerror="alert(1)"><script>`],
    ["template syntax", "{{7*7}} ${7*7} <%= 7*7 %>"],
    ["several addresses", "Bob <bob@example.com>, eve@example.com"],
    ["a right-to-left override", "\u202Egpj.exe\u202C"],
    ["emoji sequences", "👩‍👩‍👧‍👦🏴‍☠️🇳🇱"],
    ["a lone surrogate", "\uD800 and \uDC00"],
  ])("with %s in every field is shown as text, to its one recipient", async (_, hostile) => {
    const sale = giftCardDeliveryPayload.parse({
      ...aSale({
        senderName: hostile,
        message: hostile.repeat(20),
        recipient: { name: hostile, email: "charles@example.com" },
      }),
      buyer: { name: hostile, email: "ada@example.com" },
    });
    const run = await runJob(handler, sale);
    expectCompleted(run);
    expect(run.mails.map(({ to }) => to).toSorted()).toEqual(["ada@example.com", "charles@example.com"]);
    for (const { html } of run.mails) expect(html).not.toMatch(/<script|<img src="?x|\u202E/);
  });

  it.each([
    [
      "a line break in a name",
      { recipient: { name: "Charles\r\nBcc: eve@example.com", email: "charles@example.com" } },
    ],
    ["two addresses", { recipient: { name: "Charles", email: "charles@example.com, eve@example.com" } }],
    ["a message of 2,001 characters", { message: "x".repeat(2_001) }],
    ["a name of a megabyte", { senderName: "x".repeat(1_000_000) }],
  ])("with %s is refused", async (_, card) => {
    await expect(runJob(handler, aSale(card))).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
  });
});
