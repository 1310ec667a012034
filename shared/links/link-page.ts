import { escapeHtml } from "../email/escape-html.ts";

/** What a page says, and what can be done there. */
export interface LinkPage {
  /** BCP 47; English by default. */
  readonly language?: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** A button that sends a POST to the page's own address. */
  readonly button?: string;
}

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 12vh 24px; font: 17px/1.5 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  background: #f3f4f6; color: #111827; }
main { max-width: 480px; margin: 0 auto; overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 16px; }
button { font: inherit; padding: 10px 20px; border: 0; border-radius: 6px; background: #111827; color: #fff; cursor: pointer; }
@media (prefers-color-scheme: dark) {
  body { background: #0b0f17; color: #f3f4f6; }
  button { background: #f3f4f6; color: #111827; }
}`;

/** The page behind a link of a mail: a few words, without scripts, images or anything from elsewhere. */
export function linkPage({ language = "en", title, paragraphs, button }: LinkPage): string {
  return [
    "<!doctype html>",
    `<html lang="${escaped(language)}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${STYLE}</style></head>`,
    `<body><main><h1>${escaped(title)}</h1>`,
    ...paragraphs.map((paragraph) => `<p>${escaped(paragraph)}</p>`),
    ...(button === undefined ? [] : [`<form method="post"><button type="submit">${escaped(button)}</button></form>`]),
    "</main></body></html>",
    "",
  ].join("\n");
}

const escaped = (text: string): string => escapeHtml(text.toWellFormed());
