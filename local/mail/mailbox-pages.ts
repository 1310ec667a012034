import type { Attachment, Email } from "postal-mime";

import { Html, html } from "./html.ts";
import type { Mail } from "./mail-store.ts";
import { MAILBOX_STYLE } from "./mailbox-style.ts";

/** A stored mail and its parsed message. */
export interface OpenedMail {
  readonly mail: Mail;
  readonly message: Email;
}

export const mailPath = ({ messageId }: Mail): string => `/mails/${encodeURIComponent(messageId)}`;

export interface ListOptions {
  /** Of all mails; the newest of them are listed. */
  readonly total: number;
  /** Whether there is a button that pays an example order. */
  readonly hasExample: boolean;
  /** How many times more the page refreshes after a second; at 0 it does every five. */
  readonly soon: number;
}

export function listPage(mails: readonly OpenedMail[], { total, hasExample, soon }: ListOptions): string {
  const content =
    mails.length === 0
      ? html`<p class="empty">
          No mail yet. Whatever a job sends appears here by itself; nothing leaves this machine.
        </p>`
      : html`<ol class="list">
          ${mails.toReversed().map(listItem)}
        </ol>`;
  const count = total === 1 ? "1 mail" : `${total} mails`;
  const left = total > mails.length ? `, the newest ${mails.length} are listed` : "";
  return page({
    title: `Mailbox (${total})`,
    head: html`<meta http-equiv="refresh" content="${refresh(soon)}" />`,
    body: html`<header>
        <h1>Mailbox</h1>
        <p>${count}${left} · <a href="/mails.json">JSON</a> · <a href="/messages">WhatsApp and SMS</a></p>
        ${hasExample ? exampleButton : html``}
      </header>
      ${content}`,
  });
}

/** The count lies in the address: the page has no scripts. */
function refresh(soon: number): string {
  if (soon === 0) return "5";
  return soon === 1 ? "1;url=/" : `1;url=/?soon=${soon - 1}`;
}

const exampleButton = html`<form method="post" action="/example-order">
  <button>Pay an example order</button>
</form>`;

function listItem({ mail, message }: OpenedMail): Html {
  const files = message.attachments
    .filter((attachment) => !isInline(attachment))
    .map(({ filename }) => html`<span class="chip">${filename ?? "unnamed"}</span>`);
  return html`<li>
    <a href="${mailPath(mail)}">
      <span class="subject">${mail.subject || "(no subject)"}</span>
      <time datetime="${mail.at.toISOString()}">${clock(mail.at)}</time>
      <span class="who">to ${mail.to.join(", ")}</span>
      ${chipRow([...files, ...listedTags(mail)])}
    </a>
  </li>`;
}

const chipRow = (chips: readonly Html[]): Html =>
  chips.length === 0 ? html`` : html`<span class="chips">${chips}</span>`;

/** What tells mails apart; all tags are on the mail's own page. */
function listedTags({ tags }: Mail): Html[] {
  const { backline_job: job, backline_kind: kind, backline_broadcast: broadcast } = tags;
  const told = [kind, job, broadcast === "none" ? undefined : broadcast];
  return told.flatMap((value) => (value === undefined ? [] : [html`<span class="chip tag">${value}</span>`]));
}

/** A picture of the HTML part. */
const isInline = ({ disposition }: Attachment): boolean => disposition === "inline";

const tagChips = ({ tags }: Mail): Html[] =>
  Object.entries(tags).map(([name, value]) => html`<span class="chip tag">${name}=${value}</span>`);

export function mailPage({ mail, message }: OpenedMail): string {
  const path = mailPath(mail);
  return page({
    title: mail.subject || "(no subject)",
    head: html``,
    body: html`<header>
        <p><a href="/">← Mailbox</a></p>
        <h1>${mail.subject || "(no subject)"}</h1>
      </header>
      ${facts(mail, message)} ${attachmentList(path, message.attachments)} ${preview(path, message)}
      <details>
        <summary>Headers</summary>
        ${headerTable(message)}
      </details>
      <p class="links">
        <a href="${path}/raw">Raw message</a> · <a href="${path}/raw.eml" download>Download .eml</a>
      </p>`,
  });
}

function facts(mail: Mail, message: Email): Html {
  const rows: (readonly [string, string])[] = [
    ["From", message.from?.name ? `${message.from.name} <${mail.from}>` : mail.from],
    ["To", mail.to.join(", ")],
    ["Sent", `${dateAndClock(mail.at)} by ${mail.functionName ?? "a program outside"}`],
    ["SES id", mail.messageId],
    ["Configuration set", mail.configurationSet ?? "none: SES would report nothing of this mail"],
  ];
  const chips = tagChips(mail);
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
    <dt>Tags</dt>
    <dd class="chips">${chips.length === 0 ? html`none` : chips}</dd>
  </dl>`;
}

function attachmentList(path: string, attachments: readonly Attachment[]): Html {
  if (attachments.length === 0) return html``;
  const items = attachments.map(
    (attachment, index) =>
      html`<li>
        <a href="${path}/attachments/${index}" download>${attachment.filename ?? "unnamed"}</a>
        <small>${attachment.mimeType}, ${kilobytes(attachment)}${isInline(attachment) ? ", in the text" : ""}</small>
      </li>`,
  );
  return html`<h2>Attachments</h2>
    <ul class="files">
      ${items}
    </ul>`;
}

/** The HTML part in a frame that may run nothing and load nothing; see the response's policy for the other half. */
function preview(path: string, { html: body, text }: Email): Html {
  const rich =
    body === undefined
      ? html``
      : html`<h2>HTML</h2>
          <iframe sandbox="" src="${path}/html" title="HTML part"></iframe>`;
  const plain =
    text === undefined
      ? html``
      : html`<h2>Text</h2>
          <pre>${text}</pre>`;
  return html`${rich}${plain}`;
}

function headerTable({ headers }: Email): Html {
  return html`<table>
    ${headers.map(
      ({ originalKey, value }) =>
        html`<tr>
          <th>${originalKey}</th>
          <td>${value}</td>
        </tr>`,
    )}
  </table>`;
}

function page({ title, head, body }: { readonly title: string; readonly head: Html; readonly body: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Backline</title>
        ${head}
        <style>
          ${new Html(MAILBOX_STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

/** Local time, its zone said; Swedish for its order, which is ISO's. */
const LOCAL_TIME = new Intl.DateTimeFormat("sv-SE", {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

const dateAndClock = (at: Date): string => LOCAL_TIME.format(at);

const clock = (at: Date): string => dateAndClock(at).slice("2026-11-22 ".length);

const kilobytes = (attachment: Attachment): string => `${Math.ceil(attachmentBytes(attachment).length / 1024)} KB`;

export function attachmentBytes({ content }: Attachment): Buffer {
  if (typeof content === "string") return Buffer.from(content);
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
}
