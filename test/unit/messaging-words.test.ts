import { describe, expect, it } from "@jest/globals";

import { exampleSeller, type SellerSettings } from "../../shared/contracts/seller.ts";
import { textMessagePayload, type TextMessagePayload } from "../../shared/contracts/text-message.ts";
import { composeMessage } from "../../shared/messaging/compose-message.ts";

const booking = {
  name: "Ada",
  service: "Portrait session",
  startsAt: "2026-01-02T18:30:00Z",
  timeZone: "Europe/Amsterdam",
  location: "Keizersgracht 1",
};
const CONTENT = {
  booking_reminder: booking,
  booking_payment_reminder: { ...booking, amount: 4500, currency: "EUR", payUrl: "https://pay.example.com/b1" },
  booking_cancelled: booking,
  order_shipped: { name: "Ada", orderId: "ord_1001", carrier: "PostNL", trackingUrl: "https://track.example.com/1" },
  payment_due: { name: "Ada", description: "Course", amount: 12_300, currency: "EUR", dueOn: "2026-02-01" },
} as const;
type Template = keyof typeof CONTENT;

const payload = (template: Template, locale: string, changes: object = {}): TextMessagePayload =>
  textMessagePayload.parse({
    to: "+31612345678",
    locale,
    content: { template, variables: { ...CONTENT[template], ...changes } },
  });

function sms(template: Template, locale: string, changes: object = {}, seller: SellerSettings = exampleSeller): string {
  const { content } = composeMessage(payload(template, locale, changes), seller, "sms");
  return "text" in content ? content.text : "no words";
}

describe("the words of a message", () => {
  it.each([
    [
      "booking_reminder",
      "en-GB",
      "Hello Ada, a reminder of your booking at Studio Example: Portrait session, Friday 2 January at 19:30, Keizersgracht 1.",
    ],
    [
      "booking_cancelled",
      "nl",
      "Hallo Ada, uw afspraak bij Studio Example is geannuleerd: Portrait session, vrijdag 2 januari om 19:30, Keizersgracht 1.",
    ],
    [
      "booking_payment_reminder",
      "de",
      "Guten Tag Ada, Ihre Buchung bei Studio Example ist noch nicht vollständig bezahlt: Portrait session, Freitag, 2. Januar um 19:30, Keizersgracht 1. Betrag: 45,00 €. Hier bezahlen: https://pay.example.com/b1",
    ],
    [
      "order_shipped",
      "it",
      "Buongiorno Ada, il suo ordine ord_1001 di Studio Example è in viaggio con PostNL. Seguire il pacco: https://track.example.com/1",
    ],
    ["payment_due", "fr", "Bonjour Ada, un paiement à Studio Example est dû le 1 février 2026 : Course, 123,00 €."],
    ["payment_due", "es", "Hola, Ada: un pago a Studio Example vence el 1 de febrero de 2026: Course, 123,00 €."],
  ] as const)("of %s in %s are these", (template, locale, words) => {
    expect(sms(template, locale)).toBe(words);
  });

  it("say the time by the person's clock", () => {
    expect(sms("booking_reminder", "en-US", { timeZone: "America/New_York" })).toContain(
      "Friday, January 2 at 1:30 PM",
    );
    expect(sms("booking_reminder", "en-GB", { timeZone: "Asia/Tokyo" })).toContain("Saturday 3 January at 03:30");
  });

  it("are English for a reader of none of the six languages", () => {
    expect(sms("booking_reminder", "sv-SE")).toMatch(/^Hello Ada, a reminder/);
  });

  it.each(Object.keys(CONTENT) as Template[])(
    "of %s have 320 characters at most without the link, however long the fields, in each language",
    (template) => {
      const long = (length: number) => "W".repeat(length);
      const changes = {
        name: long(100),
        ...(template === "order_shipped" && { orderId: long(128), carrier: long(60), trackingUrl: undefined }),
        ...(template === "payment_due" && { description: long(100), amount: 1_000_000_000_000, dueOn: "2026-09-30" }),
        ...(template.startsWith("booking") && {
          service: long(100),
          location: long(150),
          startsAt: "2026-09-30T22:30:00Z",
        }),
        ...(template === "booking_payment_reminder" && { amount: 1_000_000_000_000, payUrl: undefined }),
      };
      const seller = { ...exampleSeller, name: long(200) };
      for (const locale of ["en-US", "de", "fr", "es", "it", "nl"]) {
        expect([locale, sms(template, locale, changes, seller).length <= 320]).toEqual([locale, true]);
      }
    },
  );

  it("hold no narrow or non-breaking spaces, which would double the price of an SMS", () => {
    expect(sms("payment_due", "fr-FR")).not.toMatch(/[\u00A0\u202F]/);
  });

  it("are cut with three dots, for the one character of an ellipsis would double it, too", () => {
    const words = sms("booking_reminder", "en", { name: "Wolfeschlegelsteinhausenbergerdorff" });
    expect(words).toMatch(/^Hello Wolfeschlegelsteinhausenber\.\.\., a reminder/);
  });

  it("show hostile text as text: nothing turns the line around, no half characters, links whole", () => {
    const words = sms("booking_reminder", "en", {
      name: "A\u202Eda\u2066",
      service: "<b>{{1}}</b> \uD83D",
      location: "%0d%0aTo:+1",
    });
    expect(words).toContain("Hello Ada, ");
    expect(words).toContain("<b>{{1}}</b> \uFFFD, ");
    expect(words).toContain("%0d%0aTo:+1");
    const own = { to: "+31612345678", content: { text: "One\r\ntwo \u202Ethree" } };
    expect(composeMessage(textMessagePayload.parse(own), exampleSeller, "sms").content).toEqual({
      text: "One\ntwo three",
    });
  });

  it.each([
    ["a number without its country", { to: "0612345678" }],
    ["a number with spaces", { to: "+31 6 12345678" }],
    ["a number that its country does not have", { to: "+316123" }],
    ["two numbers", { to: "+31612345678,+31687654321" }],
    ["words of more than 1,500 characters", { content: { text: "x".repeat(1501) } }],
    ["control characters", { content: { text: "a\u0000b" } }],
    ["a template that there is not", { content: { template: "nonsense", variables: {} } }],
    [
      "a link that is not https",
      {
        content: {
          template: "order_shipped",
          variables: { name: "A", orderId: "o", trackingUrl: "javascript:alert(1)" },
        },
      },
    ],
  ])("refuse %s", (_what, change) => {
    expect(textMessagePayload.safeParse({ ...payload("booking_reminder", "en"), ...change }).success).toBe(false);
  });
});

describe("a WhatsApp message", () => {
  const HX = (digit: string) => `HX${digit.repeat(32)}`;
  const seller = {
    ...exampleSeller,
    messaging: {
      whatsappFrom: "+14155238886",
      whatsappTemplates: { booking_reminder: HX("a"), booking_reminder_nl: HX("b"), order_shipped: HX("c") },
    },
  };
  const whatsapp = (template: Template, locale: string, changes: object = {}) =>
    composeMessage(payload(template, locale, changes), seller, "whatsapp").content;

  it("fills the approved template of the reader's language with numbered variables", () => {
    expect(whatsapp("booking_reminder", "nl")).toEqual({
      contentSid: HX("b"),
      variables: { 1: "Ada", 2: "Portrait session", 3: "vrijdag 2 januari om 19:30", 4: "Keizersgracht 1" },
    });
  });

  it("fills the template for everybody in the seller's language, never half in another", () => {
    expect(whatsapp("booking_reminder", "de")).toMatchObject({
      contentSid: HX("a"),
      variables: { 3: "Friday 2 January at 19:30" },
    });
  });

  it("has no empty variable, which WhatsApp refuses", () => {
    expect(whatsapp("order_shipped", "en", { carrier: undefined, trackingUrl: undefined })).toEqual({
      contentSid: HX("c"),
      variables: { 1: "Ada", 2: "ord_1001", 3: "Studio Example", 4: "https://studio.example.com" },
    });
  });

  it("fails with what to do where the settings name no template or no sender", () => {
    expect(() => whatsapp("payment_due", "en")).toThrow(/Have one approved.*messaging\.whatsappTemplates\.payment_due/);
    const { messaging: _none, ...without } = exampleSeller;
    expect(() => composeMessage(payload("booking_reminder", "en"), without, "sms")).toThrow(/Set messaging\.smsFrom/);
  });
});
