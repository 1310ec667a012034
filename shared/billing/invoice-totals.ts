import type { InvoiceDetails, InvoiceLine } from "../contracts/invoice.ts";
import { PermanentError } from "../errors/job-errors.ts";

/** What a line, a rate or the whole invoice comes to; minor units, and always `net + vat === gross`. */
export interface VatAmounts {
  readonly net: number;
  readonly vat: number;
  readonly gross: number;
}

export interface LineTotals extends VatAmounts {
  /** Per cent, as on the line. */
  readonly vatRate: number;
}

export interface InvoiceTotals extends VatAmounts {
  /** In the order of the invoice's lines. */
  readonly lines: readonly LineTotals[];
  /** One entry a rate, the highest rate first; a rate of 0 too. */
  readonly byRate: readonly LineTotals[];
}

/** A total left the range in which a double counts whole numbers exactly (2^53); no payment can have that amount. */
export class AmountTooLargeError extends PermanentError {
  constructor() {
    super("AMOUNT_TOO_LARGE", "The invoice's total is larger than any amount that can be paid. Check its lines.");
  }
}

/** Two decimals of a per cent rate, as the contract allows: 21 % is 2,100 hundredths of a per cent. */
const RATE_SCALE = 100;
const WHOLE = 100n * BigInt(RATE_SCALE);

interface ExactLine {
  readonly rate: bigint;
  readonly amount: bigint;
}

interface ExactAmounts {
  readonly net: bigint;
  readonly vat: bigint;
}

/**
 * Net, VAT and gross of an order or invoice: per line, per VAT rate and in all. Exact: no floating point is involved.
 *
 * VAT is rounded half up, once per rate, over the sum of that rate's lines. EU law leaves the method of rounding to the
 * member states within neutrality and proportionality (CJEU C-484/06 Ahold, C-302/07 Wetherspoon), and rounding once
 * per rate is what EN 16931 asks of an electronic invoice (BR-CO-17). With `pricesIncludeVat` the gross sum is
 * exactly quantity × price, and VAT is taken out of it; without, the net sum is, and VAT is added.
 *
 * A line's own VAT is the growth of its rate's rounded VAT, so that lines always add up to the totals. Two equal lines
 * may therefore differ by one minor unit in VAT: show a line by the price it was sold at.
 *
 * @throws AmountTooLargeError when a total exceeds 2^53 minor units.
 */
export function invoiceTotals({
  lines,
  pricesIncludeVat,
}: Pick<InvoiceDetails, "lines" | "pricesIncludeVat">): InvoiceTotals {
  const soldByRate = new Map<bigint, bigint>();
  const lineTotals = lines.map(exactLine).map(({ rate, amount }) => {
    const before = soldByRate.get(rate) ?? 0n;
    soldByRate.set(rate, before + amount);
    const [earlier, now] = [split(before, rate, pricesIncludeVat), split(before + amount, rate, pricesIncludeVat)];
    return toLineTotals(rate, { net: now.net - earlier.net, vat: now.vat - earlier.vat });
  });
  const rates = [...soldByRate.entries()].sort(([a], [b]) => Number(b - a));
  const exact = rates.map(([rate, amount]) => ({ rate, ...split(amount, rate, pricesIncludeVat) }));
  return {
    ...toAmounts({ net: sum(exact.map(({ net }) => net)), vat: sum(exact.map(({ vat }) => vat)) }),
    lines: lineTotals,
    byRate: exact.map(({ rate, ...amounts }) => toLineTotals(rate, amounts)),
  };
}

function exactLine({ quantity, unitPrice, vatRate }: InvoiceLine): ExactLine {
  return { rate: BigInt(Math.round(vatRate * RATE_SCALE)), amount: BigInt(quantity) * BigInt(unitPrice) };
}

/** Parts an amount, which is gross or net as `isGross` says, into net and VAT. */
function split(amount: bigint, rate: bigint, isGross: boolean): ExactAmounts {
  if (!isGross) return { net: amount, vat: divideHalfUp(amount * rate, WHOLE) };
  const vat = divideHalfUp(amount * rate, WHOLE + rate);
  return { net: amount - vat, vat };
}

/** Both are never negative here, so that "half up" and "half away from zero" are the same. */
function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function toLineTotals(rate: bigint, amounts: ExactAmounts): LineTotals {
  return { vatRate: Number(rate) / RATE_SCALE, ...toAmounts(amounts) };
}

function toAmounts({ net, vat }: ExactAmounts): VatAmounts {
  return { net: toSafeNumber(net), vat: toSafeNumber(vat), gross: toSafeNumber(net + vat) };
}

function toSafeNumber(amount: bigint): number {
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new AmountTooLargeError();
  }
  return Number(amount);
}
