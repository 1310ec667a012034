/** A whole or decimal number in the locale's own grouping: 1234 is `1.234` in German. */
export function formatNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { numberingSystem: "latn", maximumFractionDigits: 20 }).format(value);
}

/** A rate given per cent, at most two decimals: 5.5 is `5.5%` in English and `5,5 %` in French. */
export function formatPercent(perCent: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: "percent",
    numberingSystem: "latn",
    maximumFractionDigits: 2,
  }).format(perCent / 100);
}

/**
 * A calendar day written out: `2026-11-22` is `22. November 2026` in German.
 *
 * The day has no time and no zone, so it is placed and shown in UTC: it reads the same on every machine. Always the
 * Gregorian calendar, because that is what the invoice was dated in.
 *
 * @param day `YYYY-MM-DD`.
 * @throws RangeError when it is not a day.
 */
export function formatDay(day: string, locale: string): string {
  const format = { dateStyle: "long", timeZone: "UTC", calendar: "gregory", numberingSystem: "latn" } as const;
  return new Intl.DateTimeFormat(locale, format).format(dayInstant(day));
}

/**
 * The instant at which a day begins in UTC, for formats that want a `Date`.
 *
 * @throws RangeError when it is not a day `YYYY-MM-DD`.
 */
export function dayInstant(day: string): Date {
  const instant = new Date(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(day)) {
    throw new RangeError("A day must be written YYYY-MM-DD and exist in the calendar.");
  }
  return instant;
}
