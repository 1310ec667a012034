import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createClient, type BacklineClient } from "../../client/index.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { smsMessage, whatsappMessage } from "../../shared/catalog/messaging.ts";
import type { TextMessagePayload } from "../../shared/contracts/text-message.ts";
import { readMessage } from "../../shared/messaging/message-record.ts";
import { waitForFact } from "../support/facts.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

const environmentBefore = { ...process.env };

let runtime: Runtime;
let backline: BacklineClient;

beforeAll(async () => {
  runtime = await startRuntime({
    assemblyDir: await standardAssembly(),
    quiet: true,
    print: () => {},
    seed,
    messageEventLagMs: 100,
  });
  Object.assign(process.env, runtime.info.environment);
  backline = createClient();
}, 60_000);
afterAll(async () => {
  backline.close();
  process.env = environmentBefore;
  await runtime.stop();
}, 20_000);

const ready = (to: string): TextMessagePayload => ({ to, content: { text: "Your vase is ready." } });

/** The message's record, once Twilio's last callback has become a part of it. */
const reported = (sid: string, status: string) =>
  waitForFact(`the record of a message that is ${status}`, async () => {
    const { records } = openStores(runtime.info);
    const { body } = (await readMessage(records, sid)) ?? {};
    return body?.status === status && body.price !== undefined ? body : undefined;
  });

describe("messages on a whole stack", () => {
  it("go once although Twilio throttled them, and are recorded with what they cost", async () => {
    runtime.failMessages({ times: 1, status: 429, code: 20429 });
    const { id } = await backline.enqueue(smsMessage, ready("+31612345678"), { idempotencyKey: "vase-1" });
    const job = await backline.wait(id, { timeoutMs: 30_000 });
    const [message] = runtime.messages();
    expect(job).toMatchObject({ status: "completed", result: { messageSid: message?.sid } });
    expect(await reported(message?.sid ?? "", "delivered")).toMatchObject({
      price: "0.0079",
      priceUnit: "USD",
      jobId: id,
    });
    expect(runtime.messages()).toHaveLength(1);
  }, 60_000);

  it("go by WhatsApp with an approved template", async () => {
    const payload = smsMessage.example?.payload ?? ready("");
    const { id } = await backline.enqueue(whatsappMessage, payload, { idempotencyKey: "reminder-1" });
    expect(await backline.wait(id, { timeoutMs: 30_000 })).toMatchObject({ status: "completed" });
    expect(runtime.messages().at(-1)).toMatchObject({
      channel: "whatsapp",
      body: expect.stringContaining("Friday 2 January at 19:30"),
    });
  }, 60_000);

  it("that do not arrive are recorded with the reason, and none goes to who has opted out", async () => {
    const lost = await backline.enqueue(smsMessage, ready("+15005550007"), { idempotencyKey: "vase-2" });
    await backline.wait(lost.id, { timeoutMs: 30_000 });
    const sid = runtime.messages().find(({ to }) => to === "+15005550007")?.sid ?? "";
    expect(await reported(sid, "undelivered")).toMatchObject({ errorCode: 30005 });
    const optedOut = await backline.enqueue(smsMessage, ready("+15005550004"), { idempotencyKey: "vase-3" });
    expect(await backline.wait(optedOut.id, { timeoutMs: 30_000 })).toMatchObject({
      status: "completed",
      result: { notSent: "opted_out" },
    });
  }, 60_000);

  it("are not moved by a forged callback", async () => {
    const forged = await fetch(`${runtime.info.api}/webhooks/twilio?job=sms_message-vase-1&effect=message`, {
      method: "POST",
      headers: { "x-twilio-signature": "forged" },
      body: new URLSearchParams({ MessageSid: `SM${"0".repeat(32)}`, MessageStatus: "failed" }),
    });
    expect(forged.status).toBe(403);
    const { jobs } = await backline.list({ type: "twilio_event", status: "failed" });
    expect(jobs).toEqual([]);
  });
});
