import { formatMoney } from "./money.ts";

/** Turns text that a person typed into what the medium can show. */
export type ShowText = (text: string) => string;

/** What a view has to know of the medium that shows it: a PDF's fonts have no glyph for every character. */
export interface Medium {
  readonly show: ShowText;
  /** Whether a text of ours, such as an amount of money, is shown as it is. */
  readonly canShow: (text: string) => boolean;
}

/** A screen, whose system has a font for everything. */
export const SCREEN: Medium = { show: (text) => text, canShow: () => true };

export type WriteMoney = (minor: number) => string;

/** Writes amounts of one currency; where the medium lacks its sign, by its code. */
export function moneyWriter(currency: string, locale: string, { canShow }: Medium): WriteMoney {
  const display = canShow(formatMoney(0, currency, locale)) ? "symbol" : "code";
  return (minor) => formatMoney(minor, currency, locale, { display });
}
