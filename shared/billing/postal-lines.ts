import type { PostalAddress } from "../contracts/fields.ts";

/** Countries that write the postal code after the city and region; the rest of our buyers' write it before the city. */
const POSTAL_CODE_LAST: ReadonlySet<string> = new Set("AU CA GB IE IN NG NZ SG US ZA".split(" "));

/** An address as the lines of a letter, the country's name last, written in the locale's language. */
export function postalLines(address: PostalAddress, locale: string): string[] {
  const { line1, line2, postalCode, city, region, country } = address;
  const place = POSTAL_CODE_LAST.has(country)
    ? [[city, region].filter(Boolean).join(", "), postalCode].filter(Boolean).join(" ")
    : [[postalCode, city].filter(Boolean).join(" "), region].filter(Boolean).join(", ");
  return [line1, line2, place, countryName(country, locale)].filter((line) => line !== undefined);
}

/** A code that the locale has no name for, such as `XX`, stands for itself. */
function countryName(country: string, locale: string): string {
  return new Intl.DisplayNames(locale, { type: "region", fallback: "code" }).of(country) ?? country;
}
