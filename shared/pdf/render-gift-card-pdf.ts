import { type GiftCardInput, giftCardView } from "../billing/gift-card-view.ts";
import { giftCardDocument } from "./gift-card-document.ts";
import { printPdf } from "./pdf-printer.ts";
import type { RenderedPdf } from "./render-invoice-pdf.ts";
import { type LogoFile, readLogo } from "./seller-logo.ts";
import { typeset } from "./typeset.ts";

export interface PdfGiftCardInput extends GiftCardInput {
  /** Stands in place of the seller's name. One that cannot be drawn is left out: `logoProblem` says why. */
  readonly logo?: LogoFile | undefined;
}

/**
 * A gift card as PDF, A4, in the language of the card.
 *
 * The same input gives the same bytes. The code stands there as text and as a QR code of the code alone: a link would carry
 * the money's key into the logs of whatever opens it. Nothing that was typed disappears, as in `renderInvoicePdf`. Reads no
 * file and no URL.
 */
export async function renderGiftCardPdf({ card, settings, logo }: PdfGiftCardInput): Promise<RenderedPdf> {
  const { view, typefaces, replacedCharacters } = await typeset((medium) => giftCardView({ card, settings }, medium));
  const { logo: sellerLogo, problem } = readLogo(logo);
  const definition = giftCardDocument(view, {
    issuedOn: card.issuedOn,
    accentColour: settings.accentColour,
    logo: sellerLogo,
    hasUnprintable: replacedCharacters > 0,
  });
  const pdf = await printPdf(definition, typefaces);
  return { pdf, replacedCharacters, ...(problem !== undefined && { logoProblem: problem }) };
}
