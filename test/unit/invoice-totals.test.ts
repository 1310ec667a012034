import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { AmountTooLargeError, invoiceTotals } from "../../shared/billing/invoice-totals.ts";

const line = (quantity: number, unitPrice: number, vatRate: number) => ({
  description: "x",
  quantity,
  unitPrice,
  vatRate,
});

const anyLine = fc.record({
  description: fc.constant("x"),
  quantity: fc.integer({ min: 1, max: 1_000 }),
  unitPrice: fc.integer({ min: 0, max: 1_000_000 }),
  vatRate: fc.oneof(
    fc.constantFrom(0, 5.5, 7, 9, 19, 21),
    fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
  ),
});
const anyLines = fc.array(anyLine, { minLength: 1, maxLength: 50 });
const sumOf = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe("prices without VAT", () => {
  test("VAT is added to the net sum, once per rate", () => {
    const totals = invoiceTotals({ pricesIncludeVat: false, lines: [line(1, 10_000, 21), line(2, 1_250, 9)] });
    expect(totals).toMatchObject({ net: 12_500, vat: 2_325, gross: 14_825 });
    expect(totals.byRate).toEqual([
      { vatRate: 21, net: 10_000, vat: 2_100, gross: 12_100 },
      { vatRate: 9, net: 2_500, vat: 225, gross: 2_725 },
    ]);
  });

  test("half a minor unit of VAT is rounded up, and one a hair under it is not", () => {
    expect(invoiceTotals({ pricesIncludeVat: false, lines: [line(1, 50, 5)] }).vat).toBe(3); // 2.5
    expect(invoiceTotals({ pricesIncludeVat: false, lines: [line(1, 49, 5)] }).vat).toBe(2); // 2.45
  });

  test("ten lines of one rate are rounded together, not ten times", () => {
    const lines = Array.from({ length: 10 }, () => line(1, 2, 21)); // 0.42 each
    expect(invoiceTotals({ pricesIncludeVat: false, lines }).vat).toBe(4);
  });

  test("a rate of two decimals is exact where floating point is not", () => {
    // 1.15 % of 100,000 is 1,150 exactly; 1.15 * 1000 in doubles is 1149.9999999999998.
    expect(invoiceTotals({ pricesIncludeVat: false, lines: [line(1, 100_000, 1.15)] }).vat).toBe(1_150);
  });
});

describe("prices with VAT", () => {
  test("VAT is taken out of the gross sum, which stays as it was", () => {
    const totals = invoiceTotals({ pricesIncludeVat: true, lines: [line(3, 999, 21)] });
    expect(totals).toMatchObject({ net: 2_477, vat: 520, gross: 2_997 });
  });

  test("a rate of zero leaves the amount alone and is still listed", () => {
    const totals = invoiceTotals({ pricesIncludeVat: true, lines: [line(1, 500, 0)] });
    expect(totals.byRate).toEqual([{ vatRate: 0, net: 500, vat: 0, gross: 500 }]);
  });
});

describe("whatever the lines", () => {
  test("net and VAT make gross, and lines and rates each add up to the totals", () => {
    fc.assert(
      fc.property(anyLines, fc.boolean(), (lines, pricesIncludeVat) => {
        const totals = invoiceTotals({ lines, pricesIncludeVat });
        for (const parts of [totals.lines, totals.byRate]) {
          expect(sumOf(parts.map(({ net }) => net))).toBe(totals.net);
          expect(sumOf(parts.map(({ vat }) => vat))).toBe(totals.vat);
          expect(sumOf(parts.map(({ gross }) => gross))).toBe(totals.gross);
        }
        for (const { net, vat, gross } of [totals, ...totals.lines, ...totals.byRate]) expect(net + vat).toBe(gross);
      }),
    );
  });

  test("the sum of the prices is the gross or the net total exactly, as the prices are", () => {
    fc.assert(
      fc.property(anyLines, fc.boolean(), (lines, pricesIncludeVat) => {
        const totals = invoiceTotals({ lines, pricesIncludeVat });
        const sold = sumOf(lines.map(({ quantity, unitPrice }) => quantity * unitPrice));
        expect(pricesIncludeVat ? totals.gross : totals.net).toBe(sold);
      }),
    );
  });

  test("each rate's VAT is within half a minor unit of the true one", () => {
    fc.assert(
      fc.property(anyLines, fc.boolean(), (lines, pricesIncludeVat) => {
        for (const { vatRate, net, vat, gross } of invoiceTotals({ lines, pricesIncludeVat }).byRate) {
          const exact = pricesIncludeVat ? (gross * vatRate) / (100 + vatRate) : (net * vatRate) / 100;
          expect(Math.abs(vat - exact)).toBeLessThanOrEqual(0.5 + 1e-4);
        }
      }),
    );
  });

  test("the order of the lines does not change the totals", () => {
    fc.assert(
      fc.property(anyLines, fc.boolean(), (lines, pricesIncludeVat) => {
        const { lines: _lines, ...totals } = invoiceTotals({ lines, pricesIncludeVat });
        expect(invoiceTotals({ lines: lines.toReversed(), pricesIncludeVat })).toMatchObject(totals);
      }),
    );
  });

  test("a total that no number holds exactly is refused, not rounded", () => {
    const lines = [line(1_000_000, 1_000_000_000_000, 0)];
    expect(() => invoiceTotals({ pricesIncludeVat: false, lines })).toThrow(AmountTooLargeError);
  });
});
