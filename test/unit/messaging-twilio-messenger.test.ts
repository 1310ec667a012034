import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { SecretsManagerTwilioSecret } from "../../shared/messaging/twilio-credentials.ts";
import { TwilioApi } from "../../shared/messaging/twilio-api.ts";
import { TwilioMessenger } from "../../shared/messaging/twilio-messenger.ts";
import type { MessageResource } from "../../shared/messaging/twilio-api.ts";
import type { OutgoingMessage } from "../../shared/ports/messenger.ts";
import { anSms, type LocalTwilio, startLocalTwilio } from "../support/local-twilio.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

let twilio: LocalTwilio;
beforeEach(async () => {
  twilio = await startLocalTwilio();
});
afterEach(() => twilio.close());

const send = (message: Partial<OutgoingMessage> = {}) => twilio.messenger.send({ ...anSms, ...message });
const refusalOf = (message: Partial<OutgoingMessage> = {}) =>
  send(message).then(
    () => "taken",
    (error: unknown) => error,
  );

const aTemplate: Partial<OutgoingMessage> = {
  channel: "whatsapp",
  from: "+14155238886",
  content: { contentSid: "HXb5b62575e6e4ff6129ad7c8efe1f983e", variables: { 1: "Ada", 2: "Portrait session" } },
};

describe("a message through Twilio", () => {
  it("goes from the sender to the recipient, with the words and an address that names its job", async () => {
    const { id } = await send();
    expect(twilio.messages.store.find(id)).toMatchObject({
      channel: "sms",
      from: "+15005550006",
      to: "+31612345678",
      body: "Your order is on its way.",
      statusCallback: "https://api.example.com/webhooks/twilio?job=sms_message-ord_1&effect=message#rc=5&rp=all",
    });
  });

  it("goes by WhatsApp as a template with its variables", async () => {
    const { id } = await send(aTemplate);
    expect(twilio.messages.store.find(id)).toMatchObject({
      channel: "whatsapp",
      from: "+14155238886",
      contentSid: "HXb5b62575e6e4ff6129ad7c8efe1f983e",
      body: "Ada · Portrait session",
    });
  });

  it("goes through a messaging service, which chooses the number", async () => {
    const { id } = await send({ from: "MG00000000000000000000000000000001" });
    expect(twilio.messages.store.find(id)).toMatchObject({
      from: "",
      messagingServiceSid: "MG00000000000000000000000000000001",
    });
  });

  it.each([
    ["+15005550001", "TWILIO_21211"],
    ["+15005550002", "TWILIO_21612"],
    ["+15005550003", "TWILIO_21408"],
    ["+15005550004", "TWILIO_21610"],
    ["+15005550009", "TWILIO_21614"],
  ])("to %s is refused for good as %s, without the number in the error", async (to, code) => {
    const error = await refusalOf({ to });
    expect(error).toMatchObject({ code, isPermanent: true });
    expect(JSON.stringify([String(error), Object.entries(error as object)])).not.toContain(to.slice(1));
  });

  it("is refused for now when Twilio has too many", async () => {
    twilio.messages.failNext({ times: 1, status: 429, code: 20429 });
    expect(await refusalOf()).toMatchObject({ code: "TWILIO_20429", isPermanent: false });
    expect(await refusalOf({ from: "+15005550008" })).toMatchObject({ code: "TWILIO_21611", isPermanent: false });
  });

  it.each([
    ["an error of the server", { times: 1, status: 503, code: 20503 }, 0],
    ["a request that took Twilio too long", { times: 1, status: 408, code: 20408 }, 0],
    ["an answer that is lost", "lost", 1],
  ] as const)("has an unknown outcome after %s", async (_what, failure, taken) => {
    twilio.messages.failNext(failure);
    const error = await refusalOf();
    expect(error).toHaveProperty("message");
    expect(error).not.toHaveProperty("isPermanent");
    expect(twilio.messages.store.all()).toHaveLength(taken);
  });

  it("has an unknown outcome when no answer comes in time", async () => {
    const { secret, listener } = twilio;
    const impatient = new TwilioApi({ baseUrl: `${listener.url}/twilio`, secret, timeoutMs: 100 });
    twilio.messages.failNext("timeout");
    const error: unknown = await impatient
      .createMessage(new URLSearchParams({ To: "+31612345678", From: "+15005550006", Body: "Hi" }))
      .catch((thrown: unknown) => thrown);
    expect(error).toHaveProperty("name", "AbortError");
    expect(error).not.toHaveProperty("isPermanent");
  });

  it("was certainly not sent when Twilio cannot be reached", async () => {
    await twilio.listener.close();
    expect(await refusalOf()).toMatchObject({ code: "ECONNREFUSED", isPermanent: false });
  });

  it("is tried again with the new token after a rotation, and refused for good with a wrong one", async () => {
    twilio.secret.authToken = "token-before";
    await twilio.secret.read();
    expect(await refusalOf()).toMatchObject({ code: "TWILIO_20003", isPermanent: false });
    expect(await refusalOf()).toMatchObject({ code: "TWILIO_20003", isPermanent: true });
    twilio.secret.authToken = "token-current";
    twilio.secret.forget();
    expect(await refusalOf()).toBe("taken");
  });
});

describe("what became of a message", () => {
  it("is told with its error, and with what it cost as a plain decimal", async () => {
    const { id } = await send();
    expect(await twilio.messenger.report(id)).toEqual({ id, status: "queued" });
    twilio.messages.store.change(id, { status: "undelivered", errorCode: 30005, price: "-0.0079" });
    expect(await twilio.messenger.report(id)).toEqual({
      id,
      status: "undelivered",
      errorCode: 30005,
      price: "0.0079",
      priceUnit: "USD",
    });
  });

  it("is nothing where Twilio does not know it", async () => {
    expect(await twilio.messenger.report("SM00000000000000000000000000000001")).toBeUndefined();
  });

  it("fails for good when the credentials are wrong, as no retry can help", async () => {
    twilio.secret.authToken = "wrong";
    await expect(twilio.messenger.report("SM00000000000000000000000000000001")).rejects.toMatchObject({
      name: "TWILIO_20003",
      message: expect.stringContaining("Store the right ones in the Twilio secret."),
    });
  });
});

describe("the search for a message", () => {
  const now = () => Date.now();

  it("finds it by sender, recipient and words, also as a template", async () => {
    const sms = await send();
    const whatsapp = await send(aTemplate);
    expect(await twilio.messenger.findSent(anSms, now())).toEqual([{ id: sms.id, status: "queued" }]);
    expect(await twilio.messenger.findSent({ ...anSms, ...aTemplate }, now())).toEqual([
      { id: whatsapp.id, status: "queued" },
    ]);
  });

  it.each([
    ["other words", { content: { text: "Something else" } }],
    ["words that its words begin with", { content: { text: "Your order" } }],
    ["another sender", { from: "+15005550000" }],
    ["another channel", { channel: "whatsapp" }],
    ["another recipient", { to: "+31687654321" }],
  ] as const)("does not take one with %s for it", async (_what, other) => {
    await send();
    expect(await twilio.messenger.findSent({ ...anSms, ...other }, now())).toEqual([]);
  });

  it("does not take an older one for it, clocks apart by five minutes at most", async () => {
    const api = {
      createMessage: () => Promise.reject(new Error("not asked")),
      fetchMessage: () => Promise.resolve(undefined),
      listMessages: () => Promise.resolve([resource("SM1", "10:00:00"), resource("SM2", "09:54:59")]),
    };
    const messenger = new TwilioMessenger({ api, publicUrl: "" });
    const found = await messenger.findSent(anSms, Date.parse("2026-01-02T10:00:00.400Z"));
    expect(found.map(({ id }) => id)).toEqual(["SM1"]);
  });

  it("knows the words of a trial account, which puts its own in front, and other spaces", async () => {
    await send({ content: { text: "Sent from your Twilio trial account - Your  order is\non its way." } });
    expect(await twilio.messenger.findSent(anSms, now())).toHaveLength(1);
  });
});

const resource = (sid: string, time: string): MessageResource => ({
  sid,
  status: "sent",
  body: "Your order is on its way.",
  from: "+15005550006",
  date_created: `Fri, 02 Jan 2026 ${time} +0000`,
});

describe("Twilio's credentials", () => {
  const aSecret = (texts: readonly string[]) => {
    let reads = 0;
    // The client's other ways to call it are not used.
    const client = {
      send: () => Promise.resolve({ SecretString: texts[Math.min(reads++, texts.length - 1)] }),
    } as never;
    const clock = new VirtualClock();
    return { secret: new SecretsManagerTwilioSecret(client, "twilio", clock), clock, reads: () => reads };
  };
  const STORED = '{"accountSid":"AC0123456789abcdef0123456789abcdef","authToken":"t1"}';

  it("are read once in five minutes, and anew when they were refused", async () => {
    const { secret, clock, reads } = aSecret([STORED]);
    expect((await secret.read()).isFresh).toBe(true);
    expect(await secret.read()).toMatchObject({ credentials: { authToken: "t1" }, isFresh: false });
    clock.advance(300_000);
    expect((await secret.read()).isFresh).toBe(true);
    secret.forget();
    expect((await secret.read()).isFresh).toBe(true);
    expect(reads()).toBe(3);
  });

  it.each(["", "{}", "nonsense", '{"accountSid":"not set","authToken":"random"}'])(
    "say that nothing is configured while the secret is %p",
    async (text) => {
      const { secret } = aSecret([text]);
      await expect(secret.read()).rejects.toMatchObject({ code: "MESSAGING_NOT_CONFIGURED", isPermanent: true });
    },
  );

  it("were not used when Secrets Manager fails: the send may be tried again at once", async () => {
    const client = { send: () => Promise.reject(new Error("throttled")) } as never;
    const secret = new SecretsManagerTwilioSecret(client, "twilio", new VirtualClock());
    await expect(secret.read()).rejects.toMatchObject({ code: "TWILIO_SECRET_UNREADABLE", isPermanent: false });
  });
});
