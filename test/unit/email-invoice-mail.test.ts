import { describe, expect, test } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import { renderInvoiceMail } from "../../shared/email/render-invoice-mail.tsx";
import { anInvoice, invoiceLines, type InvoiceOverrides } from "../support/invoice-factory.ts";

const rendered = (overrides: InvoiceOverrides = {}, seller = exampleSeller) =>
  renderInvoiceMail({ invoice: anInvoice(overrides), seller });

/** What a reader of the HTML sees: no tags, entities resolved. */
const visible = (html: string) =>
  html
    .replaceAll(/<(style|title)>.*?<\/\1>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#x27;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");

describe("the invoice mail", () => {
  test("says in HTML and in text the same: what was bought, for how much, and where to ask", async () => {
    const { subject, html, text } = await rendered();
    expect(subject).toBe("Your invoice INV-2026-000042 from Studio Example");
    for (const part of [
      "Hello Ada Buyer,",
      "INV-2026-000042",
      "€148.25",
      "Paid on 22 November 2026",
      "order_1",
      "pi_3PqBackline0001",
      "1 × Oil painting, 40 × 60 cm",
      "2 × Exhibition catalogue",
      "€23.25",
      "support@studio.example.com",
      "VAT ID NL000000000B00",
    ]) {
      expect(visible(html)).toContain(part);
      expect(text).toContain(part);
    }
  });

  test("shows an inbox the total before anything else", async () => {
    const { html } = await rendered();
    expect(visible(html).trim()).toMatch(/^€148\.25, paid on 22 November 2026\. The invoice is attached as a PDF\./);
  });

  test("is readable as text: one fact a line, no markup", async () => {
    const { text } = await rendered();
    expect(text).toContain("Invoice date: 22 November 2026\nOrder: order_1\nPayment reference: pi_3PqBackline0001\n");
    expect(text).toContain("1 × Oil painting, 40 × 60 cm: €100.00\n2 × Exhibition catalogue: €25.00\n");
    expect(text).toContain("Total excl. VAT: €125.00\nVAT: €23.25\nTotal: €148.25\n");
    expect(text).not.toMatch(/[<>]|&\w+;/);
  });

  test.each([
    ["de-DE", "Ihre Rechnung INV-2026-000042 von Studio Example", "Guten Tag Ada Buyer,", "de-DE"],
    ["fr", "Votre facture INV-2026-000042 – Studio Example", "Bonjour Ada Buyer,", "fr"],
    ["es", "Su factura INV-2026-000042 de Studio Example", "Hola, Ada Buyer:", "es"],
    ["it", "La Sua fattura INV-2026-000042 da Studio Example", "Gentile Ada Buyer,", "it"],
    ["nl", "Uw factuur INV-2026-000042 van Studio Example", "Beste Ada Buyer,", "nl"],
    ["ja-JP", "Your invoice INV-2026-000042 from Studio Example", "Hello Ada Buyer,", "en-JP"],
  ])("for a buyer with locale %s has the subject %s", async (locale, subject, greeting, language) => {
    const mail = await rendered({ invoiceDetails: { locale } });
    expect(mail.subject).toBe(subject);
    expect(mail.text).toContain(greeting);
    expect(mail.html).toContain(`lang="${language}"`);
  });

  test("lists ten lines and counts the rest, and stays under the 102 KB that Gmail shows", async () => {
    const lines = invoiceLines(500, { description: "<&\"'".repeat(75) });
    const { html, text } = await rendered({ invoiceDetails: { lines } });
    expect(text.match(/ × /g)).toHaveLength(10);
    expect(text).toContain("and 490 more in the attached invoice");
    expect(visible(html)).toContain("and 490 more in the attached invoice");
    expect(Buffer.byteLength(html)).toBeLessThan(102_000);
  });

  test("shows markup that a buyer typed as text, and keeps right-to-left names from turning the line", async () => {
    const name = '<script>alert("x")</script> משה 😀';
    const { html, text } = await rendered({ userInfo: { name } });
    expect(html).not.toContain("<script");
    expect(visible(html)).toContain(`Hello ${name},`);
    expect(html).toMatch(/<bdi>Hello [^<]*משה 😀,<\/bdi>/);
    expect(text).toContain(name);
  });

  test("has a dark design and one for phones, and loads nothing from anywhere", async () => {
    const { html } = await rendered();
    expect(html).toContain("@media (prefers-color-scheme: dark)");
    expect(html).toContain("@media (max-width: 480px)");
    expect(html).toContain('content="width=device-width, initial-scale=1"');
    expect(html).not.toMatch(/<(img|link|script|iframe)\b|url\(|@import/);
  });

  test("shows amount paid and balance when they differ from the total", async () => {
    const { text } = await rendered({ amount: 10_000 });
    expect(text).toContain("Amount paid: €100.00\nBalance: €48.25\n");
    expect(text).not.toContain("Paid on");
  });
});
