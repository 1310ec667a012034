import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { readBody } from "../listener.ts";
import { type Failure, type PlannedFailures, type Refusal, refusalOf } from "./fates.ts";
import type { MessageStore, StoredMessage } from "./message-store.ts";
import type { TwilioAccount } from "./status-callbacks.ts";
import { answerError, answerJson, messageList, messageResource } from "./twilio-answers.ts";

const LARGEST_BODY_BYTES = 64 * 1024;
const LONGEST_BODY = 1600;
const MOST_LISTED = 1000;
const RESOURCE = /^\/2010-04-01\/Accounts\/([A-Za-z0-9]+)\/Messages(?:\/([A-Z]{2}[0-9a-f]{32}))?\.json$/;

export interface TwilioRestOptions {
  readonly store: MessageStore;
  readonly failures: PlannedFailures;
  readonly credentials: () => TwilioAccount;
  /** Hears of each message that was taken. */
  readonly onTaken: (message: StoredMessage) => void;
}

/** Twilio's REST API, as far as messages need it: create, fetch, list. `path` begins behind the stand-in's own. */
export async function answerTwilioRest(
  options: TwilioRestOptions,
  { request, response, path, query }: RestCall,
): Promise<void> {
  const account = options.credentials();
  const [, accountSid, sid] = RESOURCE.exec(path) ?? [];
  if (!isAuthorised(request, account)) return answerError(response, 401, 20003, "Authenticate");
  if (accountSid !== account.accountSid) return answerError(response, 404, 20404, "The resource was not found");
  if (sid !== undefined && request.method === "GET") return fetchMessage(options, response, sid);
  if (sid === undefined && request.method === "GET") return listMessages(options, response, query);
  if (sid === undefined && request.method === "POST") return createMessage(options, request, response);
  return answerError(response, 405, 20004, "Method not allowed");
}

export interface RestCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
}

function isAuthorised({ headers }: IncomingMessage, { accountSid, authToken }: TwilioAccount): boolean {
  const expected = Buffer.from(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`);
  const given = Buffer.from(headers.authorization ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function fetchMessage({ store, credentials }: TwilioRestOptions, response: ServerResponse, sid: string): void {
  const message = store.find(sid);
  if (message === undefined) return answerError(response, 404, 20404, `The resource ${sid} was not found`);
  answerJson(response, 200, messageResource(message, credentials().accountSid));
}

function listMessages(
  { store, credentials }: TwilioRestOptions,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const { accountSid } = credentials();
  const to = query.get("To");
  const from = query.get("From");
  const pageSize = Math.min(Number(query.get("PageSize") ?? 50), MOST_LISTED);
  const found = store
    .all()
    .filter((message) => to === null || addressOf(message.channel, message.to) === to)
    .filter((message) => from === null || addressOf(message.channel, message.from) === from)
    .toReversed();
  const resources = found.map((message) => messageResource(message, accountSid));
  answerJson(response, 200, messageList(resources, pageSize));
}

async function createMessage(
  options: TwilioRestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, LARGEST_BODY_BYTES);
  if (body === undefined) return answerError(response, 413, 20013, "The request is too large");
  const message = readMessage(new URLSearchParams(body.toString("utf8")));
  if ("code" in message) return refuse(response, message);
  const refusal = refusalOf(message.from, message.to);
  if (refusal !== undefined) return refuse(response, refusal);
  take(options, response, message, options.failures.take());
}

const refuse = (response: ServerResponse, { status, code, message }: Refusal): void =>
  answerError(response, status, code, message);

function take(
  { store, credentials, onTaken }: TwilioRestOptions,
  response: ServerResponse,
  message: StoredMessage,
  failure: Failure | undefined,
): void {
  if (failure === "timeout") return; // no answer ever: the connection ends when the client gives up
  if (typeof failure === "object") return answerError(response, failure.status, failure.code, "It was told to fail");
  store.add(message);
  onTaken(message);
  if (failure === "lost") response.destroy();
  else answerJson(response, 201, messageResource(message, credentials().accountSid));
}

const invalid = (code: number, message: string): Refusal => ({ status: 400, code, message });

/** The form as a message, or what Twilio would say is wrong with it. */
function readMessage(form: URLSearchParams): StoredMessage | Refusal {
  const to = form.get("To") ?? "";
  const from = form.get("From") ?? "";
  const messagingServiceSid = form.get("MessagingServiceSid");
  const statusCallback = form.get("StatusCallback");
  const contentSid = form.get("ContentSid");
  const variables = form.get("ContentVariables") ?? "{}";
  const body = contentSid === null ? (form.get("Body") ?? "") : filledTemplate(contentSid, variables);
  if (to === "") return invalid(21604, "A 'To' phone number is required.");
  if (from === "" && messagingServiceSid === null) return invalid(21603, "A 'From' phone number is required.");
  if (body === undefined) return invalid(21656, "The ContentVariables Parameter is invalid.");
  if (body === "") return invalid(21602, "Message body is required.");
  if (body.length > LONGEST_BODY)
    return invalid(21617, "The concatenated message body exceeds the 1600 character limit.");
  if (statusCallback !== null && !URL.canParse(statusCallback)) return invalid(21609, "Invalid 'StatusCallback' URL.");
  if (messagingServiceSid === null && channelOf(from) !== channelOf(to))
    return invalid(21910, "Invalid From and To pair.");
  return {
    sid: `SM${randomBytes(16).toString("hex")}`,
    channel: channelOf(to),
    from: numberOf(from),
    to: numberOf(to),
    body,
    createdAt: new Date(),
    status: messagingServiceSid === null ? "queued" : "accepted",
    ...(messagingServiceSid !== null && { messagingServiceSid }),
    ...(contentSid !== null && { contentSid }),
    ...(statusCallback !== null && { statusCallback }),
  };
}

/** The template itself lies with Meta: its variables, one after the other, are what can be shown of it. */
function filledTemplate(contentSid: string, variables: string): string | undefined {
  let values: unknown;
  try {
    values = JSON.parse(variables);
  } catch {
    return undefined;
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) return undefined;
  const texts: unknown[] = Object.values(values);
  if (!texts.every((text) => typeof text === "string" && text !== "" && !/[\n\t]/.test(text))) return undefined;
  return texts.length === 0 ? `Template ${contentSid}` : texts.join(" · ");
}

const WHATSAPP = "whatsapp:";
const channelOf = (address: string): "sms" | "whatsapp" => (address.startsWith(WHATSAPP) ? "whatsapp" : "sms");
const numberOf = (address: string): string => (address.startsWith(WHATSAPP) ? address.slice(WHATSAPP.length) : address);
const addressOf = (channel: string, number: string): string => (channel === "whatsapp" ? WHATSAPP + number : number);
