import type { SellerSettings } from "../contracts/seller.ts";
import type { MessageTemplate, TemplateFill } from "../contracts/text-message.ts";
import { shortened } from "../email/display-text.ts";
import { type MailLocale, mailLocale } from "../email/mail-locale.ts";
import { plainText } from "./plain-text.ts";
import { HOUR_MS } from "../job/durations.ts";

/** What a template can say. */
type FactName =
  | "name"
  | "seller"
  /** Where to turn to: the seller's website or support address. */
  | "contact"
  | "service"
  /** When a booking begins, by the person's clock. */
  | "time"
  | "place"
  | "amount"
  | "description"
  | "dueOn"
  | "order"
  | "carrier"
  | "link";

/** Each as a reader reads it; empty where the payload does not have it. */
export type Facts = Readonly<Record<FactName, string>>;

/** So long may a fact be that a whole message, its link left out, has 320 characters at most. Links and ids are never cut. */
const LONGEST: Partial<Record<FactName, number>> = {
  name: 30,
  seller: 40,
  service: 50,
  place: 60,
  carrier: 40,
  description: 60,
};

const NONE: Facts = {
  name: "",
  seller: "",
  contact: "",
  service: "",
  time: "",
  place: "",
  amount: "",
  description: "",
  dueOn: "",
  order: "",
  carrier: "",
  link: "",
};

/** The facts of a filled template, for a reader's language tag. */
export function factsOf(fill: TemplateFill, seller: SellerSettings, tag: string): Facts {
  const facts = {
    ...NONE,
    name: fill.variables.name,
    seller: seller.name,
    contact: seller.website ?? seller.email.support,
    ...ownFacts(fill, mailLocale(tag)),
  };
  const shown = Object.entries(facts).map(([name, fact]) => [name, shownAs(name as FactName, fact)]); // keys of Facts
  return Object.fromEntries(shown) as Facts; // the same keys, each with a string
}

function ownFacts(fill: TemplateFill, locale: MailLocale): Partial<Facts> {
  const { template, variables } = fill;
  switch (template) {
    case "booking_reminder":
    case "booking_cancelled":
      return bookingFacts(variables, locale);
    case "booking_payment_reminder": {
      const { amount, currency, payUrl = "" } = variables;
      return { ...bookingFacts(variables, locale), amount: locale.money(amount, currency), link: payUrl };
    }
    case "order_shipped":
      return { order: variables.orderId, carrier: variables.carrier ?? "", link: variables.trackingUrl ?? "" };
    case "payment_due": {
      const { amount, currency, description, dueOn, payUrl = "" } = variables;
      return { amount: locale.money(amount, currency), description, dueOn: locale.day(dueOn), link: payUrl };
    }
    default:
      return template satisfies never;
  }
}

interface Booking {
  readonly service: string;
  readonly startsAt: string;
  readonly timeZone: string;
  readonly location?: string | undefined;
}

const bookingFacts = ({ service, startsAt, timeZone, location = "" }: Booking, locale: MailLocale): Partial<Facts> => ({
  service,
  time: shortTime(startsAt, timeZone, locale.text),
  place: location,
});

/**
 * `Friday 2 January at 19:30`: the person's own clock, so its zone need not be named, but in the hour that comes twice when
 * clocks are set back; the year is this one or the next.
 */
function shortTime(moment: string, timeZone: string, locale: string): string {
  const habits = { timeZone, calendar: "gregory", numberingSystem: "latn" } as const;
  const { hourCycle } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
  // 3:30 PM, but 03:30: without the zero it could be the afternoon's.
  const hour = hourCycle === "h12" ? "numeric" : "2-digit";
  const parts = { weekday: "long", day: "numeric", month: "long", hour, minute: "2-digit" } as const;
  const at = Date.parse(moment);
  const format = new Intl.DateTimeFormat(locale, { ...habits, ...parts });
  const isAmbiguous = [at - HOUR_MS, at + HOUR_MS].some((other) => format.format(other) === format.format(at));
  if (!isAmbiguous) return format.format(at);
  return new Intl.DateTimeFormat(locale, { ...habits, ...parts, timeZoneName: "short" }).format(at);
}

/**
 * One line in plain characters: a narrow or non-breaking space, as Intl writes them, would make an SMS twice as expensive
 * (UCS-2: 70 characters a segment instead of 160).
 */
function shownAs(name: FactName, fact: string): string {
  const line = plainText(fact).replaceAll(/\s+/g, " ").trim();
  const longest = LONGEST[name];
  return longest === undefined || line.length <= longest ? line : cut(line, longest);
}

/** Three dots: an SMS with the one character of an ellipsis in it would be UCS-2, too. */
const cut = (line: string, longest: number): string => shortened(line, longest - 2).replace(/…$/, "...");

/**
 * The variables of the WhatsApp templates: `{{1}}` is the first fact, and so on. A template that Meta approves for us has to
 * number them so.
 */
export const WHATSAPP_VARIABLES = {
  booking_reminder: ["name", "service", "time", "place"],
  booking_payment_reminder: ["name", "service", "time", "amount", "link"],
  booking_cancelled: ["name", "service", "time"],
  order_shipped: ["name", "order", "carrier", "link"],
  payment_due: ["name", "amount", "description", "dueOn", "link"],
} as const satisfies Record<MessageTemplate, readonly FactName[]>;

/** WhatsApp refuses an empty variable (Twilio error 21656): what stands in its place. */
const STAND_INS: Partial<Record<FactName, FactName>> = { place: "seller", carrier: "seller", link: "contact" };

/** A template's variables by their numbers. */
export function numberedVariables(template: MessageTemplate, facts: Facts): Record<string, string> {
  const values = WHATSAPP_VARIABLES[template].map((name) => facts[name] || facts[STAND_INS[name] ?? name]);
  return Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
}
