import { Action, Amount, Divider, Heading, Paragraph, SmallPrint } from "../mail-components.tsx";
import { type MailLocale, mailLocale } from "../mail-locale.ts";
import { Facts, Lines, Totals } from "../mail-tables.tsx";
import type { MailTemplate, TemplateData } from "../mail-template.ts";
import { linesOf, totalsOf } from "./order-lines.ts";
import { PAYMENT_WORDS } from "./payment-words.ts";

export const paymentReceipt: MailTemplate<"payment_receipt"> = {
  audience: "customer",
  content: (receipt, context) => {
    const locale = mailLocale(context.locale);
    const { labels } = locale;
    const { receipt: words } = PAYMENT_WORDS[locale.language];
    const amount = locale.money(receipt.amount, receipt.currency);
    return {
      subject: words.subject(context.settings.name),
      preview: words.preview(amount, receipt.description),
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {receipt.name !== undefined && <Paragraph text={labels.greeting(receipt.name)} />}
          <Amount value={amount} note={labels.paidOn(locale.day(receipt.paidOn))} />
          <Facts
            facts={[
              [labels.description, receipt.description],
              [labels.paymentReference, receipt.reference],
            ]}
          />
          <ReceiptLines receipt={receipt} locale={locale} />
        </>
      ),
    };
  },
};

interface ReceiptLinesProps {
  readonly receipt: TemplateData<"payment_receipt">;
  readonly locale: MailLocale;
}

function ReceiptLines({ receipt: { lines, currency, pricesIncludeVat = false }, locale }: ReceiptLinesProps) {
  if (lines === undefined) return undefined;
  return (
    <>
      <Divider />
      <Lines lines={linesOf({ lines, currency }, locale)} />
      <Divider />
      <Totals totals={totalsOf({ lines, currency, pricesIncludeVat }, locale).rows} />
    </>
  );
}

export const paymentDue: MailTemplate<"payment_due"> = {
  audience: "customer",
  content: ({ name, description, amount, currency, dueOn, isOverdue, payUrl }, context) => {
    const locale = mailLocale(context.locale);
    const { labels } = locale;
    const { due: words } = PAYMENT_WORDS[locale.language];
    const [money, date] = [locale.money(amount, currency), locale.day(dueOn)];
    const seller = context.settings.name;
    const intro = isOverdue ? words.overdueIntro(money, date) : words.intro(money, date);
    return {
      subject: isOverdue ? words.overdueSubject(seller) : words.subject(date, seller),
      preview: intro,
      language: locale.text,
      body: (
        <>
          <Heading text={isOverdue ? words.overdueHeading : words.heading} />
          {name !== undefined && <Paragraph text={labels.greeting(name)} />}
          <Paragraph text={intro} />
          <Facts
            facts={[
              [labels.description, description],
              [labels.amount, money],
              [words.dueOn, date],
            ]}
          />
          {payUrl !== undefined && <Action label={words.pay} url={payUrl} />}
          <SmallPrint text={words.alreadyPaid} />
        </>
      ),
    };
  },
};
