import { INVOICE_LABELS, type InvoiceLabels } from "./invoice-labels.ts";

/** In which language and with which conventions a document to one buyer is written. */
export interface DocumentLocale {
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
  const isLabelled = isLanguage(locale.language);
  const text = isLabelled ? locale.baseName : ["en", region].filter(Boolean).join("-");
  return {
    labels: INVOICE_LABELS[isLanguage(locale.language) ? locale.language : "en"],
    text,
    numbers: WRITABLE_SCRIPTS.has(script) ? locale.baseName : text,
  };
}

function isLanguage(language: string): language is keyof typeof INVOICE_LABELS {
  return Object.hasOwn(INVOICE_LABELS, language);
}
