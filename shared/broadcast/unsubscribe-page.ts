import type { MailLanguage } from "../email/mail-locale.ts";
import { displayText } from "../email/display-text.ts";
import { escapeHtml } from "../email/escape-html.ts";
import { UNSUBSCRIBE_WORDS, type UnsubscribeWords } from "./unsubscribe-words.ts";

/** What a page tells: `asks` before anything was done, the others what has been. */
export type UnsubscribePageKind = "asks" | "left" | "isBack" | "notFound";

export interface UnsubscribePage {
  readonly kind: UnsubscribePageKind;
  readonly language: MailLanguage;
  /** The seller's name, and their colour. */
  readonly name: string;
  readonly accentColour: string;
}

/** The form's field, and what it says to come back; everything else means to leave. */
export const ACTION_FIELD = "action";
export const COME_BACK = "subscribe";

const STYLE = `
:root { color-scheme: light dark; --ink: #111827; --soft: #4b5563; --page: #f3f4f6; --card: #ffffff;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3f4f6; --soft: #aeb6c2; --page: #0b0f17; --card: #161c27; } }
body { margin: 0; padding: 3rem 1rem; background: var(--page); color: var(--ink); }
main { max-width: 30rem; margin: 0 auto; padding: 2rem; background: var(--card); border-top: 4px solid var(--accent); }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
button { padding: .7rem 1.2rem; border: 2px solid var(--ink); border-radius: .4rem; background: var(--ink); color: var(--card);
  font: inherit; font-weight: 600; cursor: pointer; }
button.second { background: none; color: var(--ink); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
`;

/** A page of its own: no scripts, nothing from elsewhere. Its form posts to the address at which it lies. */
export function unsubscribePage({ kind, language, name, accentColour }: UnsubscribePage): string {
  const words = UNSUBSCRIBE_WORDS[language];
  const shownName = displayText(name);
  const title = titleOf(kind, words, shownName);
  return [
    "<!doctype html>",
    `<html lang="${language}">`,
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}:root { --accent: ${accentColour}; }</style>`,
    "</head>",
    "<body>",
    "<main>",
    ...(shownName === "" ? [] : [`<p class="soft"><bdi>${escapeHtml(shownName)}</bdi></p>`]),
    `<h1>${escapeHtml(title)}</h1>`,
    ...contentOf(kind, words),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function titleOf(kind: UnsubscribePageKind, words: UnsubscribeWords, name: string): string {
  switch (kind) {
    case "asks":
      return words.ask(name);
    case "left":
      return words.left(name);
    case "isBack":
      return words.isBack(name);
    case "notFound":
      return words.notFound;
    default:
      return kind satisfies never;
  }
}

function contentOf(kind: UnsubscribePageKind, words: UnsubscribeWords): string[] {
  switch (kind) {
    case "asks":
    case "isBack":
      return [form("unsubscribe", words.leave, kind === "isBack"), soft(words.ordersStillCome)];
    case "left":
      return [soft(words.ordersStillCome), form(COME_BACK, words.comeBack, true)];
    case "notFound":
      return [soft(words.notFoundHelp)];
    default:
      return kind satisfies never;
  }
}

const soft = (text: string): string => `<p class="soft">${escapeHtml(text)}</p>`;

const form = (action: string, label: string, isSecond: boolean): string =>
  `<form method="post"><p><button${isSecond ? ' class="second"' : ""} name="${ACTION_FIELD}" value="${action}">` +
  `${escapeHtml(label)}</button></p></form>`;
