import Stripe from "stripe";

/** Stripe's own tolerance for the age of a signature (docs.stripe.com/webhooks, "Replay attacks"). */
const TOLERANCE_SECONDS = 300;

export type Verified = { readonly isValid: true; readonly event: unknown } | { readonly isValid: false };

/**
 * Verifies a webhook body, byte for byte as received, against each active secret.
 *
 * stripe-node throws several kinds of errors on malformed headers, and takes timestamps of the future: anything but a
 * clean pass within five minutes of now, either way, is not valid.
 */
export function verifyStripeSignature(
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
  nowMs: number,
): Verified {
  if (header === undefined || isFromFuture(header, nowMs)) return { isValid: false };
  for (const secret of secrets) {
    try {
      const event: unknown = Stripe.webhooks.constructEvent(body, header, secret, TOLERANCE_SECONDS, undefined, nowMs);
      return { isValid: true, event };
    } catch {
      // Not signed with this secret, or not signed at all: the next one decides, and in the end the caller answers 400.
    }
  }
  return { isValid: false };
}

function isFromFuture(header: string, nowMs: number): boolean {
  const timestamps = [...header.matchAll(/(?:^|,)\s*t=(\d+)/g)].map(([, seconds]) => Number(seconds));
  return timestamps.some((seconds) => seconds * 1000 > nowMs + TOLERANCE_SECONDS * 1000);
}
