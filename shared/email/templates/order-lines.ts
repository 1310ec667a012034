import { AmountTooLargeError, invoiceTotals } from "../../billing/invoice-totals.ts";
import { formatNumber } from "../../billing/locale-format.ts";
import type { InvoiceDetails } from "../../contracts/invoice.ts";
import type { Order } from "../../records/order.ts";
import type { MailLocale } from "../mail-locale.ts";
import type { LabelledValue, LineItem } from "../mail-tables.tsx";

/** Lines as they were sold: prices without or with VAT, as the order has them. */
export function linesOf({ lines, currency }: Pick<Order, "lines" | "currency">, locale: MailLocale): LineItem[] {
  return lines.map(({ quantity, description, unitPrice, thumbnailKey }) => ({
    what: `${formatNumber(quantity, locale.numbers)} × ${description}`,
    amount: locale.money(exact(quantity * unitPrice), currency),
    imageKey: thumbnailKey,
  }));
}

/** @throws AmountTooLargeError as `invoiceTotals` does: another attempt would come to the same. */
function exact(amount: number): number {
  if (Number.isSafeInteger(amount)) return amount;
  throw new AmountTooLargeError();
}

/** The sums as the order's invoice has them. */
export function totalsOf(
  order: Pick<InvoiceDetails, "lines" | "pricesIncludeVat" | "currency">,
  { labels, money }: MailLocale,
): { readonly gross: string; readonly rows: readonly LabelledValue[] } {
  const totals = invoiceTotals(order);
  const gross = money(totals.gross, order.currency);
  return {
    gross,
    rows: [
      [labels.totalExclVat, money(totals.net, order.currency)],
      [labels.vat, money(totals.vat, order.currency)],
      [labels.total, gross],
    ],
  };
}
