import { Action, Amount, Heading, Paragraphs, Picture } from "../mail-components.tsx";
import { mailLocale } from "../mail-locale.ts";
import type { MailTemplate } from "../mail-template.ts";
import { ANNOUNCEMENT_WORDS } from "./announcement-words.ts";

// The sender's own words, without a greeting of ours: only they know the language that they wrote in.

export const generic: MailTemplate<"generic"> = {
  audience: "customer",
  content: ({ subject, heading, paragraphs, action }, context) => ({
    subject,
    preview: paragraphs[0] ?? subject,
    language: mailLocale(context.locale).text,
    body: (
      <>
        <Heading text={heading ?? subject} />
        <Paragraphs texts={paragraphs} />
        {action !== undefined && <Action {...action} />}
      </>
    ),
  }),
};

export const marketing: MailTemplate<"marketing"> = {
  audience: "customer",
  images: ({ imageKey }) => (imageKey === undefined ? [] : [imageKey]),
  content: ({ subject, preview, heading, paragraphs, imageKey, action }, context) => ({
    subject,
    preview: preview ?? paragraphs[0] ?? subject,
    language: mailLocale(context.locale).text,
    body: (
      <>
        <Heading text={heading} />
        <Picture imageKey={imageKey} alt="" />
        <Paragraphs texts={paragraphs} />
        {action !== undefined && <Action {...action} />}
      </>
    ),
  }),
};

export const productAnnouncement: MailTemplate<"product_announcement"> = {
  audience: "customer",
  images: ({ product: { imageKey } }) => (imageKey === undefined ? [] : [imageKey]),
  content: ({ subject, preview, product, paragraphs }, { settings, locale: tag }) => {
    const locale = mailLocale(tag);
    const { name, description, amount, currency, imageKey, url } = product;
    return {
      subject,
      preview: preview ?? description,
      language: locale.text,
      body: (
        <>
          <Heading text={name} />
          <Picture imageKey={imageKey} alt={name} />
          <Paragraphs texts={[...paragraphs, description]} />
          {amount !== undefined && <Amount value={locale.money(amount, currency ?? settings.currency)} />}
          <Action label={ANNOUNCEMENT_WORDS[locale.language].see} url={url} />
        </>
      ),
    };
  },
};
