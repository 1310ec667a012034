import * as z from "zod";

import {
  assetKey,
  currencyCode,
  emailAddress,
  identifier,
  localeTag,
  postalAddress,
  singleLine,
  timeZone,
} from "./fields.ts";
import { messagingSettings } from "./messaging-settings.ts";

const hexColour = z.string().regex(/^#[0-9A-Fa-f]{6}$/, "must be a colour such as #1D4ED8");

/** Electronic IBAN: country, check digits, up to 30 letters and digits; spaces are taken out. ISO 13616. */
const iban = z
  .string()
  .transform((text) => text.replaceAll(" ", "").toUpperCase())
  .refine(isIban, "must be an IBAN with right check digits");

const sender = z.object({ name: singleLine(100), address: emailAddress });

/**
 * Who sells: what stands on invoices, gift cards, mails and messages, and who sends them. One record with its history, kind
 * `settings`. Its `id` names the series of invoice numbers and the folder of the invoices.
 */
export const sellerSettings = z.object({
  id: identifier.default("main"),
  name: singleLine(200),
  address: postalAddress,
  /** VAT identification number, as an invoice must show it (Directive 2006/112/EC, art. 226 (3)). */
  vatId: singleLine(40).optional(),
  /** Number in the register of companies, where national law wants it on letters. */
  registrationNumber: singleLine(60).optional(),
  email: z.object({
    /** Where a buyer writes to; replies to our mails go there. */
    support: emailAddress,
    /** The sender that SES has verified. */
    from: sender,
    /** Other senders, of the same verified identity, for mails about money, to an audience, and to the owner. */
    senders: z
      .object({ billing: sender.optional(), marketing: sender.optional(), system: sender.optional() })
      .default({}),
    /** Who is told about stock, reports and failures; the support address by default. */
    admin: emailAddress.optional(),
  }),
  /** The logo, in the `assets` bucket; the name stands in its place without one. */
  logoKey: assetKey.optional(),
  website: z
    .url({ protocol: /^https$/ })
    .max(200)
    .optional(),
  invoice: z.object({
    /** Stands before the running number: `INV-` gives `INV-2026-000042`. Safe in file names and S3 keys. */
    numberPrefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]{0,20}$/, "may hold A-Z, a-z, 0-9, _ and -, 20 at most")
      .default("INV-"),
    /** Small print at the foot of each page: register court, exemption note, bank. */
    footerText: singleLine(300).optional(),
  }),
  iban: iban.optional(),
  /** Whose calendar decides the day of an invoice. */
  timeZone,
  /** The language of documents for a buyer whose own is unknown. */
  locale: localeTag.default("en"),
  /** The currency of prices where nothing else says it. */
  currency: currencyCode.default("EUR"),
  giftCards: z
    .object({
      /** Months from the payment, where the order names no day. */
      validMonths: z.int().min(1).max(120).default(24),
      /** The hour, in the seller's time zone, at which a card is mailed on its delivery date. */
      deliveryHour: z.int().min(0).max(23).default(9),
    })
    .prefault({}),
  /** Senders and templates of WhatsApp and SMS; none can be sent without. */
  messaging: messagingSettings.optional(),
  /** Lines and marks of the documents; text stays dark, so that any colour is readable. */
  accentColour: hexColour.default("#1D4ED8"),
});
export type SellerSettings = z.infer<typeof sellerSettings>;

/** The seller of the embedded runtime; `example.com` and the VAT id belong to nobody. */
export const exampleSeller: SellerSettings = sellerSettings.parse({
  name: "Studio Example",
  address: { line1: "Keizersgracht 1", postalCode: "1015 CJ", city: "Amsterdam", country: "NL" },
  vatId: "NL000000000B00",
  email: {
    support: "support@studio.example.com",
    from: { name: "Studio Example", address: "invoices@studio.example.com" },
  },
  website: "https://studio.example.com",
  invoice: { numberPrefix: "INV-" },
  messaging: {
    smsFrom: "+15005550006", // Twilio's own test sender
    whatsappFrom: "+14155238886", // Twilio's sandbox
    whatsappTemplates: {
      booking_reminder: "HXb5b62575e6e4ff6129ad7c8efe1f983e",
      booking_payment_reminder: "HXb5b62575e6e4ff6129ad7c8efe1f983f",
      booking_cancelled: "HXb5b62575e6e4ff6129ad7c8efe1f9840",
    },
  },
  timeZone: "Europe/Amsterdam",
  locale: "en-GB",
});

/** The ISO 7064 check: letters become numbers, the first four characters go last, and the rest by 97 must be 1. */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  const moved = text.slice(4) + text.slice(0, 4);
  const digits = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(digits) % 97n === 1n;
}
