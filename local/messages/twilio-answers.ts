import type { ServerResponse } from "node:http";

import type { StoredMessage } from "./message-store.ts";

/** How Twilio's API shows a message. Source: twilio.com/docs/messaging/api/message-resource. */
export function messageResource(message: StoredMessage, accountSid: string): object {
  const { sid, channel, from, to, body, createdAt, status, errorCode, price, messagingServiceSid } = message;
  const prefix = channel === "whatsapp" ? "whatsapp:" : "";
  const isGone = !["accepted", "queued", "sending"].includes(status);
  return {
    account_sid: accountSid,
    api_version: "2010-04-01",
    body,
    date_created: rfc2822(createdAt),
    date_updated: rfc2822(createdAt),
    date_sent: isGone ? rfc2822(createdAt) : null,
    direction: "outbound-api",
    error_code: errorCode ?? null,
    error_message: null,
    from: from === "" ? null : prefix + from,
    messaging_service_sid: messagingServiceSid ?? null,
    num_media: "0",
    num_segments: String(segmentsOf(body)),
    price: price ?? null,
    price_unit: "USD",
    sid,
    status,
    subresource_uris: {},
    to: prefix + to,
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
  };
}

/** A page with everything in it: there is no next one here. */
export function messageList(messages: readonly object[], pageSize: number): object {
  return {
    messages: messages.slice(0, pageSize),
    page: 0,
    page_size: pageSize,
    start: 0,
    end: Math.min(messages.length, pageSize) - 1,
    first_page_uri: null,
    next_page_uri: null,
    previous_page_uri: null,
  };
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function answerError(response: ServerResponse, status: number, code: number, message: string): void {
  answerJson(response, status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}

/** Roughly: 160 characters make an SMS, 70 where one of them is outside of GSM 03.38; joined ones have a few less. */
export function segmentsOf(body: string): number {
  // eslint-disable-next-line no-control-regex -- GSM's plain letters are ASCII's, for this purpose
  const [single, joined] = /[^\u0000-\u007FÄÖÜäöüßàèéìòùÇØøÅåÆæÑñ£¥€§¿¡]/.test(body) ? [70, 67] : [160, 153];
  return body.length <= single ? 1 : Math.ceil(body.length / joined);
}

const rfc2822 = (date: Date): string => date.toUTCString().replace("GMT", "+0000");
