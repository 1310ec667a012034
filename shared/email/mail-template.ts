import type { ReactElement } from "react";

import type { MailData, MailKind } from "../contracts/mail-kinds.ts";
import type { SellerSettings } from "../contracts/seller.ts";
import type { GiftCard } from "../records/gift-card.ts";
import type { Order } from "../records/order.ts";

/** What a template needs besides what was enqueued: read from the records by whoever sends it. */
interface MailRecords {
  readonly order_confirmation: { readonly order: Order };
  readonly shipping_notification: { readonly order: Order };
  readonly status_update: { readonly order: Order };
  readonly gift_card: { readonly card: GiftCard };
}

/** What a kind's template is given: its data, with the records that it names. */
export type TemplateData<Kind extends MailKind> = MailData<Kind> &
  (Kind extends keyof MailRecords ? MailRecords[Kind] : unknown);

/** A file that was too large to be attached. */
export interface FileLink {
  readonly filename: string;
  readonly url: string;
  readonly sizeBytes: number;
  /** The link's last day, `YYYY-MM-DD`. */
  readonly until: string;
}

/** What is the same for all mails of one seller to one reader. Texts in it are made fit to be shown by `renderMail`. */
export interface MailContext {
  readonly settings: SellerSettings;
  /** BCP 47: of the reader where it is known, else the seller's. */
  readonly locale: string;
  /** Content ids of the images that go with the mail, by their key in the `assets` bucket. Others are left out. */
  readonly images: ReadonlyMap<string, string>;
  /** Files to be fetched by a link; the layout lists them. */
  readonly files?: readonly FileLink[];
  /** Where the reader leaves the audience; in mails to one. */
  readonly unsubscribeUrl?: string;
}

/** What a template makes of its data; HTML and text are two renderings of the same body. */
export interface MailContent {
  readonly subject: string;
  /** What an inbox shows behind the subject. */
  readonly preview: string;
  /** Language of the words, BCP 47. */
  readonly language: string;
  /** Of the components in `mail-components.tsx` only: the text part is made of them, too. */
  readonly body: ReactElement;
}

/** A mail that is written, ready for `composeMail`. */
export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** One kind of mail. */
export interface MailTemplate<Kind extends MailKind> {
  /** Who reads it: a customer is told where to ask, the owner is not sent to themselves. */
  readonly audience: "customer" | "owner";
  /** Keys of the images that it would show, in the `assets` bucket; the logo is everybody's. */
  readonly images?: (data: TemplateData<Kind>) => readonly string[];
  readonly content: (data: TemplateData<Kind>, context: MailContext) => MailContent;
}
