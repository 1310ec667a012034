import { describe, expect, test } from "@jest/globals";
import type * as z from "zod";

import { mailSamples, sampleContext, sampleOrder } from "../../local/emails/samples.ts";
import { MAIL_DATA, MAIL_KINDS, type MailKind } from "../../shared/contracts/mail-kinds.ts";
import { FULFILMENT_STATUSES } from "../../shared/contracts/order-status.ts";
import type { MailContext, RenderedMail, TemplateData } from "../../shared/email/mail-template.ts";
import { imagesOf, renderMail } from "../../shared/email/render-mail.tsx";
import { MAIL_TEMPLATES } from "../../shared/email/templates/index.ts";
import { attributeValues, visibleText } from "../support/mail-reader.ts";

const rendered = <Kind extends MailKind>(
  kind: Kind,
  { locale = "en-GB", changes = {} }: { locale?: string; changes?: Partial<TemplateData<Kind>> } = {},
  context: Partial<MailContext> = {},
): Promise<RenderedMail> => renderMail(kind, { ...mailSamples[kind], ...changes }, sampleContext(locale, context));

/** What each mail must say, in its subject and in both parts. */
const FACTS: { readonly [Kind in MailKind]: readonly [subject: string, ...facts: string[]] } = {
  order_confirmation: [
    "Your order ord_1001 at Studio Example",
    "1 × Stoneware vase, celadon glaze, 28 cm",
    "€185.00",
    "€25.00",
    "€41.10",
    "€251.10",
    "Charles Babbage",
    "1 Dorset Street",
  ],
  payment_receipt: ["Receipt for your payment to Studio Example", "€145.20", "Paid on 22 November 2026", "€25.20"],
  gift_card: [
    "Ada sends you a gift card for Studio Example",
    "€75.00",
    "K7QW-3M9X-PD2F-H6TZ",
    "Valid until 22 November 2028",
  ],
  low_stock: ["Low stock: 2 products", "VASE-CEL-01", "CAT-2026", "11"],
  inventory_report: ["Inventory report for 22 November 2026", "4,310", "€184,523.00", "Tea bowl no. 7"],
  shipping_notification: [
    "Your order ord_1001 from Studio Example is on its way",
    "PostNL",
    "3SABCD0123456789",
    "2 × Exhibition catalogue 2026",
    "1 Dorset Street",
  ],
  status_update: [
    "Your order is ready to be picked up (order ord_1001)",
    "Please bring the order number.",
    "Please ring the bell twice.",
  ],
  generic: ["Our opening hours in December", "Open later in December", "From the 27th we are there again."],
  system_notification: ["Warning: The mail quota is nearly used up", "42,000 of 50,000 mails", "50,000 a day"],
  renewal_reminder: ["Your subscription Studio Plus renews on 1 December 2026", "€29.00", "ada-prints"],
  payment_due: ["A payment to Studio Example is overdue", "€900.00", "6 December 2026", "second half"],
  subscription_expired: [
    "Your subscription Studio Plus has expired",
    "ended on 20 November 2026",
    "keeps working until 27 November 2026",
  ],
  subscription_suspended: ["Your subscription Studio Plus is suspended", "since 28 November 2026"],
  booking_reminder: [
    "Reminder: Portrait session, Friday, 4 December 2026 at 19:30",
    "Central European Standard Time (Europe/Amsterdam)",
    "Keizersgracht 1, Amsterdam",
    "Berthe Morisot",
    "bkg_1001",
    "Bring two changes of clothes.",
  ],
  booking_payment_reminder: [
    "Payment outstanding for your booking: Portrait session",
    "€120.00",
    "30 November 2026",
    "Friday, 4 December 2026 at 19:30",
  ],
  booking_cancelled: [
    "Cancelled: Portrait session, Friday, 4 December 2026 at 19:30",
    "The photographer has fallen ill.",
    "We will refund €120.00",
  ],
  report: ["Store analytics, Week 47 of 2026", "€18,402.50", "Best sellers", "41 sold"],
  job_alert: [
    "Job failed: invoice_email (SELLER_SETTINGS_MISSING)",
    "invoice_email-ord_1001",
    "Sunday, 22 November 2026 at 10:15",
    "Store one, then replay the job.",
  ],
  status_report: ["Status report, 22 November 2026: 1 failed", "413", "order_confirmation", "replayed by hand"],
  marketing: ["New work from the kiln", "Twelve pieces, fired last week", "until Sunday"],
  product_announcement: ["Now in the shop: the celadon vase", "€223.85", "No two are alike."],
};

describe.each(MAIL_KINDS)("a mail of kind %s", (kind) => {
  const [subject, ...facts] = FACTS[kind];

  test("says in HTML and in text the same", async () => {
    const mail = await rendered(kind);
    expect(mail.subject).toBe(subject);
    for (const fact of facts) {
      expect(visibleText(mail.html)).toContain(fact);
      expect(mail.text).toContain(fact);
    }
    expect(mail.text).not.toMatch(/undefined|\[object|NaN|<\/?[a-z]/);
  });

  test("begins with its preview, names its language and its sender", async () => {
    const { html, text } = await rendered(kind);
    expect(html).toMatch(/<html[^>]* lang="en-[A-Z]{2}"/);
    const [preview = ""] = visibleText(html).trim().split("\n");
    expect(preview.length).toBeGreaterThan(5);
    expect(text).toContain("Studio Example · Keizersgracht 1 · 1015 CJ Amsterdam · Netherlands\nVAT ID NL000000000B00");
    expect(text.includes("support@studio.example.com")).toBe(MAIL_TEMPLATES[kind].audience === "customer");
  });

  test("loads nothing from anywhere, and shows each of its images by content id", async () => {
    const { html } = await rendered(kind);
    const sources = attributeValues(html, "src");
    expect(sources.filter((source) => !source.startsWith("cid:"))).toEqual([]);
    expect(sources).toHaveLength(imagesOf(kind, mailSamples[kind], { logoKey: "brand/logo.png" }).length);
    expect(html).not.toMatch(/<(link|script|iframe|object|embed)\b|url\(|@import/);
  });

  test("is complete without its images, and with as little data as its schema asks for", async () => {
    const mail = await rendered(kind, { changes: leastData(kind) }, { images: new Map() });
    expect(mail.html).not.toContain("<img");
    expect(visibleText(mail.html)).toContain("Studio Example");
    expect(`${mail.subject} ${mail.html} ${mail.text}`).not.toMatch(/undefined|\[object|NaN|null|: \n/);
  });
});

/** Changes that take out of a sample whatever its schema does not ask for. */
function leastData<Kind extends MailKind>(kind: Kind): Partial<TemplateData<Kind>> {
  const schema: z.ZodType = MAIL_DATA[kind];
  const sample: object = mailSamples[kind];
  const spare = Object.keys(sample).filter((name) => schema.safeParse({ ...sample, [name]: undefined }).success);
  const isRecord = (name: string) => name === "order" || name === "card";
  const without = Object.fromEntries(spare.filter((name) => !isRecord(name)).map((name) => [name, undefined]));
  // Parsed for the defaults; what is left out stays undefined, as it is in a template.
  return { ...without, ...(schema.parse({ ...sample, ...without }) as Partial<TemplateData<Kind>>) };
}

const CUSTOMER_KINDS = MAIL_KINDS.filter((kind) => MAIL_TEMPLATES[kind].audience === "customer");
/** These carry the sender's own words. */
const OWN_WORDS: ReadonlySet<MailKind> = new Set(["generic", "marketing", "product_announcement"] as const);

describe.each(CUSTOMER_KINDS.filter((kind) => !OWN_WORDS.has(kind)))("a customer's mail of kind %s", (kind) => {
  test.each([
    ["de-DE", "Guten Tag"],
    ["fr-FR", "Bonjour"],
    ["es-ES", "Hola"],
    ["it-IT", "Gentile"],
    ["nl-NL", "Beste"],
  ])("is in the language of a reader with %s", async (locale, greeting) => {
    const [mail, english] = [await rendered(kind, { locale }), await rendered(kind)];
    expect(mail.html).toContain(`lang="${locale}"`);
    expect(mail.text).toContain(greeting);
    expect(mail.subject).not.toBe(english.subject);
    // What a person typed is the same in every language; all else must not be.
    const typed = JSON.stringify([mailSamples[kind], sampleContext().settings]);
    const shared = mail.text
      .split("\n")
      .filter((line) => /[a-z]{4}/i.test(line) && english.text.split("\n").includes(line))
      .filter((line) => !typed.includes(line.split(": ").at(-1) ?? "") && !/Keizersgracht|London|^\d+ × /.test(line));
    expect(shared).toEqual([]);
  });
});

test("a reader whose language we do not write reads English, with their own numbers", async () => {
  const { html, text } = await rendered("order_confirmation", { locale: "sv-SE" });
  expect(html).toContain('lang="en-SE"');
  expect(text).toContain("Thank you for your order");
  expect(text).toContain("251,10");
});

test("the owner's mails are in English wherever the seller is", async () => {
  const { html, text } = await rendered("inventory_report", { locale: "de-DE" });
  expect(html).toContain('lang="en-DE"');
  expect(text).toContain("Units in stock: 4.310");
});

describe("an order's mails", () => {
  test.each(FULFILMENT_STATUSES)("have words of their own for the status %s", async (status) => {
    const { subject, text } = await rendered("status_update", { changes: { status } });
    expect(subject).toMatch(/^(We are|Your order) .+ \(order ord_1001\)$/);
    expect(text).not.toContain("Status:");
  });

  test("show a status of the seller's own making as it is", async () => {
    const { subject, text } = await rendered("status_update", { changes: { status: "in the kiln" } });
    expect(subject).toBe("News of your order (order ord_1001)");
    expect(text).toContain("Status: in the kiln");
  });

  test("count VAT as the invoice does, also where prices hold it already", async () => {
    const order = { ...sampleOrder, pricesIncludeVat: true };
    const { text } = await rendered("order_confirmation", { changes: { order } });
    expect(text).toContain("Total excl. VAT: €175.83\nVAT: €34.17\nTotal: €210.00");
  });

  test("go to the buyer's own address where the order names no other", async () => {
    const { shipping: _, ...order } = sampleOrder;
    const { text } = await rendered("order_confirmation", { changes: { order } });
    expect(text).toContain("Delivery address:\nAda Lovelace\n12 St James’s Square\nLondon SW1Y 4JH\nUnited Kingdom");
  });

  test("list all of 500 lines", async () => {
    const [line] = sampleOrder.lines;
    if (line === undefined) throw new Error("the sample order has lines");
    const order = { ...sampleOrder, lines: Array.from({ length: 500 }, () => line) };
    const { html, text } = await rendered("order_confirmation", { changes: { order } });
    expect(text.match(/1 × Stoneware vase/g)).toHaveLength(500);
    expect(visibleText(html).match(/1 × Stoneware vase/g)).toHaveLength(500);
  });

  test("ask for each picture once, the logo first", () => {
    const [line] = sampleOrder.lines;
    if (line === undefined) throw new Error("the sample order has lines");
    const order = { ...sampleOrder, lines: [line, line, { ...line, thumbnailKey: "products/bowl.png" }] };
    expect(
      imagesOf("order_confirmation", { ...mailSamples.order_confirmation, order }, { logoKey: "brand/logo.png" }),
    ).toEqual(["brand/logo.png", "products/vase.png", "products/bowl.png"]);
  });
});

describe("a booking's time", () => {
  test.each([
    [
      "Europe/Amsterdam",
      "2026-07-04T18:30:00Z",
      "Saturday, 4 July 2026 at 20:30",
      "Central European Summer Time (Europe/Amsterdam)",
    ],
    [
      "America/New_York",
      "2026-12-04T18:30:00Z",
      "Friday, 4 December 2026 at 13:30",
      "Eastern Standard Time (America/New_York)",
    ],
    [
      "Asia/Kolkata",
      "2026-12-04T18:30:00+01:00",
      "Friday, 4 December 2026 at 23:00",
      "India Standard Time (Asia/Kolkata)",
    ],
  ])("is that of a clock in %s, with the zone's name", async (timeZone, startsAt, time, zone) => {
    const { subject, text } = await rendered("booking_reminder", { changes: { timeZone, startsAt } });
    expect(subject).toBe(`Reminder: Portrait session, ${time}`);
    expect(text).toContain(`When: ${time}\nTime zone: ${zone}\n`);
  });
});

test("a mail to an audience says in both parts how to leave it; others do not", async () => {
  const unsubscribeUrl = "https://api.studio.example.com/unsubscribe/abc";
  const mail = await rendered("marketing", {}, { unsubscribeUrl });
  expect(attributeValues(mail.html, "href")).toContain(unsubscribeUrl);
  expect(mail.text).toContain(`you agreed to news from Studio Example. Unsubscribe: ${unsubscribeUrl}`);
  expect((await rendered("marketing")).text).not.toContain("Unsubscribe");
});

test("a file that was too large is a link in both parts, with its size and last day", async () => {
  const file = {
    filename: "report.csv",
    url: "https://api.studio.example.com/files/abc",
    sizeBytes: 8_200_000,
    until: "2026-11-29",
  };
  const { html, text } = await rendered("report", {}, { files: [file] });
  expect(attributeValues(html, "href")).toContain(file.url);
  expect(text).toContain(`To download (8.2 MB, available until 29 November 2026): report.csv: ${file.url}`);
});

test("a subject has one line and at most 200 characters, cut between letters", async () => {
  const service = `${"👩‍👩‍👧‍👦".repeat(18)}x`;
  const { subject } = await rendered("booking_reminder", { changes: { service } });
  expect(subject.length).toBeLessThanOrEqual(200);
  expect(subject).toMatch(/^Reminder: (👩‍👩‍👧‍👦)+…$/u);
});
