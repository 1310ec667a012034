import type { SellerSettings } from "../contracts/seller.ts";
import type { DocumentLocale } from "./document-locale.ts";
import type { ShowText } from "./medium.ts";
import { postalLines } from "./postal-lines.ts";

export interface PartyView {
  readonly name: string;
  readonly address: readonly string[];
  /** VAT id, register number, IBAN: label and value in one. */
  readonly details: readonly string[];
}

export interface SellerView extends PartyView {
  readonly supportEmail: string;
  readonly website: string | undefined;
  readonly footerText: string | undefined;
}

/** The seller as a document names itself, in the reader's language. */
export function sellerView(seller: SellerSettings, { labels, text }: DocumentLocale, show: ShowText): SellerView {
  const details = [
    seller.vatId && `${labels.vatId} ${seller.vatId}`,
    seller.registrationNumber && `${labels.registration} ${seller.registrationNumber}`,
    seller.iban && `IBAN ${inGroupsOfFour(seller.iban)}`,
  ];
  return {
    name: show(seller.name),
    address: postalLines(seller.address, text).map(show),
    details: details.filter((detail) => detail !== undefined).map(show),
    supportEmail: show(seller.email.support),
    website: seller.website === undefined ? undefined : show(new URL(seller.website).host),
    footerText: seller.invoice.footerText && show(seller.invoice.footerText),
  };
}

/** How an IBAN is printed: ISO 13616. */
function inGroupsOfFour(iban: string): string {
  return iban.replaceAll(/(.{4})(?=.)/g, "$1 ");
}
