import type { InvoiceMailContent } from "./invoice-mail-content.ts";

/** A longer one wraps on a phone. */
const RULE = "-".repeat(32);

/**
 * The mail as plain text, for programs and people that want no HTML.
 *
 * Written from the content and not from the HTML: a converter makes a table of amounts into a column of fragments.
 */
export function invoiceMailText(content: InvoiceMailContent): string {
  return [
    content.heading,
    "",
    content.greeting,
    "",
    content.intro,
    "",
    ...pairs(content.facts),
    "",
    RULE,
    ...content.lines.map(({ what, amount }) => `${what}: ${amount}`),
    ...(content.moreLines === undefined ? [] : [content.moreLines]),
    RULE,
    ...pairs(content.totals),
    "",
    ...(content.paid === undefined ? [] : [content.paid, ""]),
    `${content.questions} ${content.supportEmail}`,
    "",
    "-- ", // The mark of a signature, with its space: RFC 3676, 4.3
    ...content.imprint,
    "",
  ].join("\n");
}

function pairs(rows: InvoiceMailContent["facts"]): string[] {
  return rows.map(([label, value]) => `${label}: ${value}`);
}
