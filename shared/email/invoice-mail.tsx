import { type InvoiceDocumentInput, invoiceView } from "../billing/invoice-view.ts";
import { formatNumber } from "../billing/locale-format.ts";
import { Amount, Divider, Heading, Paragraph } from "./mail-components.tsx";
import { Facts, Lines, Totals } from "./mail-tables.tsx";
import type { MailContent } from "./mail-template.ts";

/** The PDF has them all; Gmail hides what lies beyond 102 KB of HTML. */
const MOST_LINES = 10;

/**
 * The mail that goes with an invoice PDF: amount, facts and lines at a glance.
 *
 * @throws AmountTooLargeError as `invoiceTotals` does.
 */
export function invoiceMail(input: InvoiceDocumentInput): MailContent {
  const view = invoiceView(input);
  const { labels, text, numbers } = view.locale;
  const { totals, balance } = view;
  const left = view.lines.length - MOST_LINES;
  const lines = view.lines
    .slice(0, MOST_LINES)
    .map(({ quantity, description, amount }) => ({ what: `${quantity} × ${description}`, amount }));
  return {
    subject: labels.mailSubject(view.number, view.seller.name),
    preview: labels.mailPreview(totals.gross, view.date),
    language: text,
    body: (
      <>
        <Heading text={`${labels.invoice} ${view.number}`} />
        <Paragraph text={labels.greeting(view.buyer.name)} />
        <Paragraph text={labels.mailIntro(view.number)} />
        <Amount value={totals.gross} note={view.paidNote} />
        <Facts facts={view.facts} />
        <Divider />
        <Lines lines={lines} more={left > 0 ? labels.moreLines(formatNumber(left, numbers)) : undefined} />
        <Divider />
        <Totals
          totals={[
            [labels.totalExclVat, totals.net],
            [labels.vat, totals.vat],
            [labels.total, totals.gross],
            ...(balance === undefined
              ? []
              : ([
                  [labels.amountPaid, view.paid],
                  [labels.balance, balance],
                ] as const)),
          ]}
        />
      </>
    ),
  };
}
