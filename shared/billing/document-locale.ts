import { INVOICE_LABELS, type InvoiceLabels } from "./invoice-labels.ts";

/** A language that documents are written in. */
export type DocumentLanguage = keyof typeof INVOICE_LABELS;

/** In which language and with which conventions a document to one buyer is written. */
export interface DocumentLocale {
  readonly language: DocumentLanguage;
  readonly labels: InvoiceLabels;
  /** Locale of words, dates and names of countries: always in the labels' language. */
  readonly text: string;
  /** Locale of numbers and money: the buyer's own where it writes them in a script that our documents can show. */
  readonly numbers: string;
}

/** Scripts that the invoice's font covers; a yen sign from a Japanese locale is another character than ours. */
const WRITABLE_SCRIPTS: ReadonlySet<string | undefined> = new Set(["Latn", "Cyrl", "Grek"]);

/**
 * The document locale for a buyer's BCP 47 tag.
 *
 * A language that we have no labels for reads English with its own region's habits (`sv-SE` gets `en-SE`), so that a
 * document is never half in one language and half in another; its numbers stay Swedish.
 */
export function documentLocale(tag: string): DocumentLocale {
  const locale = new Intl.Locale(tag);
  const { script, region } = locale.maximize();
  const language = isLanguage(locale.language) ? locale.language : undefined;
  const text = language === undefined ? ["en", region].filter(Boolean).join("-") : locale.baseName;
  return {
    language: language ?? "en",
    labels: INVOICE_LABELS[language ?? "en"],
    text,
    numbers: WRITABLE_SCRIPTS.has(script) ? locale.baseName : text,
  };
}

function isLanguage(language: string): language is DocumentLanguage {
  return Object.hasOwn(INVOICE_LABELS, language);
}
