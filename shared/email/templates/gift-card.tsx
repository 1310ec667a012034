import { Action, Amount, Code, Heading, Note, Paragraph, SmallPrint } from "../mail-components.tsx";
import { mailLocale } from "../mail-locale.ts";
import type { MailTemplate } from "../mail-template.ts";
import { GIFT_CARD_WORDS } from "./gift-card-words.ts";

/** To the recipient. It does not hold the PDF: attach it. */
export const giftCard: MailTemplate<"gift_card"> = {
  audience: "customer",
  content: ({ card }, { settings, locale: tag }) => {
    const locale = mailLocale(tag);
    const words = GIFT_CARD_WORDS[locale.language];
    const { senderName, recipient, message } = card.card;
    const amount = locale.money(card.amount, card.currency);
    return {
      subject: words.subject(senderName, settings.name),
      preview: words.preview(amount, settings.name),
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading(senderName)} />
          <Paragraph text={locale.labels.greeting(recipient.name)} />
          <Amount value={amount} note={words.validUntil(locale.day(card.expiresOn))} />
          {message !== undefined && <Note title={words.messageFrom(senderName)} text={message} />}
          <Code label={words.code} code={card.code} />
          <Paragraph text={words.use(settings.name)} />
          {settings.website !== undefined && <Action label={words.shop} url={settings.website} />}
          <SmallPrint text={words.attached} />
        </>
      ),
    };
  },
};
