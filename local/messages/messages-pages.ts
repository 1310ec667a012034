import { Html, html } from "../mail/html.ts";
import { MAILBOX_STYLE } from "../mail/mailbox-style.ts";
import { type Failure, MAGIC_NUMBERS } from "./fates.ts";
import type { StoredMessage } from "./message-store.ts";

/** What the form offers. */
export const FAILURES = {
  throttled: { label: "are refused: too many requests (429)", failure: { status: 429, code: 20429 } },
  unavailable: { label: "get a server error (500)", failure: { status: 500, code: 20500 } },
  unauthorised: { label: "are refused: not authorised (401)", failure: { status: 401, code: 20003 } },
  lost: { label: "are sent, but the answer is lost", failure: "lost" },
  timeout: { label: "are not sent, and never answered", failure: "timeout" },
} as const satisfies Record<string, { readonly label: string; readonly failure: Failure }>;
export type FailureName = keyof typeof FAILURES;

export const MOST_FAILURES = 20;

const MESSAGES_STYLE = `
form.fail { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 1.5rem 0 0; color: var(--soft); }
form.fail button { margin: 0; }
input, select { padding: .35rem .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: var(--ink); font: inherit; }
input:focus-visible, select:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.list li { display: grid; grid-template-columns: 1fr auto; gap: .15rem 1rem; padding: .85rem 1.1rem; }
.words { grid-column: 1 / -1; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
`;

/** Every message that a function sent, and a form that makes the next ones fail. */
export function messagesPage(messages: readonly StoredMessage[], plannedFailures: number): string {
  const count = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const content =
    messages.length === 0
      ? html`<p class="empty">
          No message yet. Whatever a job sends by SMS or WhatsApp appears here; nothing leaves this machine.
        </p>`
      : html`<ol class="list">
          ${messages.toReversed().map(listItem)}
        </ol>`;
  return page(
    `Messages (${messages.length})`,
    html`<header>
        <p><a href="/">← Mailbox</a></p>
        <h1>Messages</h1>
        <p>${count} · <a href="/messages.json">JSON</a></p>
        ${failForm(plannedFailures)}
      </header>
      ${content} ${magicNumbers}`,
  );
}

function failForm(planned: number): Html {
  const options = Object.entries(FAILURES).map(([name, { label }]) => html`<option value="${name}">${label}</option>`);
  return html`<form class="fail" method="post" action="/messages/fail-next">
    <label for="times">The next</label>
    <input id="times" name="times" type="number" min="1" max="${MOST_FAILURES}" value="1" />
    <label for="failure">message(s)</label>
    <select id="failure" name="failure">
      ${options}
    </select>
    <button>Apply</button>
    <span>${planned === 0 ? "" : `${planned} still to fail`}</span>
  </form>`;
}

function listItem({
  channel,
  from,
  messagingServiceSid,
  to,
  body,
  status,
  errorCode,
  price,
  createdAt,
}: StoredMessage): Html {
  const chips = [channel === "sms" ? "SMS" : "WhatsApp", status];
  if (errorCode !== undefined) chips.push(`error ${errorCode}`);
  if (price !== undefined) chips.push(`${price.replace(/^-/, "")} USD`);
  return html`<li>
    <span class="subject">${from || messagingServiceSid || "?"} → ${to}</span>
    <time datetime="${createdAt.toISOString()}">${createdAt.toISOString().slice("2026-11-22T".length, -5)} UTC</time>
    <span class="words">${body}</span>
    <span class="chips">${chips.map((chip) => html`<span class="chip">${chip}</span>`)}</span>
  </li>`;
}

const magicNumbers = html`<details>
  <summary>Numbers that fail</summary>
  <table>
    ${MAGIC_NUMBERS.map(
      ([number, fate]) =>
        html`<tr>
          <th>${number}</th>
          <td>${fate}</td>
        </tr>`,
    )}
  </table>
</details>`;

function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="refresh" content="10" />
        <title>${title} · Backline</title>
        <style>
          ${new Html(MAILBOX_STYLE + MESSAGES_STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.markup;
}
