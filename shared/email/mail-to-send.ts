import type { SellerSettings } from "../contracts/seller.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { MailAttachment } from "./compose-mail.ts";
import type { Mailbox } from "./mailbox.ts";
import type { FileLink, RenderedMail } from "./mail-template.ts";

/** A mail to one person, with all that belongs to it. */
export interface MailToSend {
  /** Of which kind it is, for the statistics: a `MailKind`, or `invoice`. */
  readonly kind: string;
  readonly to: Mailbox;
  /** Writes it; called again with links where files are too large to be attached. */
  readonly render: (files: readonly FileLink[]) => Promise<RenderedMail>;
  readonly settings: SellerSettings;
  /** Which of the settings' senders; `from` by default, and where the settings name no such sender. */
  readonly sender?: "billing" | "marketing" | "system";
  /** Files, and the images that the HTML shows. Over 7 MB in all, the largest that are `stored` become links. */
  readonly attachments?: readonly MailAttachment[];
  /** Of a mail to an audience: its broadcast, and where the reader leaves it (RFC 8058). */
  readonly broadcast?: { readonly id: string; readonly unsubscribeUrl: string };
}

/** What sending takes of a handler's services, all that `needs.email` allows. */
export type MailServices = Pick<Services, "mailer" | "mailPace" | "records" | "links" | "clock">;

/** Whose name and address the mail comes from. */
export function senderOf({
  settings,
  sender,
}: Pick<MailToSend, "settings" | "sender">): SellerSettings["email"]["from"] {
  const { from, senders } = settings.email;
  return (sender && senders[sender]) ?? from;
}
