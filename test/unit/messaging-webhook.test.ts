import { beforeEach, describe, expect, it } from "@jest/globals";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";

import type { EnqueueOptions } from "../../shared/engine/new-job.ts";
import type { Enqueue } from "../../shared/engine/enqueue.ts";
import { IdempotencyConflictError } from "../../shared/errors/job-errors.ts";
import { answerTwilio } from "../../shared/messaging/twilio-webhook.ts";
import { AUTH_TOKEN, FakeSecret, PUBLIC_URL } from "../support/local-twilio.ts";
import { MemoryLog } from "../support/simulation.ts";

const SID = "SM00000000000000000000000000000001";
const QUERY = "job=sms_message-ord_1&effect=message";
const PATH = "/webhooks/twilio";
const FIELDS = {
  AccountSid: "AC0123456789abcdef0123456789abcdef",
  From: "+15005550006",
  MessageSid: SID,
  MessageStatus: "delivered",
  To: "+31612345678",
  // Twilio adds fields without notice.
  NewField: "a b&c=é+€",
};

let enqueued: { type: string; payload: unknown; options: EnqueueOptions | undefined }[];
let secret: FakeSecret;
let ignored: number;
let conflict: Error | undefined;
beforeEach(() => {
  enqueued = [];
  secret = new FakeSecret();
  ignored = 0;
  conflict = undefined;
});

const enqueue: Enqueue = async ({ type }, payload, options) => {
  await Promise.resolve();
  if (conflict !== undefined) throw conflict;
  enqueued.push({ type, payload, options });
  return { id: `${type}-1`, isNew: true };
};
const metrics = { count: () => (ignored += 1), gauge: () => {} };

interface Call {
  readonly fields?: Record<string, string>;
  readonly body?: string;
  readonly query?: string;
  readonly path?: string;
  /** What it is signed over and with; by default what is sent, with the current token. */
  readonly signedUrl?: string;
  readonly signedFields?: Record<string, string>;
  readonly token?: string;
  readonly signature?: string | undefined;
}

function call(options: Call = {}) {
  const { fields = FIELDS, query = QUERY, path = PATH, token = AUTH_TOKEN } = options;
  const signedUrl = options.signedUrl ?? `${PUBLIC_URL}${path}?${query}`;
  const signature =
    "signature" in options
      ? options.signature
      : getExpectedTwilioSignature(token, signedUrl, options.signedFields ?? fields);
  const ports = { publicUrl: PUBLIC_URL, secret, enqueue, log: new MemoryLog(), metrics };
  return answerTwilio(ports, {
    headers: { "x-twilio-signature": signature },
    method: "POST",
    path,
    query,
    parameters: {},
    body: Buffer.from(options.body ?? new URLSearchParams(fields).toString()),
    requestId: "req-1",
  });
}

describe("a status callback of Twilio", () => {
  it("becomes a job of its own, once for each status, without the numbers", async () => {
    expect(await call()).toMatchObject({ status: 204 });
    expect(enqueued).toEqual([
      {
        type: "twilio_event",
        payload: { messageSid: SID, status: "delivered", jobId: "sms_message-ord_1", effect: "message" },
        options: { idempotencyKey: `${SID}-delivered`, correlationId: "req-1" },
      },
    ]);
    expect(JSON.stringify(enqueued)).not.toContain("31612345678");
  });

  it("carries the error code of a message that was not delivered", async () => {
    await call({ fields: { ...FIELDS, MessageStatus: "undelivered", ErrorCode: "30005" } });
    expect(enqueued[0]?.payload).toMatchObject({ status: "undelivered", errorCode: 30005 });
  });

  it("counts when it is signed with the token before a rotation, or over the address with its connection overrides", async () => {
    secret.previousAuthToken = "token-before";
    expect(await call({ token: "token-before" })).toMatchObject({ status: 204 });
    expect(await call({ signedUrl: `${PUBLIC_URL}${PATH}?${QUERY}#rc=5&rp=all` })).toMatchObject({ status: 204 });
  });

  it("counts wherever a domain maps our route to: the address that Twilio was given is signed", async () => {
    const signedUrl = `${PUBLIC_URL}${PATH}?${QUERY}`;
    expect(await call({ path: `/jobs${PATH}`, signedUrl })).toMatchObject({ status: 204 });
  });

  it.each<[string, Call]>([
    ["without a signature", { signature: undefined }],
    ["with an empty signature", { signature: "" }],
    ["with nonsense for a signature", { signature: "ä".repeat(28) }],
    ["with a very long signature", { signature: "a".repeat(10_000) }],
    ["signed with another token", { token: "token-of-somebody" }],
    ["signed with the token before, when that no longer counts", { token: "token-before" }],
    ["signed for another job", { signedUrl: `${PUBLIC_URL}${PATH}?job=sms_message-ord_2&effect=message` }],
    ["signed for another host", { signedUrl: `https://evil.example.com${PATH}?${QUERY}` }],
    ["signed for another path", { signedUrl: `${PUBLIC_URL}/webhooks/stripe?${QUERY}` }],
    ["whose status was changed", { signedFields: { ...FIELDS, MessageStatus: "failed" } }],
    ["that has a field more than was signed", { signedFields: { ...FIELDS, NewField: "" } }],
    ["without a body", { body: "" }],
    ["with JSON for a body", { body: JSON.stringify(FIELDS) }],
    ["with a field twice", { body: `${new URLSearchParams(FIELDS).toString()}&MessageStatus=failed` }],
  ])("%s is refused, and nothing is enqueued", async (_what, forged) => {
    expect(await call(forged)).toMatchObject({ status: 403, body: { error: { code: "INVALID_SIGNATURE" } } });
    expect(enqueued).toEqual([]);
  });

  it("is refused while there is only a placeholder for the token", async () => {
    secret.isPlaceholder = true;
    expect(await call()).toMatchObject({ status: 403 });
  });

  it("is refused unread when it is larger than any callback", async () => {
    expect(await call({ body: "a".repeat(64 * 1024 + 1) })).toMatchObject({ status: 413 });
  });

  it("that names no job of ours is taken and forgotten", async () => {
    expect(await call({ query: "", signedUrl: `${PUBLIC_URL}${PATH}` })).toMatchObject({ status: 204 });
    expect([enqueued, ignored]).toEqual([[], 1]);
  });

  it.each([
    ["no message", { MessageStatus: "sent" }],
    ["a message id that is none", { ...FIELDS, MessageSid: "../x" }],
    ["a status that is none", { ...FIELDS, MessageStatus: "<script>" }],
  ])("signed, but with %s, is answered 400", async (_what, fields) => {
    expect(await call({ fields })).toMatchObject({ status: 400 });
    expect(enqueued).toEqual([]);
  });

  it("again with other words is taken: what came first counts", async () => {
    conflict = new IdempotencyConflictError("twilio_event-1");
    expect(await call()).toMatchObject({ status: 204 });
  });

  it("is not taken when it could not be enqueued, so that Twilio asks again", async () => {
    conflict = new Error("DynamoDB is out of reach");
    await expect(call()).rejects.toThrow("DynamoDB is out of reach");
  });
});
