import { render } from "@react-email/render";

import { postalLines } from "../billing/postal-lines.ts";
import type { MailKind } from "../contracts/mail-kinds.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { shortened } from "./display-text.ts";
import { type FooterLine, MailLayout, mailLayoutText, type MailLayoutProps } from "./mail-layout.tsx";
import { type MailLocale, mailLocale, ownerLocale } from "./mail-locale.ts";
import type { FileLink, MailContent, MailContext, MailTemplate, RenderedMail } from "./mail-template.ts";
import { MAIL_WORDS } from "./mail-words.ts";

/** As long as an inbox shows in full or cuts by itself; a header may be longer, but nobody reads it. */
const LONGEST_SUBJECT = 200;

type Audience = MailTemplate<MailKind>["audience"];

/** Sets a mail's content in the layout of the seller's mails, as HTML and as text. */
export async function writeMail(content: MailContent, context: MailContext, audience: Audience): Promise<RenderedMail> {
  const { settings, images, unsubscribeUrl } = context;
  const locale = audience === "owner" ? ownerLocale(context.locale) : mailLocale(context.locale);
  const subject = shortened(content.subject, LONGEST_SUBJECT);
  const layout: MailLayoutProps = {
    language: content.language,
    title: subject,
    preview: content.preview,
    accentColour: settings.accentColour,
    images,
    brand: { name: settings.name, logoKey: settings.logoKey },
    body: content.body,
    afterword: [
      ...(context.files ?? []).map((file) => fileLine(file, locale)),
      ...(audience === "customer" ? [supportLine(settings, locale)] : []),
    ],
    imprint: [...imprintLines(settings, locale), ...unsubscribeLines(settings, locale, unsubscribeUrl)],
  };
  // Never `pretty`: it loads prettier, which the bundle leaves out.
  const html = await render(<MailLayout {...layout} />);
  return { subject, html, text: mailLayoutText(layout) };
}

function fileLine({ filename, url, sizeBytes, until }: FileLink, locale: MailLocale): FooterLine {
  const size = new Intl.NumberFormat(locale.numbers, {
    style: "unit",
    unit: "megabyte",
    numberingSystem: "latn",
    maximumFractionDigits: 1,
  }).format(sizeBytes / 1_000_000);
  return { text: MAIL_WORDS[locale.language].file(size, locale.day(until)), link: { label: filename, url } };
}

function supportLine({ email }: SellerSettings, { labels }: MailLocale): FooterLine {
  return { text: labels.questions, link: { label: email.support, url: `mailto:${email.support}` } };
}

/** Who writes, as the law of most countries wants it on business letters, mails included. */
function imprintLines(seller: SellerSettings, { labels, text }: MailLocale): FooterLine[] {
  const details = [
    seller.vatId && `${labels.vatId} ${seller.vatId}`,
    seller.registrationNumber && `${labels.registration} ${seller.registrationNumber}`,
    seller.website && new URL(seller.website).host,
  ];
  return [[seller.name, ...postalLines(seller.address, text)].join(" · "), details.filter(Boolean).join(" · ")]
    .filter((line) => line !== "")
    .map((line) => ({ text: line }));
}

function unsubscribeLines({ name }: SellerSettings, { language }: MailLocale, url: string | undefined): FooterLine[] {
  if (url === undefined) return [];
  const { whyNews, unsubscribe } = MAIL_WORDS[language];
  return [{ text: whyNews(name), link: { label: unsubscribe, url } }];
}
