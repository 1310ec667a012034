import type { InvoiceView } from "../../../shared/billing/invoice-view.ts";
import { MAIN_TYPEFACE } from "../../../shared/pdf/fonts.ts";

/** The page without its invoice, which holds both fonts: a browser that is kept open reads them once. */
export function emptyPage(): string {
  const face = (bytes: Uint8Array, weight: number) =>
    `@font-face { font-family: Noto; font-weight: ${weight};
      src: url(data:font/ttf;base64,${Buffer.from(bytes).toString("base64")}) }`;
  return `<!doctype html><style>
${face(MAIN_TYPEFACE.regular, 400)}
${face(MAIN_TYPEFACE.bold, 700)}
@page { size: A4; margin: 0 }
* { margin: 0; padding: 0; font-weight: inherit }
body { font: 9pt/1.55 Noto; color: #111827; padding: 48pt; border-top: 5px solid #1D4ED8; box-sizing: border-box }
main { min-height: 690pt }
b, th, h1, h2 { font-weight: 700 } h1 { font-size: 24pt } h2 { font-size: 15pt }
small, .small td, .small th, footer { font-size: 7.5pt; color: #4B5563 }
.two { display: flex; justify-content: space-between; margin-bottom: 26pt } .right { text-align: right }
table { border-collapse: collapse; margin-bottom: 18pt } .lines { width: 100% }
tr { border-bottom: 0.5pt solid #E5E7EB } td, th { padding: 5pt 7pt; text-align: right }
td:first-child, th:first-child { text-align: left; padding-left: 0 }
footer { border-top: 0.5pt solid #E5E7EB; display: flex; justify-content: space-between }
</style><body></body>`;
}

/** The texts of `renderInvoicePdf` in its order. */
export function invoiceHtml({ locale: { labels }, ...view }: InvoiceView): string {
  const { seller, buyer, totals } = view;
  return `<main><div class="two"><div><h2>${text(seller.name)}</h2>
${rows([...seller.address, ...seller.details, seller.supportEmail, seller.website ?? ""])}</div>
<div class="right"><h1>${text(labels.invoice)}</h1>${text(view.number)}</div></div>
<div class="two"><div>${text(labels.billedTo)}<br><b>${text(buyer.name)}</b><br>${rows([...buyer.address, ...buyer.details])}</div>
${table("", view.facts)}</div>
${table("lines", [
  [labels.description, labels.quantity, labels.unitPrice, labels.vat, labels.amount],
  ["", "", view.priceNote, "", view.priceNote],
  ...view.lines.map((line) => [line.description, line.quantity, line.unitPrice, line.vatRate, line.amount]),
])}
<div class="two">${table("small", [
    [labels.vatRate, labels.net, labels.vat, labels.gross],
    ...view.rates.map((rate) => [rate.vatRate, rate.net, rate.vat, rate.gross]),
  ])}
${table("", [
  [labels.totalExclVat, totals.net],
  [labels.vat, totals.vat],
  [labels.total, totals.gross],
  [labels.amountPaid, view.paid],
])}</div>
<div class="right"><b>${text(view.paidNote ?? "")}</b></div></main>
<footer><span>${text([seller.name, ...seller.address, ...seller.details].join(" · "))}</span>
<span>${text(labels.pageOf(1, 1))}</span></footer>`;
}

const rows = (texts: readonly string[]): string => texts.map(text).join("<br>");

function table(className: string, cells: readonly (readonly string[])[]): string {
  const row = (texts: readonly string[]) => `<tr>${texts.map((cell) => `<td>${text(cell)}</td>`).join("")}</tr>`;
  return `<table class="${className}">${cells.map(row).join("")}</table>`;
}

const text = (plain: string): string => plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
