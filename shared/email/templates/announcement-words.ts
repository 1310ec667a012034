import type { ByLanguage } from "../mail-locale.ts";

/** The one label of a product announcement that the sender does not write. */
export const ANNOUNCEMENT_WORDS: ByLanguage<{ readonly see: string }> = {
  en: { see: "See it" },
  de: { see: "Ansehen" },
  fr: { see: "Découvrir" },
  es: { see: "Ver" },
  it: { see: "Scopri" },
  nl: { see: "Bekijken" },
};
