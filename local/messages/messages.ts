import type { IncomingMessage, ServerResponse } from "node:http";

import { readBody } from "../listener.ts";
import { type FailNext, PlannedFailures } from "./fates.ts";
import { MessageStore, type StoredMessage } from "./message-store.ts";
import { FAILURES, type FailureName, messagesPage, MOST_FAILURES } from "./messages-pages.ts";
import { StatusCallbacks, type TwilioAccount } from "./status-callbacks.ts";
import { answerTwilioRest } from "./twilio-rest.ts";

/** Where the stand-in for Twilio's API lies: functions get it as `TWILIO_BASE_URL`. */
export const TWILIO_PATH = "/twilio";
/** Messages shown in the list and in the JSON. */
const MOST_SHOWN = 200;
const LARGEST_FORM_BYTES = 1024;
/** The page has no scripts and loads nothing; its form comes back here. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'";

export interface MessagesOptions {
  /** The account that functions send with; read anew for each request. */
  readonly credentials: () => TwilioAccount;
  /** Milliseconds between the statuses of a message. */
  readonly lagMs: number;
  readonly onError: (error: unknown) => void;
}

/** The stand-in for Twilio, and its page. */
export interface Messages {
  /** @returns false for a path that is not the stand-in's. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
  readonly store: MessageStore;
  /** Makes the next sends fail: refused, taken with the answer lost, or never answered. */
  failNext(failNext: FailNext): void;
  stop(): void;
}

/** Takes what `TwilioMessenger` sends, shows it to a person, and reports its statuses as Twilio would. */
export function createMessages({ credentials, lagMs, onError }: MessagesOptions): Messages {
  const store = new MessageStore();
  const failures = new PlannedFailures();
  const callbacks = new StatusCallbacks({ store, credentials, lagMs, onError });
  const rest = { store, failures, credentials, onTaken: (message: StoredMessage) => callbacks.follow(message) };
  return {
    store,
    failNext: (failNext) => failures.plan(failNext),
    stop: () => callbacks.stop(),
    async handle(request, response, url) {
      const { pathname: path, searchParams: query } = url;
      if (path.startsWith(`${TWILIO_PATH}/`)) {
        await answerTwilioRest(rest, { request, response, path: path.slice(TWILIO_PATH.length), query });
      } else if (path === "/messages/fail-next") {
        await takeForm(failures, request, response, url);
      } else if (path === "/messages" && isRead(request)) {
        answer(response, "text/html", messagesPage(latest(store), failures.count));
      } else if (path === "/messages.json" && isRead(request)) {
        answer(response, "application/json", JSON.stringify(latest(store)));
      } else return false;
      return true;
    },
  };
}

const latest = (store: MessageStore): readonly StoredMessage[] => store.all().slice(-MOST_SHOWN);

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

/** Only the page's own form: a page elsewhere can make a browser post here, but not under this origin. */
async function takeForm(
  failures: PlannedFailures,
  request: IncomingMessage,
  response: ServerResponse,
  { origin }: URL,
): Promise<void> {
  const body = await readBody(request, LARGEST_FORM_BYTES);
  if (request.method !== "POST" || request.headers.origin !== origin || body === undefined) {
    response.writeHead(403, { "content-type": "text/plain; charset=utf-8" }).end("Use the form of /messages.\n");
    return;
  }
  const form = new URLSearchParams(body.toString("utf8"));
  const name = form.get("failure") ?? "";
  const times = Math.min(Math.max(Math.trunc(Number(form.get("times"))) || 1, 1), MOST_FAILURES);
  if (isFailure(name)) planTimes(failures, name, times);
  response.writeHead(303, { location: "/messages" }).end();
}

const isFailure = (name: string): name is FailureName => Object.hasOwn(FAILURES, name);

function planTimes(failures: PlannedFailures, name: FailureName, times: number): void {
  const { failure } = FAILURES[name];
  if (typeof failure === "object") failures.plan({ ...failure, times });
  else for (let time = 0; time < times; time += 1) failures.plan(failure);
}

function answer(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    // Not `no-referrer`: the form's post would come from the origin "null", as one from anywhere might.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  });
  response.end(body);
}
