/**
 * Currencies without a minor unit in Stripe's API: 500 is ¥500.
 * Source: docs.stripe.com/currencies, "Zero-decimal currencies".
 */
const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "),
);

/** Currencies counted in thousandths. Source: docs.stripe.com/currencies, "Three-decimal currencies". */
const THREE_DECIMAL: ReadonlySet<string> = new Set("BHD JOD KWD OMR TND".split(" "));

/**
 * Currencies that have no minor unit in real life, but that Stripe counts with two decimals, so that 500 is 5 ISK.
 * Source: docs.stripe.com/currencies, "Special cases".
 */
const COUNTED_WITH_TWO_DECIMALS: ReadonlySet<string> = new Set(["ISK", "UGX"]);

export interface MoneyFormat {
  /** `symbol` is `€`; `code` is `EUR`, for where a symbol cannot be shown. Default: `symbol`. */
  readonly display?: "symbol" | "code";
}

/**
 * Decimals between Stripe's minor unit and the currency's main unit: 2 for EUR, 0 for JPY, 3 for KWD.
 *
 * This is Stripe's table (docs.stripe.com/currencies), not ISO 4217's: the two differ for ISK, UGX and MGA, and
 * amounts reach us from Stripe.
 *
 * @param currency ISO 4217 code in upper case; an unknown one counts two decimals, as Stripe's rule is.
 */
export function minorUnitDigits(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/**
 * An amount as a person of that locale writes it: `formatMoney(123450, "EUR", "de-DE")` is `1.234,50 €`.
 *
 * Always shows every digit that `minorUnitDigits` counts, except ISK and UGX, whose decimals appear only when they are
 * not zero (5 kr., not 5,00 kr.). Nothing is ever rounded, up to 10^15 minor units.
 *
 * @param minor whole number of minor units as Stripe counts them; may be negative.
 * @throws RangeError when `minor` is not a whole number that a double holds exactly.
 */
export function formatMoney(minor: number, currency: string, locale: string, format: MoneyFormat = {}): string {
  if (!Number.isSafeInteger(minor)) throw new RangeError("An amount of money must be a whole number of minor units.");
  const digits = minorUnitDigits(currency);
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: format.display ?? "symbol",
    numberingSystem: "latn",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    trailingZeroDisplay: COUNTED_WITH_TWO_DECIMALS.has(currency) ? "stripIfInteger" : "auto",
  }).format(minor / 10 ** digits);
}
