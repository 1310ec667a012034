import { mailLocale, type MailLanguage } from "../email/mail-locale.ts";
import type { HttpAnswer, HttpRequest } from "../lambda/http-function.ts";
import type { Clock } from "../ports/clock.ts";
import type { Links } from "../ports/links.ts";
import type { Log } from "../ports/log.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { SettingsReader } from "../records/settings-cache.ts";
import type { RecipientOfBroadcast } from "./recipient-results.ts";
import { isUnsubscribed, readUnsubscribeToken, subscribeAgain, unsubscribe } from "./unsubscribe.ts";
import { ACTION_FIELD, COME_BACK, unsubscribePage, type UnsubscribePageKind } from "./unsubscribe-page.ts";
import { UNSUBSCRIBE_WORDS } from "./unsubscribe-words.ts";

export interface UnsubscribePorts {
  readonly links: Pick<Links, "verify">;
  readonly records: RecordStore;
  readonly settings: SettingsReader;
  readonly clock: Clock;
  readonly log: Log;
}

type Request = Pick<HttpRequest, "method" | "headers" | "parameters" | "body">;

/**
 * `GET` and `POST /unsubscribe/{token}`. A `GET` only shows a page with a button: mail scanners follow every link. A `POST`
 * unsubscribes, whether the button sent it or a mail program (RFC 8058: `List-Unsubscribe=One-Click`), unless the form says
 * that the reader comes back. All of it may be done at any time, as often as anybody likes. A token that we have not signed
 * changes nothing.
 */
export async function answerUnsubscribe(ports: UnsubscribePorts, request: Request): Promise<HttpAnswer> {
  const recipient = await readUnsubscribeToken(ports.links, request.parameters["token"] ?? "");
  if (recipient === undefined) return answer(ports, request, "notFound");
  return answer(ports, request, await act(ports, request, recipient));
}

async function act(
  { records, clock }: UnsubscribePorts,
  { method, body }: Request,
  recipient: RecipientOfBroadcast,
): Promise<UnsubscribePageKind> {
  if (method !== "POST") return (await isUnsubscribed(records, recipient)) ? "left" : "asks";
  const at = new Date(clock.now()).toISOString();
  if (new URLSearchParams(body.toString("utf8")).get(ACTION_FIELD) === COME_BACK) {
    await subscribeAgain(records, recipient, at);
    return "isBack";
  }
  await unsubscribe(records, recipient, at);
  return "left";
}

async function answer(
  { settings, log }: UnsubscribePorts,
  { headers }: Request,
  kind: UnsubscribePageKind,
): Promise<HttpAnswer> {
  const seller = await settings.read().catch((error: unknown) => {
    log.error("The settings cannot be read; the unsubscribe page goes without the seller's name.", error);
    return undefined;
  });
  const language = languageOf(headers["accept-language"], seller?.locale ?? "en");
  const { name = "…", accentColour = "#1D4ED8" } = seller ?? {};
  return { status: kind === "notFound" ? 404 : 200, html: unsubscribePage({ kind, language, name, accentColour }) };
}

/** The first of the reader's languages that we write, else the seller's. */
function languageOf(accepted: string | undefined, sellerLocale: string): MailLanguage {
  const wanted = (accepted ?? "")
    .split(",")
    .map((range) => range.split(/[;-]/)[0]?.trim().toLowerCase() ?? "")
    .find(isMailLanguage);
  return wanted ?? mailLocale(sellerLocale).language;
}

const isMailLanguage = (language: string): language is MailLanguage => Object.hasOwn(UNSUBSCRIBE_WORDS, language);
