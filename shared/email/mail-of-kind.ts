import type { MailKind } from "../contracts/mail-kinds.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { Log } from "../ports/log.ts";
import type { MailAttachment } from "./compose-mail.ts";
import { loadImages } from "./mail-images.ts";
import type { TemplateData } from "./mail-template.ts";
import type { MailToSend } from "./mail-to-send.ts";
import type { Mailbox } from "./mailbox.ts";
import { imagesOf, renderMail } from "./render-mail.tsx";

/** A mail of one of the kinds, before it is written. */
export interface MailOfKind<Kind extends MailKind> {
  readonly kind: Kind;
  readonly data: TemplateData<Kind>;
  readonly to: Mailbox;
  /** The reader's language; the seller's by default. */
  readonly locale?: string | undefined;
  readonly sender?: MailToSend["sender"];
  readonly attachments?: readonly MailAttachment[];
  /** Of a mail to an audience; the mail names its `unsubscribeUrl`, too. */
  readonly broadcast?: MailToSend["broadcast"];
}

/** Puts together what `sendMail` takes: the kind's template, in the seller's looks, with the images that it shows. */
export async function mailOfKind<Kind extends MailKind>(
  log: Log,
  services: Pick<Services, "files" | "settings">,
  { kind, data, to, locale, sender, attachments = [], broadcast }: MailOfKind<Kind>,
): Promise<MailToSend> {
  const settings = await services.settings.read();
  const shown = await loadImages(services.files, imagesOf(kind, data, settings), log);
  const context = {
    settings,
    locale: locale ?? settings.locale,
    images: shown.images,
    ...(broadcast !== undefined && { unsubscribeUrl: broadcast.unsubscribeUrl }),
  };
  return {
    kind,
    to,
    settings,
    ...(sender !== undefined && { sender }),
    ...(broadcast !== undefined && { broadcast }),
    render: (files) => renderMail(kind, data, { ...context, files }),
    attachments: [...shown.attachments, ...attachments],
  };
}
