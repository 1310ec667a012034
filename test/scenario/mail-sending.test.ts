import {
  checkJob,
  crashAfter,
  crashBefore,
  exampleOf,
  expectCompleted,
  expectMail,
  expectNothingDone,
  refuse,
  runJob,
  type GivenRecord,
} from "../../testing/index.ts"; // first: handlers read their environment when they are loaded
import { describe, expect, it } from "@jest/globals";

import { handler as invoiceEmail } from "../../functions/billing/invoice-email.ts";
import { handler as email } from "../../functions/messaging/email.ts";
import { handler as sesEvent } from "../../functions/messaging/ses-event.ts";
import type { MailPayload } from "../../shared/contracts/mail-kinds.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { giftCardCodeHash } from "../../shared/records/gift-card-code.ts";

// Of ada@example.com; `printf ada@example.com | sha256sum | cut -c1-40`
const ADA = "b5fc85e55755f9e0d030a10ab4429b6b2944855f";
const SINCE = "2025-12-24T10:00:00Z";

const settings = (email_: object = {}): GivenRecord => ({
  kind: "settings",
  id: "seller",
  body: { ...exampleSeller, email: { ...exampleSeller.email, ...email_ } },
});
const suppression = (body: object): GivenRecord => ({ kind: "suppression", id: ADA, body });
const bounced = suppression({ all: { reason: "hard_bounce", at: SINCE } });
const unsubscribed = suppression({ marketing: { reason: "unsubscribed", at: SINCE } });

const { payload: booking } = exampleOf(email);
const invoice = exampleOf(invoiceEmail);
const news: MailPayload = {
  type: "marketing",
  data: { email: "ada@example.com", subject: "Spring", heading: "New glazes", paragraphs: ["Come and see them."] },
};
const lowStock: MailPayload = {
  type: "low_stock",
  data: { items: [{ sku: "v-1", name: "Vase", quantity: 1 }] },
};

describe("mail of one of the kinds", () => {
  it("goes out once, and the job says under which id", async () => {
    const run = await runJob(email, booking);
    expect(expectCompleted(run)).toEqual({ messageId: "mail-1" });
    expect(expectMail(run, { to: "ada@example.com" })).toMatchObject({
      from: "invoices@studio.example.com",
      replyTo: ["support@studio.example.com"],
      kind: "booking_reminder",
    });
  });

  it("goes out once wherever its process dies or an answer gets lost", async () => {
    const { resends } = await checkJob(email, booking, { records: [settings()] });
    // Between the intent and SES nobody can know; where SES has taken it, its report says so.
    expect(resends).toEqual([]);
  });

  it("is sent when its process died before SES was asked", async () => {
    const run = await runJob(email, booking, { faults: [crashBefore("mailer.send")] });
    expectCompleted(run);
    expect(run.mails).toHaveLength(1);
  });

  it("to the owner goes to the admin address, or else to the support address, from the system's sender", async () => {
    const senders = { system: { name: "Backline", address: "system@studio.example.com" } };
    const admin = await runJob(email, lowStock, {
      records: [settings({ admin: "owner@studio.example.com", senders })],
    });
    expect(expectMail(admin, { to: "owner@studio.example.com" }).from).toBe("system@studio.example.com");
    const support = await runJob(email, lowStock, { records: [settings()] });
    expect(expectMail(support, { to: "support@studio.example.com" }).from).toBe("invoices@studio.example.com");
  });

  it("about an order goes to its buyer, or to whom the job says", async () => {
    const records = [settings(), ...invoiceOrder()];
    const data = { orderId: "ord_1001" };
    const toBuyer = await runJob(email, { type: "order_confirmation", data }, { records });
    expect(expectMail(toBuyer, { to: "ada@example.com" }).text).toContain("Ada Lovelace");
    const other = { ...data, email: "bob@example.com" };
    const toOther = await runJob(
      email,
      { type: "status_update", data: { ...other, status: "processing" } },
      { records },
    );
    expect(expectMail(toOther, { to: "bob@example.com" }).kind).toBe("status_update");
  });

  it("about an order that is not on record fails at once and says what to do", async () => {
    const run = await runJob(
      email,
      { type: "order_confirmation", data: { orderId: "ord_0" } },
      { records: [settings()] },
    );
    expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code: "ORDER_NOT_FOUND" } });
    expect(run.error?.message).toContain("Store the order, then replay the job.");
  });

  it("brings an issued gift card again, with its PDF, to its recipient", async () => {
    const files = [{ bucket: "giftcards" as const, key: "main/2026/ord_1002.pdf", body: "%PDF-1.7 card" }];
    const run = await runJob(
      email,
      { type: "gift_card", data: { orderId: "ord_1002" } },
      { records: [settings(), ...issuedCard()], files },
    );
    const { attachments } = expectMail(run, { to: "charles@example.com" });
    expect(attachments).toMatchObject([{ filename: "gift-card-ord_1002.pdf", contentType: "application/pdf" }]);
    expect(Buffer.from(attachments[0]?.content ?? []).toString()).toBe("%PDF-1.7 card");
  });

  it("links to a PDF that is too large for it, by one link wherever the process dies", async () => {
    const files = [{ bucket: "giftcards" as const, key: "main/2026/ord_1002.pdf", body: new Uint8Array(8_000_000) }];
    const payload: MailPayload = { type: "gift_card", data: { orderId: "ord_1002" } };
    const options = { records: [settings(), ...issuedCard()], files };
    const run = await runJob(email, payload, options);
    const { attachments, text } = expectMail(run, { to: "charles@example.com" });
    expect(attachments).toEqual([]);
    const link = run.records.find(({ kind }) => kind === "file_link");
    expect(text).toContain(`https://api.example.com/files/${link?.id}.`);
    expect(link?.body).toMatchObject({ bucket: "giftcards", filename: "gift-card-ord_1002.pdf" });
    const { resends } = await checkJob(email, payload, options);
    expect(resends).toEqual([]);
  }, 60_000);

  it("of a gift card that was never issued fails at once and says what to do", async () => {
    const run = await runJob(email, { type: "gift_card", data: { orderId: "ord_0" } }, { records: [settings()] });
    expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code: "GIFT_CARD_NOT_FOUND" } });
  });

  it.each(["a@x.example, b@x.example", "a@x.example\r\nBcc: b@x.example", "a@x.example;b@x.example", "<a@x.example>"])(
    "is not even enqueued for %j",
    async (address) => {
      const payload = { type: "generic" as const, data: { email: address, subject: "Hi", paragraphs: ["Hello."] } };
      await expect(runJob(email, payload)).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
    },
  );
});

describe("who is on the suppression list", () => {
  it("gets no mail: the job completes, and says why and since when", async () => {
    const run = await runJob(email, booking, { records: [settings(), bounced] });
    expect(expectCompleted(run)).toEqual({ notSent: "hard_bounce", since: SINCE });
    expect(run.mails).toEqual([]);
    expect(run.logs).toMatchObject([
      { level: "warn", message: "The mail was not sent: its recipient is on the suppression list." },
    ]);
    expect(JSON.stringify(run.logs)).not.toContain("@");
  });

  it("stays without mail wherever the process dies", async () => {
    const { runs } = await checkJob(email, booking, { records: [settings(), bounced] });
    expect(runs).toBeGreaterThan(10);
  });

  it("gets what they have bought when they have only left the news", async () => {
    const run = await runJob(email, booking, { records: [settings(), unsubscribed] });
    expectMail(run, { to: "ada@example.com" });
    const marketing = await runJob(email, news, { records: [settings(), unsubscribed] });
    expect(expectCompleted(marketing)).toEqual({ notSent: "unsubscribed", since: SINCE });
    expectNothingDone({ ...marketing, effects: {} });
  });

  it("is not asked for when the list cannot be read: another attempt sends, without a wait for a receipt", async () => {
    const run = await runJob(email, booking, { faults: [refuse("records.get(suppression)")] });
    expectCompleted(run);
    expect(run.endings).toEqual(["retry", "complete"]);
    expect(run.durationMs).toBeLessThan(10_000);
    expect(run.mails).toHaveLength(1);
  });

  it("has got the mail that was sent before, though it bounced before the job could say so", async () => {
    // Its process dies when SES has taken it; by the next attempt SES has reported it, and the bounce is on the list.
    const run = await runJob(email, booking, { faults: [crashAfter("mailer.send")] });
    expect(expectCompleted(run)).toEqual({ messageId: "mail-1" });
    expect(run.mails).toHaveLength(1);
    expect(run.calls.filter((call) => call === "records.get(suppression)")).toHaveLength(1); // not asked again
  });
});

describe("mail to an audience of one", () => {
  it("names the link to leave, which is bound to the reader", async () => {
    const run = await runJob(email, news, { records: [settings()] });
    const { html, text, broadcastId } = expectMail(run);
    const link = `https://api.example.com/unsubscribe/${ADA}-single.`;
    expect(html).toContain(link);
    expect(text).toContain(link);
    expect(broadcastId).toBe("single");
  });

  it("comes from the sender for news", async () => {
    const senders = { marketing: { name: "Studio News", address: "news@studio.example.com" } };
    const run = await runJob(email, news, { records: [settings({ senders })] });
    expect(expectMail(run).from).toBe("news@studio.example.com");
  });
});

describe("a mail service that wants it slower", () => {
  it("costs no attempt", async () => {
    const run = await runJob(email, booking, { mail: ["throttled", "throttled", "throttled", "throttled", "sent"] });
    expectCompleted(run);
    expect(run.endings).toEqual(["snooze", "snooze", "snooze", "snooze", "complete"]);
    expect(run.mails).toHaveLength(1);
  });

  it("lets the job come back when its turn is far, before anything is begun", async () => {
    const run = await runJob(email, booking, { mailTurnsMs: [60_000] });
    expectCompleted(run);
    expect(run.endings).toEqual(["snooze", "complete"]);
    expect(run.effects["mail"]?.sends).toBe(1);
  });
});

describe("an invoice's mail", () => {
  it("has five calls to DynamoDB and no more in a warm function: the settings are cached", async () => {
    const run = await runJob(invoiceEmail, invoice.payload);
    expect(expectCompleted(run)).toEqual({ pdf: "main/2026/INV-2026-000001-ord_1001.pdf", messageId: "mail-1" });
    expect(run.calls).toEqual([
      "store.apply(claim)",
      "records.get(settings)", // once a minute
      "files.putOnce",
      "mailPace.turn", // one write of the limiter
      "store.apply(intend)",
      "effect.send(mail)",
      "records.get(suppression)",
      "mailer.send",
      "store.apply(complete)",
    ]);
  });

  it("brings one PDF, once, wherever the process dies", async () => {
    const { resends } = await checkJob(invoiceEmail, invoice.payload, invoice.options);
    expect(resends).toEqual([]);
  }, 180_000);

  it("brings the PDF that is stored, whatever another attempt would render", async () => {
    const files = [{ bucket: "invoices" as const, key: "main/2026/INV-2026-000001-ord_1001.pdf", body: "%PDF first" }];
    const run = await runJob(invoiceEmail, invoice.payload, { files });
    const [pdf] = expectMail(run).attachments;
    expect(Buffer.from(pdf?.content ?? []).toString()).toBe("%PDF first");
  });

  it("says how many characters no font shows, in its result and its log", async () => {
    const { payload } = invoice;
    const userInfo = { ...payload.userInfo, name: "Ada \u{E000}" };
    const run = await runJob(invoiceEmail, { ...payload, userInfo });
    expect(expectCompleted(run)).toMatchObject({ replacedCharacters: 1 });
    expect(run.logs).toMatchObject([{ level: "warn", message: expect.stringContaining("no font of ours shows") }]);
  });

  it("shows the seller's logo, read once for the mail and the document", async () => {
    const records = [{ kind: "settings", id: "seller", body: { ...exampleSeller, logoKey: "brand/logo.png" } }];
    const files = [{ bucket: "assets" as const, key: "brand/logo.png", body: ONE_PIXEL }];
    const run = await runJob(invoiceEmail, invoice.payload, { records, files });
    const { html, attachments } = expectMail(run);
    expect(html).toContain('src="cid:image-1@mail"');
    expect(attachments.map(({ contentType }) => contentType)).toEqual(["image/png", "application/pdf"]);
    expect(run.logs).toEqual([]);
    expect(run.calls.filter((call) => call === "files.get")).toHaveLength(1);
  });

  it("goes without the logo that is no picture, with a warning", async () => {
    const records = [{ kind: "settings", id: "seller", body: { ...exampleSeller, logoKey: "brand/logo.png" } }];
    const files = [{ bucket: "assets" as const, key: "brand/logo.png", body: "<svg/>" }];
    const run = await runJob(invoiceEmail, invoice.payload, { records, files });
    expectCompleted(run);
    expect(run.logs).toMatchObject([{ message: expect.stringContaining("neither PNG nor JPEG") }]);
  });
});

describe("what SES reports", () => {
  const hardBounce = { ...exampleOf(sesEvent).payload, recipient: ADA };
  const recipients = { kind: "broadcast", id: "spring-2026", part: `r#${ADA}` };
  const sent = { ...recipients, body: { status: "sent", at: "2026-01-01T00:00:00Z", page: 0, messageId: "m-1" } };
  const ofBroadcast = { ...hardBounce, kind: "marketing", broadcastId: "spring-2026" };

  it("is a receipt, a mail event, a suppression and a recipient's result, wherever the process dies", async () => {
    await checkJob(sesEvent, ofBroadcast, { records: [sent] });
    const { records } = await runJob(sesEvent, ofBroadcast, { records: [sent] });
    expect(records).toMatchObject([
      { kind: "broadcast", body: { status: "bounced", messageId: "m-1" } },
      { kind: "mail_event", part: "0100018b-example#Bounce", body: { kind: "marketing", recipient: ADA } },
      { kind: "suppression", id: ADA, body: { all: { reason: "hard_bounce", at: "2026-01-01T00:00:00Z" } } },
    ]);
  });

  it("stores the receipt before the suppression: a mail that bounced counts as sent", async () => {
    const { calls } = await runJob(sesEvent, hardBounce);
    expect(calls.indexOf("receipts.put")).toBeLessThan(calls.indexOf("records.create(suppression)"));
  });

  it.each([
    ["a complaint", { eventType: "Complaint" }, "complaint"],
    ["a hard bounce", { eventType: "Bounce", bounceType: "Permanent" }, "hard_bounce"],
    ["a soft bounce", { eventType: "Bounce", bounceType: "Transient" }, undefined],
    ["a delivery", { eventType: "Delivery", bounceType: "" }, undefined],
  ])("keeps mail from who sends %s, if it is for good", async (_, event, reason) => {
    const run = await runJob(sesEvent, { ...hardBounce, bounceType: "", ...event });
    expectCompleted(run);
    const entry = run.records.find(({ kind }) => kind === "suppression");
    expect((entry?.body["all"] as { reason?: string } | undefined)?.reason).toBe(reason);
  });

  it("of a mail from before there were recipients' tags suppresses nobody, and says so", async () => {
    const run = await runJob(sesEvent, { ...hardBounce, recipient: "" });
    expectCompleted(run);
    expect(run.records.map(({ kind }) => kind)).toEqual(["mail_event"]);
    expect(run.logs).toMatchObject([{ level: "warn", message: expect.stringContaining("does not say whose it was") }]);
  });

  it("is no broadcast's when it is tagged so, or names a broadcast that does not know the recipient", async () => {
    for (const broadcastId of ["none", "", "unknown"]) {
      const run = await runJob(sesEvent, { ...hardBounce, eventType: "Delivery", broadcastId });
      expect(run.records.map(({ kind }) => kind)).toEqual(["mail_event"]);
    }
  });

  it("comes late and changes nothing for an address that a person has let in again since", async () => {
    const lifted = suppression({ liftedAt: { all: "2026-01-01T06:00:00Z" } });
    const run = await runJob(sesEvent, hardBounce, { records: [lifted] });
    expectCompleted(run);
    expect(run.records.find(({ kind }) => kind === "suppression")?.body).toEqual(lifted.body);
  });
});

// As it comes from any drawing program: 1 × 1 pixel, grey.
const ONE_PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);

function invoiceOrder(): GivenRecord[] {
  const { userInfo, invoiceDetails } = invoice.payload;
  const { orderId, currency, lines } = invoiceDetails;
  const body = { orderId, customer: userInfo, lines, currency, productType: "art", productId: "vase", status: "paid" };
  return [{ kind: "order", id: orderId, body }];
}

function issuedCard(): GivenRecord[] {
  const body = {
    orderId: "ord_1002",
    code: "K7QW-3M9X-PD2F-H6TZ",
    amount: 5_000,
    currency: "EUR",
    locale: "en-GB",
    issuedOn: "2026-01-01",
    expiresOn: "2028-01-01",
    buyer: { name: "Ada", email: "ada@example.com" },
    card: {
      senderName: "Ada",
      recipient: { name: "Charles", email: "charles@example.com" },
      expiresOn: "2028-01-01",
    },
    pdfKey: "main/2026/ord_1002.pdf",
  };
  const hash = giftCardCodeHash(body.code);
  return [
    { kind: "gift_card", id: "ord_1002", body },
    { kind: "gift_card", id: `code-${hash}`, part: "order", body: { orderId: "ord_1002" } },
  ];
}
