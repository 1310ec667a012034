import { type DocumentLanguage, type DocumentLocale, documentLocale } from "../billing/document-locale.ts";
import { formatDay } from "../billing/locale-format.ts";
import { formatMoney } from "../billing/money.ts";

/** A language that mails to customers are written in: those of documents. */
export type MailLanguage = DocumentLanguage;

/** One text or set of texts in each of them. */
export type ByLanguage<Words> = Readonly<Record<MailLanguage, Words>>;

/** How a mail to one reader is written: the words' language, and their habits with numbers and dates. */
export interface MailLocale extends DocumentLocale {
  readonly money: (minor: number, currency: string) => string;
  readonly day: (day: string) => string;
}

/** For a reader's BCP 47 tag; who reads none of our languages reads English, as in documents. */
export function mailLocale(tag: string): MailLocale {
  const locale = documentLocale(tag);
  return {
    ...locale,
    money: (minor, currency) => formatMoney(minor, currency, locale.numbers),
    day: (day) => formatDay(day, locale.text),
  };
}

/** For the owner, whose mails are in English: with the numbers and dates of English as their region writes it. */
export function ownerLocale(tag: string): MailLocale {
  const { language, region } = new Intl.Locale(tag).maximize();
  return mailLocale(language === "en" ? tag : ["en", region].filter(Boolean).join("-"));
}

/** A moment as the clock of a zone shows it, in two lines of words. */
export interface LocalMoment {
  /** `Friday 2 January 2026 at 19:30`. */
  readonly time: string;
  /** `Central European Standard Time (Europe/Amsterdam)`. */
  readonly zone: string;
}

/** @param timeZone IANA name or offset. */
export function localMoment(moment: string, timeZone: string, locale: string): LocalMoment {
  const instant = new Date(moment);
  const habits = { timeZone, calendar: "gregory", numberingSystem: "latn" } as const;
  const name = new Intl.DateTimeFormat(locale, { ...habits, timeZoneName: "long" })
    .formatToParts(instant)
    .find(({ type }) => type === "timeZoneName")?.value;
  return {
    time: new Intl.DateTimeFormat(locale, { ...habits, dateStyle: "full", timeStyle: "short" }).format(instant),
    zone: name === undefined || name === timeZone ? timeZone : `${name} (${timeZone})`,
  };
}
