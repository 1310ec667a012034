import * as z from "zod";

import { twilioEvent, twilioEventPayload } from "../catalog/messaging.ts";
import type { Enqueue } from "../engine/enqueue.ts";
import { EffectRefusedError, IdempotencyConflictError } from "../errors/job-errors.ts";
import { errorAnswer, type HttpAnswer, type HttpRequest } from "../lambda/http-function.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import { CALLBACK_PATH, callbackOf } from "./status-callback.ts";
import type { TwilioSecret } from "./twilio-credentials.ts";
import { isSignedByTwilio } from "./twilio-signature.ts";

/** Twilio's callbacks are a few hundred bytes; whatever is larger is not one. */
const LARGEST_BODY_BYTES = 64 * 1024;

const RECEIVED: HttpAnswer = { status: 204 };
const REFUSED = errorAnswer(
  403,
  "INVALID_SIGNATURE",
  "The X-Twilio-Signature header is missing or not for this request.",
);

/** What we read of a callback. Twilio adds fields without notice; those count for the signature only. */
const callbackForm = z.object({
  MessageSid: z.string(),
  MessageStatus: z.string(),
  ErrorCode: z.string().optional(),
});

export interface WebhookPorts {
  /** Where Twilio reaches us, without a slash at its end. */
  readonly publicUrl: string;
  readonly secret: Pick<TwilioSecret, "read">;
  readonly enqueue: Enqueue;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Answers a status callback: checked, queued without its numbers, answered. Everything else is the consumer's. */
export async function answerTwilio(ports: WebhookPorts, request: HttpRequest): Promise<HttpAnswer> {
  const { body, query } = request;
  if (body.length > LARGEST_BODY_BYTES) {
    return errorAnswer(413, "BODY_TOO_LARGE", `The body is over ${LARGEST_BODY_BYTES} bytes.`);
  }
  const form = new URLSearchParams(body.toString("utf8"));
  if (!(await isGenuine(ports, request, form))) return REFUSED;
  const callback = callbackOf(query);
  if (callback !== undefined) return accept(ports, request, payloadOf(form, callback));
  // Of another program on the same account, or a message that somebody sent us.
  ports.metrics.count("webhookIgnored", { EventType: "twilio" });
  return RECEIVED;
}

/** The path is ours, not the request's: a domain that is mapped to the API may have put its own part in front. */
async function isGenuine(
  { publicUrl, secret }: WebhookPorts,
  { query, headers }: HttpRequest,
  form: URLSearchParams,
): Promise<boolean> {
  const url = `${publicUrl}${CALLBACK_PATH}${query === "" ? "" : `?${query}`}`;
  const tokens = await authTokens(secret);
  return isSignedByTwilio({ url, form, signature: headers["x-twilio-signature"] }, tokens);
}

/** While there is only a placeholder, nothing is genuine. */
async function authTokens(secret: WebhookPorts["secret"]): Promise<string[]> {
  try {
    const { authToken, previousAuthToken } = (await secret.read()).credentials;
    return previousAuthToken === undefined ? [authToken] : [authToken, previousAuthToken];
  } catch (error) {
    if (error instanceof EffectRefusedError && error.isPermanent) return [];
    throw error;
  }
}

type EventPayload = z.infer<typeof twilioEventPayload>;

function payloadOf(form: URLSearchParams, callback: object): EventPayload | undefined {
  const fields = callbackForm.safeParse(Object.fromEntries(form)).data;
  if (fields === undefined) return undefined;
  const { MessageSid: messageSid, MessageStatus: status, ErrorCode = "" } = fields;
  const errorCode = /^\d{1,6}$/.test(ErrorCode) && Number(ErrorCode) > 0 ? { errorCode: Number(ErrorCode) } : {};
  return twilioEventPayload.safeParse({ ...callback, messageSid, status, ...errorCode }).data;
}

async function accept(
  { enqueue, log }: WebhookPorts,
  { requestId: correlationId }: HttpRequest,
  payload: EventPayload | undefined,
): Promise<HttpAnswer> {
  if (payload === undefined) {
    log.warn("A signed Twilio callback could not be read.", { correlationId });
    return errorAnswer(400, "INVALID_CALLBACK", "The callback is signed, but it is not one of a message's status.");
  }
  const idempotencyKey = `${payload.messageSid}-${payload.status}`;
  try {
    const { id, isNew } = await enqueue(twilioEvent, payload, { idempotencyKey, correlationId });
    log.info("Twilio callback received.", { jobId: id, isNew, correlationId });
  } catch (error) {
    // The same status in other words (an error code more, say): what came first counts.
    if (!(error instanceof IdempotencyConflictError)) throw error;
    log.warn("Twilio callback received again with another content; the first one counts.", { correlationId });
  }
  return RECEIVED;
}
