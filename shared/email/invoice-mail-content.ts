import { type InvoiceDocumentInput, invoiceView } from "../billing/invoice-view.ts";
import { formatNumber } from "../billing/locale-format.ts";

/** Everything that the mail says; its HTML and its plain text are two settings of the same words. */
export interface InvoiceMailContent {
  readonly subject: string;
  readonly preview: string;
  readonly language: string;
  readonly accentColour: string;
  readonly heading: string;
  readonly greeting: string;
  readonly intro: string;
  readonly total: string;
  /** Says that all is paid, and when; absent when there is a balance. */
  readonly paid: string | undefined;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly lines: readonly { readonly what: string; readonly amount: string }[];
  /** What is said of the lines left out; absent when all are there. */
  readonly moreLines: string | undefined;
  readonly totals: readonly (readonly [label: string, value: string])[];
  readonly questions: string;
  readonly supportEmail: string;
  readonly imprint: readonly string[];
}

/** The PDF has them all; Gmail hides what lies beyond 102 KB of HTML. */
const MOST_LINES = 10;

/** @throws AmountTooLargeError as `invoiceTotals` does. */
export function invoiceMailContent(input: InvoiceDocumentInput): InvoiceMailContent {
  const view = invoiceView(input);
  const { labels, text, numbers } = view.locale;
  const { seller } = view;
  const left = view.lines.length - MOST_LINES;
  return {
    subject: labels.mailSubject(view.number, seller.name),
    preview: labels.mailPreview(view.totals.gross, view.date),
    language: text,
    accentColour: input.seller.accentColour,
    heading: `${labels.invoice} ${view.number}`,
    greeting: labels.greeting(view.buyer.name),
    intro: labels.mailIntro(view.number),
    total: view.totals.gross,
    paid: view.paidNote,
    facts: view.facts,
    lines: view.lines.slice(0, MOST_LINES).map(({ quantity, description, amount }) => ({
      what: `${quantity} × ${description}`,
      amount,
    })),
    moreLines: left > 0 ? labels.moreLines(formatNumber(left, numbers)) : undefined,
    totals: [
      [labels.totalExclVat, view.totals.net],
      [labels.vat, view.totals.vat],
      [labels.total, view.totals.gross],
      ...(view.balance === undefined
        ? []
        : ([
            [labels.amountPaid, view.paid],
            [labels.balance, view.balance],
          ] as const)),
    ],
    questions: labels.questions,
    supportEmail: seller.supportEmail,
    imprint: [
      [seller.name, ...seller.address].join(" · "),
      [...seller.details, seller.website].filter(Boolean).join(" · "),
      seller.footerText ?? "",
    ].filter((line) => line !== ""),
  };
}
