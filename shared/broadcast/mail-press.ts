import { displayText } from "../email/display-text.ts";
import { escapeHtml } from "../email/escape-html.ts";
import type { RenderedMail } from "../email/render-invoice-mail.tsx";

/** What of a broadcast's mail is the reader's own. */
export interface Reader {
  readonly name: string | undefined;
  readonly locale: string;
  readonly unsubscribeUrl: string;
}

/** Private-use characters: nobody types them, and no renderer changes them. */
const NAME = "\uE0F0name\uE0F1";
const UNSUBSCRIBE_URL = "https://unsubscribe.invalid/link";
const PLACES = new RegExp(`${NAME}|${UNSUBSCRIBE_URL.replaceAll(".", "\\.")}`, "g");

/**
 * Renders a broadcast's mail once for each language, with and without a name, and puts the reader's own name and link into
 * it: React takes some ten times as long as everything else that a mail needs.
 */
export class MailPress {
  readonly #rendered = new Map<string, Promise<RenderedMail>>();
  readonly #render: (reader: Reader) => Promise<RenderedMail>;

  constructor(render: (reader: Reader) => Promise<RenderedMail>) {
    this.#render = render;
  }

  async print({ name, locale, unsubscribeUrl }: Reader): Promise<RenderedMail> {
    const { subject, html, text } = await this.#template(locale, name !== undefined);
    const shown = displayText(name ?? "");
    const fill = (template: string, asWritten: (words: string) => string): string =>
      template.replaceAll(PLACES, (place) => asWritten(place === NAME ? shown : unsubscribeUrl));
    const asIs = (words: string) => words;
    return { subject: fill(subject, asIs), html: fill(html, escapeHtml), text: fill(text, asIs) };
  }

  #template(locale: string, hasName: boolean): Promise<RenderedMail> {
    const key = `${locale} ${hasName}`;
    const template =
      this.#rendered.get(key) ??
      this.#render({ name: hasName ? NAME : undefined, locale, unsubscribeUrl: UNSUBSCRIBE_URL });
    this.#rendered.set(key, template);
    return template;
  }
}
