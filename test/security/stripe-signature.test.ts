import { describe, expect, it } from "@jest/globals";

import { verifyStripeSignature } from "../../shared/payments/stripe-signature.ts";
import { aPaymentEvent, signatureOf } from "../../local/stripe-events.ts";

const SECRET = "whsec_current";
const NOW_MS = 1_767_225_600_000;
const NOW_SECONDS = NOW_MS / 1000;
const body = JSON.stringify(aPaymentEvent({ orderId: "ord_1" }));

const verify = (header: string | undefined, { text = body, secrets = [SECRET] } = {}) =>
  verifyStripeSignature(Buffer.from(text), header, secrets, NOW_MS);

describe("a Stripe signature", () => {
  it("over these bytes, with this secret, now, is valid", () => {
    expect(verify(signatureOf(body, SECRET, NOW_SECONDS))).toEqual({ isValid: true, event: JSON.parse(body) });
  });

  it("with the secret from before a rotation is valid while that one is active", () => {
    const header = signatureOf(body, "whsec_previous", NOW_SECONDS);
    expect(verify(header).isValid).toBe(false);
    expect(verify(header, { secrets: [SECRET, "whsec_previous"] }).isValid).toBe(true);
  });

  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["nonsense", "nonsense"],
    ["without a timestamp", signatureOf(body, SECRET, NOW_SECONDS).replace(/^t=\d+,/, "")],
    ["with a timestamp that is no number", signatureOf(body, SECRET, NOW_SECONDS).replace(/^t=\d+/, "t=soon")],
    ["without a signature", `t=${NOW_SECONDS}`],
    ["with an empty signature", `t=${NOW_SECONDS},v1=`],
    ["of another scheme only", `t=${NOW_SECONDS},v0=${"a".repeat(64)}`],
    ["of another length", `t=${NOW_SECONDS},v1=abc`],
    ["not in ASCII", `t=${NOW_SECONDS},v1=${"ä".repeat(64)}`],
    ["very long", `t=${NOW_SECONDS},${"v1=aa,".repeat(5_000)}`],
    ["with another secret", signatureOf(body, "whsec_other", NOW_SECONDS)],
    ["that has expired", signatureOf(body, SECRET, NOW_SECONDS - 301)],
    ["from the future", signatureOf(body, SECRET, NOW_SECONDS + 301)],
    ["with a second timestamp from the future", `${signatureOf(body, SECRET, NOW_SECONDS)},t=${NOW_SECONDS + 900}`],
  ])("%s is not valid", (_, header) => {
    expect(verify(header)).toEqual({ isValid: false });
  });

  it("is not valid for the same JSON in other bytes", () => {
    const header = signatureOf(body, SECRET, NOW_SECONDS);
    expect(verify(header, { text: JSON.stringify(JSON.parse(body), null, 2) }).isValid).toBe(false);
  });

  it.each(["", "{", "\u0000"])("is not valid for the signed body %j, which is not JSON", (text) => {
    expect(verify(signatureOf(text, SECRET, NOW_SECONDS), { text })).toEqual({ isValid: false });
  });
});
