import type { MailKind } from "../contracts/mail-kinds.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import { displayData } from "./display-text.ts";
import type { MailContext, MailTemplate, RenderedMail, TemplateData } from "./mail-template.ts";
import { MAIL_TEMPLATES } from "./templates/index.ts";
import { writeMail } from "./write-mail.tsx";

/**
 * A mail of a kind as HTML and text, in the reader's language where the kind is one for customers. Every text of the data,
 * the settings and the files' names passes `displayText`; nothing in it is read as markup or as a template.
 *
 * @throws AmountTooLargeError when an order's lines add up to more than can be counted exactly.
 */
export async function renderMail<Kind extends MailKind>(
  kind: Kind,
  data: TemplateData<Kind>,
  context: MailContext,
): Promise<RenderedMail> {
  const template: MailTemplate<Kind> = MAIL_TEMPLATES[kind];
  const shown: MailContext = {
    ...context,
    settings: displayData(context.settings),
    ...(context.files && { files: displayData(context.files) }),
  };
  return writeMail(template.content(displayData(data), shown), shown, template.audience);
}

/**
 * Keys of the images that a mail of this kind shows, each once, in the order in which they matter: with the settings the
 * logo comes first.
 */
export function imagesOf<Kind extends MailKind>(
  kind: Kind,
  data: TemplateData<Kind>,
  settings?: Pick<SellerSettings, "logoKey">,
): readonly string[] {
  const template: MailTemplate<Kind> = MAIL_TEMPLATES[kind];
  const logo = settings?.logoKey;
  return [...new Set([...(logo === undefined ? [] : [logo]), ...(template.images?.(data) ?? [])])];
}
