import { escapeHtml } from "../../shared/email/escape-html.ts";

/** Markup that needs no more escaping. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Inserted = string | number | Html | readonly Html[];

/** Template tag that escapes whatever is put in, unless it is markup already. */
export function html(strings: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  return new Html(strings.reduce((text, part, index) => text + asMarkup(values[index - 1] ?? "") + part));
}

function asMarkup(value: Inserted): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(({ markup }) => markup).join("");
  return escapeHtml(String(value));
}
