import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { MAIL_KINDS, type MailKind } from "../../shared/contracts/mail-kinds.ts";
import type { MailContext, RenderedMail } from "../../shared/email/mail-template.ts";
import { renderInvoiceMail } from "../../shared/email/render-invoice-mail.tsx";
import { renderMail } from "../../shared/email/render-mail.tsx";
import { galleryIndex } from "./gallery-index.ts";
import { photograph } from "./photograph.ts";
import { samplePng } from "./sample-image.ts";
import { mailSamples, SAMPLE_IMAGES, sampleContext, sampleInvoice, sampleSeller } from "./samples.ts";

export interface GalleryOptions {
  readonly folder: string;
  /** Language of the mails to customers, BCP 47. */
  readonly locale: string;
  readonly withPng: boolean;
}

export interface GalleryMail extends RenderedMail {
  /** A `MailKind`, or `invoice`. */
  readonly kind: string;
}

/** What the gallery shows beyond the samples: a file by link, and the way out of an audience. */
const EXTRAS: { readonly [Kind in MailKind]?: Partial<MailContext> } = {
  marketing: { unsubscribeUrl: "https://api.studio.example.com/unsubscribe/sample" },
  product_announcement: { unsubscribeUrl: "https://api.studio.example.com/unsubscribe/sample" },
  report: {
    files: [
      {
        filename: "analytics-2026-47.csv",
        url: "https://api.studio.example.com/files/sample",
        sizeBytes: 8_200_000,
        until: "2026-11-29",
      },
    ],
  },
};

/** Writes each kind of mail as HTML and text, if wanted as pictures, and an index of all. Replaces what was there. */
export async function writeGallery({ folder, locale, withPng }: GalleryOptions): Promise<readonly GalleryMail[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const mails = await galleryMails(locale);
  for (const { kind, html, text } of mails) {
    await writeFile(path.join(folder, `${kind}.html`), withPictures(html));
    await writeFile(path.join(folder, `${kind}.txt`), text);
  }
  await writeFile(path.join(folder, "index.html"), galleryIndex(mails, withPng));
  if (withPng)
    await photograph(
      mails.map(({ kind }) => kind),
      folder,
    );
  return mails;
}

async function galleryMails(locale: string): Promise<GalleryMail[]> {
  const ofKinds = MAIL_KINDS.map((kind) => galleryMail(kind, locale));
  const invoice = renderInvoiceMail({ invoice: sampleInvoice(locale), seller: sampleSeller, images: SAMPLE_IMAGES });
  return [{ kind: "invoice", ...(await invoice) }, ...(await Promise.all(ofKinds))];
}

async function galleryMail(kind: MailKind, locale: string): Promise<GalleryMail> {
  return { kind, ...(await renderMail(kind, mailSamples[kind], sampleContext(locale, EXTRAS[kind]))) };
}

const PICTURES: Readonly<Record<string, Buffer>> = {
  "logo@sample": samplePng({ width: 360, height: 80, from: [15, 118, 110], to: [20, 184, 166] }),
  "vase@sample": samplePng({ width: 520, height: 520, from: [214, 226, 214], to: [120, 155, 130] }),
  "catalogue@sample": samplePng({ width: 300, height: 400, from: [240, 220, 190], to: [180, 120, 80] }),
  "kiln@sample": samplePng({ width: 1040, height: 520, from: [60, 20, 20], to: [230, 120, 40] }),
};

/** A browser knows no content ids: the pictures are put in place. */
function withPictures(html: string): string {
  return html.replaceAll(/cid:([a-z]+@sample)/g, (whole, id: string) => {
    const picture = PICTURES[id];
    return picture === undefined ? whole : `data:image/png;base64,${picture.toString("base64")}`;
  });
}
