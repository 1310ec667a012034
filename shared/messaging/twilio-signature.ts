import { validateRequest } from "twilio/lib/webhooks/webhooks.js";

import { CONNECTION_OVERRIDES } from "./status-callback.ts";

export interface SignedRequest {
  /** The address that was called, byte by byte as it was given to Twilio, with its query. */
  readonly url: string;
  /** The body's form. Every field counts, whether we know it or not. */
  readonly form: URLSearchParams;
  /** `X-Twilio-Signature`. */
  readonly signature: string | undefined;
}

/**
 * Whether a callback was signed with one of the auth tokens: HMAC-SHA1 over the address and all fields of the form.
 * Source: twilio.com/docs/usage/webhooks/webhooks-security.
 *
 * Whether the connection overrides of the address count, Twilio's page does not say: both are tried, and only somebody who
 * has the token can sign either.
 */
export function isSignedByTwilio({ url, form, signature }: SignedRequest, authTokens: readonly string[]): boolean {
  if (signature === undefined || signature === "") return false;
  const parameters = parametersOf(form);
  const addresses = [url, url + CONNECTION_OVERRIDES];
  return authTokens.some((token) =>
    addresses.some((address) => validateRequest(token, signature, address, parameters)),
  );
}

/** A field that comes twice has a list of values, as Twilio's library wants it. */
function parametersOf(form: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(form.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const [first = "", ...others] = form.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}
