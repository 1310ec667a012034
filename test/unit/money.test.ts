import { execFileSync } from "node:child_process";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { dayInstant, formatDay, formatNumber, formatPercent } from "../../shared/billing/locale-format.ts";
import { formatMoney, minorUnitDigits } from "../../shared/billing/money.ts";

/** Intl writes no-break spaces of several widths; which one is the locale's business. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

describe("formatMoney", () => {
  test.each([
    [123_450, "EUR", "de-DE", "1.234,50 €"],
    [123_450, "EUR", "fr-FR", "1 234,50 €"],
    [123_450, "EUR", "nl-NL", "€ 1.234,50"],
    [123_450, "USD", "en-US", "$1,234.50"],
    [123_450, "GBP", "en-GB", "£1,234.50"],
    [1_234, "JPY", "en-US", "¥1,234"],
    [1_234, "KRW", "en-US", "₩1,234"],
    [1_234, "XAF", "fr-FR", "1 234 FCFA"],
    [1_234, "MGA", "en-US", "MGA 1,234"],
    [5_120, "KWD", "en-US", "KWD 5.120"],
    [5_120, "TND", "fr-FR", "5,120 TND"],
    [-5, "EUR", "en-GB", "-€0.05"],
    [0, "EUR", "en-GB", "€0.00"],
  ])("writes %i minor units of %s for %s as %s", (minor, currency, locale, written) => {
    expect(plain(formatMoney(minor, currency, locale))).toBe(written);
  });

  test.each([
    [500, "ISK", "ISK 5"],
    [550, "ISK", "ISK 5.50"],
    [500_000, "UGX", "UGX 5,000"],
  ])("counts %i of %s with two decimals, and shows them only when they are not zero", (minor, currency, written) => {
    expect(plain(formatMoney(minor, currency, "en-US"))).toBe(written);
  });

  test("writes the code instead of the sign when asked", () => {
    expect(plain(formatMoney(100, "THB", "de-DE", { display: "code" }))).toBe("1,00 THB");
  });

  test("writes Western digits, whatever the locale's own are", () => {
    expect(formatMoney(12_345, "EUR", "ar-EG")).toMatch(/123[.,]45/);
  });

  test("never rounds: its digits are the amount's digits", () => {
    const amounts = fc.integer({ min: -(10 ** 15), max: 10 ** 15 });
    fc.assert(
      fc.property(amounts, fc.constantFrom("EUR", "JPY", "KWD", "USD"), (minor, currency) => {
        const written = formatMoney(minor, currency, "en-US").replaceAll(/\D/g, "");
        expect(written).toBe(String(Math.abs(minor)).padStart(minorUnitDigits(currency) + 1, "0"));
      }),
    );
  });

  test.each([0.5, Number.NaN, 2 ** 53])("refuses %d, which is no whole number of minor units", (minor) => {
    expect(() => formatMoney(minor, "EUR", "en")).toThrow(RangeError);
  });
});

describe("days, numbers and rates", () => {
  test.each([
    ["en-GB", "22 November 2026"],
    ["en-US", "November 22, 2026"],
    ["de-DE", "22. November 2026"],
    ["th-TH-u-ca-buddhist", "22 พฤศจิกายน ค.ศ. 2026"],
  ])("a day is written out for %s as %s, in the Gregorian calendar", (locale, written) => {
    expect(formatDay("2026-11-22", locale)).toBe(written);
  });

  // A process of its own: a time zone is read once, at the start.
  test.each(["Pacific/Kiritimati", "Pacific/Pago_Pago"])("a day does not slip on a machine in %s", (zone) => {
    const module = new URL("../../shared/billing/locale-format.ts", import.meta.url).href;
    const code = `import { formatDay } from "${module}"; process.stdout.write(formatDay("2026-01-01", "en-GB"));`;
    const shown = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { env: { TZ: zone } });
    expect(shown.toString()).toBe("1 January 2026");
  });

  test.each(["2026-02-30", "2026-1-1", "tomorrow", "2026-11-22T10:00:00Z"])("refuses %s as a day", (day) => {
    expect(() => dayInstant(day)).toThrow(RangeError);
  });

  test("rates keep two decimals and numbers take the locale's grouping", () => {
    expect(plain(formatPercent(5.5, "fr-FR"))).toBe("5,5 %");
    expect(formatPercent(21, "en")).toBe("21%");
    expect(formatPercent(7.25, "en")).toBe("7.25%");
    expect(formatNumber(1_000_000, "de-DE")).toBe("1.000.000");
  });
});
