import type { IncomingMessage, ServerResponse } from "node:http";

import type { Email } from "postal-mime";

import { decodePathPart, type RequestHandler } from "../listener.ts";
import { type Mail, type MailStore, parseMime } from "./mail-store.ts";
import { attachmentBytes, listPage, mailPage, mailPath, type OpenedMail } from "./mailbox-pages.ts";

/** Mails shown in the list and in the JSON; older ones are still found by their address. */
const MOST_LISTED = 200;

/** Pages of our own: styles inline, nothing else but the frame of a mail's HTML part. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'self'";
/** A mail's HTML is foreign: no scripts, no forms, no requests, an origin of its own. */
const FOREIGN_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:";

/** How many times the list refreshes after one second, once the button was pressed: for longer than a mail takes. */
const SOON_AFTER_PAYMENT = 10;

/**
 * The mailbox: every mail that a function sent, for a person to look at.
 *
 * @param payExample what the list's button does; without it there is none.
 */
export function createMailbox(mails: MailStore, payExample?: () => Promise<void>): RequestHandler {
  return async (request, response, url) => {
    const [section, id = "", ...rest] = url.pathname.split("/").slice(1).map(decodePathPart);
    if (section === "example-order" && payExample !== undefined) {
      if (!isOwnPost(request, url)) return answer(response, { status: 403, text: "Use the mailbox's button.\n" });
      await payExample();
      response.writeHead(303, { location: `/?soon=${SOON_AFTER_PAYMENT}` }).end();
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD")
      return answer(response, { status: 405, text: "Only GET.\n" });
    if (url.pathname === "/") {
      const options = { total: mails.all().length, hasExample: payExample !== undefined, soon: soonOf(url) };
      return answer(response, { html: listPage(await openAll(mails), options) });
    }
    if (section === "mails.json") return answer(response, { json: (await openAll(mails)).map(asJson) });
    const mail = section === "mails" ? mails.find(id) : undefined;
    if (mail === undefined) return answer(response, { status: 404, text: "There is no such page or mail.\n" });
    return showMail(response, mail, rest);
  };
}

/** Only the mailbox's own button may: a page elsewhere can make a browser post here, but not under this origin. */
function isOwnPost({ method, headers }: IncomingMessage, { origin }: URL): boolean {
  return method === "POST" && headers.origin === origin;
}

/** How many times more the list asks after a second; 0 is its usual pace. */
function soonOf({ searchParams }: URL): number {
  const soon = Number(searchParams.get("soon"));
  return Number.isInteger(soon) && soon > 0 && soon <= SOON_AFTER_PAYMENT ? soon : 0;
}

async function openAll(mails: MailStore): Promise<OpenedMail[]> {
  return Promise.all(mails.all().slice(-MOST_LISTED).map(open));
}

const open = async (mail: Mail): Promise<OpenedMail> => ({ mail, message: await parseMime(mail.raw) });

async function showMail(response: ServerResponse, mail: Mail, [part, index]: readonly string[]): Promise<void> {
  const opened = await open(mail);
  switch (part) {
    case undefined:
      return answer(response, { html: mailPage(opened) });
    case "html":
      return answer(response, { html: withInlineImages(opened.message), policy: FOREIGN_POLICY });
    case "raw":
      return answer(response, { text: mail.raw.toString() });
    case "raw.eml":
      return answer(response, { file: { name: `${mail.messageId}.eml`, content: mail.raw } });
    case "attachments":
      return sendAttachment(response, opened.message, Number(index));
    default:
      return answer(response, { status: 404, text: "This mail has no such part.\n" });
  }
}

function sendAttachment(response: ServerResponse, { attachments }: Email, index: number): void {
  const attachment = attachments[index];
  if (attachment === undefined) return answer(response, { status: 404, text: "This mail has no such attachment.\n" });
  answer(response, { file: { name: attachment.filename ?? "unnamed", content: attachmentBytes(attachment) } });
}

/** `cid:` images become part of the page: its policy lets it load nothing. */
function withInlineImages({ html = "", attachments }: Email): string {
  return attachments.reduce((page, attachment) => {
    const id = attachment.contentId?.replaceAll(/^<|>$/g, "");
    if (id === undefined || id === "") return page;
    const data = attachmentBytes(attachment).toString("base64");
    return page.replaceAll(`cid:${id}`, `data:${attachment.mimeType};base64,${data}`);
  }, html);
}

function asJson({ mail, message }: OpenedMail): object {
  const { raw, at, ...others } = mail;
  return {
    ...others,
    at: at.toISOString(),
    sizeBytes: raw.length,
    path: mailPath(mail),
    attachments: message.attachments.map((attachment) => ({
      filename: attachment.filename,
      mimeType: attachment.mimeType,
      sizeBytes: attachmentBytes(attachment).length,
    })),
  };
}

interface Answer {
  readonly status?: number;
  readonly html?: string;
  readonly policy?: string;
  readonly text?: string;
  readonly json?: unknown;
  readonly file?: { readonly name: string; readonly content: Buffer };
}

function answer(
  response: ServerResponse,
  { status = 200, html, policy = PAGE_POLICY, text, json, file }: Answer,
): void {
  const type = html !== undefined ? "text/html" : json !== undefined ? "application/json" : "text/plain";
  response.writeHead(status, {
    "content-type": file === undefined ? `${type}; charset=utf-8` : "application/octet-stream",
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    // Not `no-referrer`: the button's post would come from the origin "null", as one from anywhere might.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    ...(file === undefined
      ? {}
      : { "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}` }),
  });
  response.end(file?.content ?? html ?? (json === undefined ? text : JSON.stringify(json)));
}
