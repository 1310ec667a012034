import * as z from "zod";

// Fields shared by several schemas. Limits are ours; they keep an order of 500 lines under DynamoDB's 400 KB an item.

// eslint-disable-next-line no-control-regex -- that is what it looks for
const CONTROL_CHARACTERS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;

/** True for text with characters that have no glyph; a CR or LF in an address or a subject would add mail headers. */
export const hasControlCharacters = (text: string): boolean => CONTROL_CHARACTERS.test(text);

/** One line of text, trimmed, 1 to `max` characters, without control characters. */
export const singleLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !hasControlCharacters(text), "must be one line without control characters");

/** Several lines of text, trimmed, up to `max` characters; line ends become `\n`, other control characters are refused. */
export const multiLine = (max: number) =>
  z
    .string()
    .transform((text) => text.replaceAll(/\r\n?|[\u2028\u2029]/g, "\n").trim())
    .pipe(
      z
        .string()
        .min(1)
        .max(max)
        .refine((text) => !hasControlCharacters(text.replaceAll(/[\n\t]/g, " ")), "must not hold control characters"),
    );

/** A link for people to follow: `https` only, so that no `javascript:` or `data:` reaches a mail. */
export const webLink = z.url({ protocol: /^https$/ }).max(500);

/** A moment with its zone or offset, such as `2026-11-22T18:30:00Z`. */
export const moment = z.iso.datetime({ offset: true }).max(40);

/** Key of an image that the owner has stored in the `assets` bucket: PNG or JPEG. */
export const assetKey = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/, "may hold A-Z, a-z, 0-9, _ . / and -, 200 at most")
  .refine((key) => /\.(png|jpe?g)$/i.test(key), "must end in .png, .jpg or .jpeg");

/** Exactly one plain address (`name@host`): no display name, list, group or comment. */
export const emailAddress = z.email().max(254);

/** ISO 4217 code in upper case; Stripe's lower case is folded. */
export const currencyCode = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{3}$/, "must be a three-letter ISO 4217 code");

/** BCP 47 language tag such as `en-GB` or `fr`. */
export const localeTag = z.string().max(80).refine(isLocale, "must be a BCP 47 language tag such as en-GB");

/** IANA time zone such as `Europe/Paris`. */
export const timeZone = z.string().max(64).refine(isTimeZone, "must be an IANA time zone such as Europe/Paris");

/** A calendar day, `YYYY-MM-DD`. */
export const calendarDay = z.iso.date();

/** Money in the currency's minor unit as Stripe counts it (cents; whole yen), so that no sum is ever rounded twice. */
export const minorAmount = z.int().min(0).max(1_000_000_000_000);

/** Identifier that others may choose: safe in keys, file names and SES tags. */
export const identifier = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "may hold A-Z, a-z, 0-9, _ and -, 128 at most");

export const postalAddress = z.object({
  line1: singleLine(200),
  line2: singleLine(200).optional(),
  postalCode: singleLine(20).optional(),
  city: singleLine(100),
  region: singleLine(100).optional(),
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, "must be a two-letter ISO 3166-1 code"),
});
export type PostalAddress = z.infer<typeof postalAddress>;

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** Zones that were right once: asking takes a hundred times as long. Some 600, but in any mixture of cases. */
const knownTimeZones = new Set<string>();
const MOST_KNOWN_TIME_ZONES = 1_000;

function isTimeZone(zone: string): boolean {
  if (knownTimeZones.has(zone)) return true;
  try {
    const isRight = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone.length > 0;
    if (isRight && knownTimeZones.size < MOST_KNOWN_TIME_ZONES) knownTimeZones.add(zone);
    return isRight;
  } catch {
    return false;
  }
}
