import type { InvoiceEmailPayload, InvoiceLine } from "../contracts/invoice.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { type DocumentLocale, documentLocale } from "./document-locale.ts";
import { type InvoiceTotals, invoiceTotals } from "./invoice-totals.ts";
import { formatDay, formatNumber, formatPercent } from "./locale-format.ts";
import { type Medium, moneyWriter, SCREEN, type ShowText, type WriteMoney } from "./medium.ts";
import { postalLines } from "./postal-lines.ts";
import { type PartyView, sellerView, type SellerView } from "./seller-view.ts";

/** What an invoice's PDF and mail are rendered from. */
export interface InvoiceDocumentInput {
  readonly invoice: InvoiceEmailPayload;
  readonly seller: SellerSettings;
}

/** An invoice as the words and numbers that a reader sees, in the reader's language; nothing is computed after it. */
export interface InvoiceView {
  readonly locale: DocumentLocale;
  readonly number: string;
  readonly date: string;
  readonly seller: SellerView;
  readonly buyer: PartyView;
  /** Label and value: date, order, payment reference. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Whether prices on lines are without or with VAT. */
  readonly priceNote: string;
  readonly lines: readonly LineView[];
  readonly rates: readonly RateView[];
  readonly totals: { readonly net: string; readonly vat: string; readonly gross: string };
  readonly paid: string;
  /** Says that all is paid, and when; absent when there is a balance. */
  readonly paidNote: string | undefined;
  /** Gross less paid; absent when the invoice is paid exactly. */
  readonly balance: string | undefined;
}

export interface LineView {
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly vatRate: string;
  /** Quantity × unit price, without or with VAT as the unit price is. */
  readonly amount: string;
}

export interface RateView {
  readonly vatRate: string;
  readonly net: string;
  readonly vat: string;
  readonly gross: string;
}

/**
 * The view of an invoice.
 *
 * @throws AmountTooLargeError as `invoiceTotals` does.
 */
export function invoiceView({ invoice, seller }: InvoiceDocumentInput, medium: Medium = SCREEN): InvoiceView {
  const { show } = medium;
  const { invoiceDetails: details } = invoice;
  const locale = documentLocale(details.locale);
  const { labels } = locale;
  const money = moneyWriter(details.currency, locale.numbers, medium);
  const totals = invoiceTotals(details);
  const date = formatDay(details.issuedOn, locale.text);
  return {
    locale,
    number: show(invoice.invoiceNumber),
    date,
    seller: sellerView(seller, locale, show),
    buyer: buyerView(invoice, locale, show),
    facts: [
      [labels.invoiceDate, date],
      [labels.order, details.orderId],
      [labels.paymentReference, show(invoice.paymentReference)],
    ],
    priceNote: details.pricesIncludeVat ? labels.inclVat : labels.exclVat,
    lines: details.lines.map((line) => lineView(line, locale, money, show)),
    rates: rateViews(totals, locale, money),
    totals: { net: money(totals.net), vat: money(totals.vat), gross: money(totals.gross) },
    paid: money(invoice.amount),
    paidNote: invoice.amount === totals.gross ? labels.paidOn(date) : undefined,
    balance: invoice.amount === totals.gross ? undefined : money(totals.gross - invoice.amount),
  };
}

function buyerView({ userInfo }: InvoiceEmailPayload, { labels, text }: DocumentLocale, show: ShowText): PartyView {
  return {
    name: show(userInfo.name),
    address: postalLines(userInfo.address, text).map(show),
    details: userInfo.vatId === undefined ? [] : [show(`${labels.vatId} ${userInfo.vatId}`)],
  };
}

function lineView(line: InvoiceLine, { numbers }: DocumentLocale, money: WriteMoney, show: ShowText): LineView {
  return {
    description: show(line.description),
    quantity: formatNumber(line.quantity, numbers),
    unitPrice: money(line.unitPrice),
    vatRate: formatPercent(line.vatRate, numbers),
    // Exact: `invoiceTotals` has already refused lines whose sum leaves the range of whole numbers.
    amount: money(line.quantity * line.unitPrice),
  };
}

function rateViews({ byRate }: InvoiceTotals, { numbers }: DocumentLocale, money: WriteMoney): RateView[] {
  return byRate.map(({ vatRate, net, vat, gross }) => ({
    vatRate: formatPercent(vatRate, numbers),
    net: money(net),
    vat: money(vat),
    gross: money(gross),
  }));
}
