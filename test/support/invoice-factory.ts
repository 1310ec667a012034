import { invoiceTotals } from "../../shared/billing/invoice-totals.ts";
import { type InvoiceEmailPayload, invoiceEmailPayload, type InvoiceLine } from "../../shared/contracts/invoice.ts";

/** Overrides of `anInvoice`, part by part: only what a test is about has to appear in it. */
export interface InvoiceOverrides extends Partial<Omit<InvoiceEmailPayload, "userInfo" | "invoiceDetails">> {
  readonly userInfo?: Partial<InvoiceEmailPayload["userInfo"]>;
  readonly invoiceDetails?: Partial<InvoiceEmailPayload["invoiceDetails"]>;
}

/**
 * A valid payload of `invoice_email`: two lines over two VAT rates, net €125.00, VAT €23.25, total €148.25. It is paid
 * exactly, whatever its lines, unless `amount` says otherwise.
 */
export function anInvoice({ userInfo, invoiceDetails, ...overrides }: InvoiceOverrides = {}): InvoiceEmailPayload {
  const invoice = invoiceEmailPayload.parse({
    paymentReference: "pi_3PqBackline0001",
    invoiceNumber: "INV-2026-000042",
    productType: "art",
    productId: "art_1",
    amount: 0,
    ...overrides,
    userInfo: {
      name: "Ada Buyer",
      email: "ada@buyer.example.com",
      address: { line1: "1 High Street", postalCode: "SW1A 1AA", city: "London", country: "GB" },
      vatId: "GB123456789",
      ...userInfo,
    },
    invoiceDetails: {
      orderId: "order_1",
      issuedOn: "2026-11-22",
      currency: "EUR",
      locale: "en-GB",
      pricesIncludeVat: false,
      lines: [
        { description: "Oil painting, 40 × 60 cm", quantity: 1, unitPrice: 10_000, vatRate: 21 },
        { description: "Exhibition catalogue", quantity: 2, unitPrice: 1_250, vatRate: 9 },
      ],
      ...invoiceDetails,
    },
  });
  return { ...invoice, amount: overrides.amount ?? invoiceTotals(invoice.invoiceDetails).gross };
}

/** `count` different lines, each with its number in the description. */
export function invoiceLines(count: number, overrides: Partial<InvoiceLine> = {}): InvoiceLine[] {
  return Array.from({ length: count }, (_, index) => ({
    description: `Article number ${index + 1}`,
    quantity: 1 + (index % 3),
    unitPrice: 1_000 + index,
    vatRate: index % 2 === 0 ? 21 : 9,
    ...overrides,
  }));
}
