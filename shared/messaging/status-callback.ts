import { identifier } from "../contracts/fields.ts";

/** Path of the webhook that hears of each message. */
export const CALLBACK_PATH = "/webhooks/twilio";

/**
 * Twilio asks again up to five times, whatever went wrong (by default once, and only where it could not connect).
 * Twilio reads it and does not send it. Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
 */
export const CONNECTION_OVERRIDES = "#rc=5&rp=all";

/** Whose effect a callback is about. */
export interface CallbackOf {
  readonly jobId: string;
  readonly effect: string;
}

/** The address that Twilio calls with each change of a message's status: its query says whose effect the message is. */
export function statusCallbackUrl(publicUrl: string, { jobId, effect }: CallbackOf): string {
  const query = new URLSearchParams({ job: jobId, effect });
  return `${publicUrl}${CALLBACK_PATH}?${query}${CONNECTION_OVERRIDES}`;
}

/** Whose effect a callback's query names; `undefined` for one that is not about a job's message. */
export function callbackOf(query: string): CallbackOf | undefined {
  const parameters = new URLSearchParams(query);
  const jobId = parameters.get("job");
  const effect = identifier.safeParse(parameters.get("effect"));
  return jobId === null || !effect.success ? undefined : { jobId, effect: effect.data };
}
