import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import twilio from "twilio";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";

import { type Listener, openListeners, readBody } from "../../local/listener.ts";
import { waitForFact } from "../support/facts.ts";
import { ACCOUNT_SID, AUTH_TOKEN, anSms, type LocalTwilio, startLocalTwilio } from "../support/local-twilio.ts";

let local: LocalTwilio;
beforeEach(async () => {
  local = await startLocalTwilio();
});
afterEach(() => local.close());

const ORIGIN = "https://api.twilio.com";

/** Twilio's own client, its requests turned to the stand-in. */
function twilioClient(authToken = AUTH_TOKEN) {
  const httpClient = {
    async request({ method, uri, username = "", password = "", data, params }: TwilioRequest) {
      const query = params === undefined ? "" : `?${new URLSearchParams(params)}`;
      const answer = await fetch(uri.replace(ORIGIN, `${local.listener.url}/twilio`) + query, {
        method,
        headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` },
        ...(data !== undefined && { body: new URLSearchParams(data) }),
      });
      return { statusCode: answer.status, body: await answer.text(), headers: {} };
    },
  };
  // Of the request client only `request` is called.
  return twilio(ACCOUNT_SID, authToken, { httpClient: httpClient as never });
}
interface TwilioRequest {
  readonly method: string;
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  readonly data?: Record<string, string>;
  readonly params?: Record<string, string>;
}

describe("the stand-in for Twilio, asked by Twilio's own client", () => {
  it("takes a message, tells of it, and lists it", async () => {
    const client = twilioClient();
    const sent = await client.messages.create({ from: "+15005550006", to: "+31612345678", body: "Hello" });
    expect(sent).toMatchObject({ status: "queued", body: "Hello", price: null, errorCode: null });
    expect(sent.dateCreated.getTime()).toBeGreaterThan(0);
    expect(await client.messages(sent.sid).fetch()).toMatchObject({ sid: sent.sid, to: "+31612345678" });
    expect(await client.messages.list({ to: "+31612345678", limit: 10 })).toHaveLength(1);
    expect(await client.messages.list({ to: "+31687654321", limit: 10 })).toHaveLength(0);
  });

  it.each([
    ["a wrong token", "wrong", { from: "+15005550006", to: "+31612345678", body: "Hi" }, 401, 20003],
    ["a number with a fate", AUTH_TOKEN, { from: "+15005550006", to: "+15005550001", body: "Hi" }, 400, 21211],
    ["a sender with a fate", AUTH_TOKEN, { from: "+15005550007", to: "+31612345678", body: "Hi" }, 400, 21606],
    ["no words", AUTH_TOKEN, { from: "+15005550006", to: "+31612345678" }, 400, 21602],
    ["too many words", AUTH_TOKEN, { from: "+15005550006", to: "+31612345678", body: "x".repeat(1601) }, 400, 21617],
    ["two channels", AUTH_TOKEN, { from: "+15005550006", to: "whatsapp:+31612345678", body: "Hi" }, 400, 21910],
    [
      "an empty variable",
      AUTH_TOKEN,
      { from: "+15005550006", to: "+31612345678", contentSid: "HX1", contentVariables: '{"1":""}' },
      400,
      21656,
    ],
  ])("refuses %s as Twilio does", async (_what, token, message, status, code) => {
    await expect(twilioClient(token).messages.create(message)).rejects.toMatchObject({ status, code });
    expect(local.messages.store.all()).toEqual([]);
  });

  it("fails as often as it was told to, then no more", async () => {
    local.messages.failNext({ times: 2, status: 429, code: 20429 });
    const message = { from: "+15005550006", to: "+31612345678", body: "Hi" };
    const client = twilioClient();
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 429, code: 20429 });
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 429 });
    expect(await client.messages.create(message)).toMatchObject({ status: "queued" });
  });
});

describe("the stand-in's status callbacks", () => {
  let webhook: Listener;
  let calls: { readonly fields: Record<string, string>; readonly isValid: boolean; readonly url: string }[];
  let answers: number[];
  beforeEach(async () => {
    const [opened] = await openListeners([{ purpose: "a webhook", port: 0 }]);
    if (opened === undefined) throw new Error("no listener");
    webhook = opened;
    calls = [];
    answers = [];
    webhook.handle(async (request, response, url) => {
      const fields = Object.fromEntries(new URLSearchParams(String(await readBody(request, 10_000))));
      const signature = String(request.headers["x-twilio-signature"]);
      calls.push({
        fields,
        isValid: validateRequest(AUTH_TOKEN, signature, url.href, fields),
        url: url.pathname + url.search,
      });
      response.writeHead(answers.shift() ?? 200).end();
    });
    await local.close();
    local = await startLocalTwilio({ publicUrl: webhook.url, lagMs: 1 });
  });
  afterEach(() => webhook.close());

  /** Sends a message, and waits until it has come to its end and its callbacks have come. */
  async function sendTo(to: string, ending: string, callbacks: number): Promise<string> {
    const { id } = await local.messenger.send({ ...anSms, to });
    await waitForFact(`${callbacks} callbacks`, () => (calls.length >= callbacks ? true : undefined));
    expect(local.messages.store.find(id)).toMatchObject({ status: ending });
    return id;
  }

  it("come signed, for sent and then delivered, with the job in the address and the price in the message", async () => {
    const id = await sendTo("+31612345678", "delivered", 2);
    expect(calls.map(({ fields, isValid }) => [fields["MessageSid"], fields["MessageStatus"], isValid])).toEqual([
      [id, "sent", true],
      [id, "delivered", true],
    ]);
    expect(calls[0]?.url).toBe("/webhooks/twilio?job=sms_message-ord_1&effect=message");
    expect(local.messages.store.find(id)).toMatchObject({ price: "-0.0079" });
  });

  it("tell the error of a message that does not arrive", async () => {
    await sendTo("+15005550007", "undelivered", 2);
    expect(calls[1]?.fields).toMatchObject({ MessageStatus: "undelivered", ErrorCode: "30005" });
  });

  it("come again when they are refused", async () => {
    answers = [500, 503];
    await sendTo("+31612345678", "delivered", 4);
    const timesOf = (status: string) => calls.filter(({ fields }) => fields["MessageStatus"] === status).length;
    expect(timesOf("sent") + timesOf("delivered")).toBe(4);
    expect(Math.min(timesOf("sent"), timesOf("delivered"))).toBeGreaterThan(0);
    expect(local.errors).toEqual([]);
  });
});

describe("the page of messages", () => {
  const get = async (path: string) => {
    const response = await fetch(local.listener.url + path);
    return { headers: response.headers, text: await response.text() };
  };
  const post = (fields: Record<string, string>, origin = local.listener.url) =>
    fetch(`${local.listener.url}/messages/fail-next`, {
      method: "POST",
      headers: { origin },
      body: new URLSearchParams(fields),
      redirect: "manual",
    });

  it("says so when there is none", async () => {
    expect((await get("/messages")).text).toContain("No message yet");
  });

  it("shows channel, numbers, words, status and cost, hostile words as text", async () => {
    const { id } = await local.messenger.send({ ...anSms, content: { text: `<script>alert("1")</script>` } });
    local.messages.store.change(id, { status: "undelivered", errorCode: 30005, price: "-0.0079" });
    const { text, headers } = await get("/messages");
    for (const part of ["SMS", "+15005550006 → +31612345678", "undelivered", "error 30005", "0.0079 USD"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(text).not.toContain("<script");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(JSON.parse((await get("/messages.json")).text)).toMatchObject([{ sid: id, status: "undelivered" }]);
  });

  it("makes the next sends fail by its form", async () => {
    expect((await post({ failure: "throttled", times: "2" })).status).toBe(303);
    expect((await get("/messages")).text).toContain("2 still to fail");
    await expect(local.messenger.send(anSms)).rejects.toMatchObject({ code: "TWILIO_20429" });
  });

  it("takes that from its own form only, and no nonsense", async () => {
    expect((await post({ failure: "throttled", times: "1" }, "https://evil.example.com")).status).toBe(403);
    expect((await post({ failure: "constructor", times: "1" })).status).toBe(303);
    expect((await post({ failure: "lost", times: "1e9" })).status).toBe(303);
    expect((await get("/messages")).text).toContain("20 still to fail");
  });
});
