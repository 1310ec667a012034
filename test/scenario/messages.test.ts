import { describe, expect, it } from "@jest/globals";

import { checkJob, crashAfter, loseAnswer, runJob, type RunOptions } from "../../testing/index.ts";
import { handler as smsMessage } from "../../functions/messaging/sms-message.ts";
import { handler as twilioEvent } from "../../functions/messaging/twilio-event.ts";
import { handler as whatsappMessage } from "../../functions/messaging/whatsapp-message.ts";
import { EffectRefusedError } from "../../shared/errors/job-errors.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import type { TextMessagePayload } from "../../shared/contracts/text-message.ts";
import { noteMessageEvent } from "../../shared/messaging/note-message-event.ts";
import { sendMessage } from "../../shared/messaging/send-message.ts";
import type { MessageReport, Messenger } from "../../shared/ports/messenger.ts";

const SID = "SM00000000000000000000000000000001";

const reminder: TextMessagePayload = {
  to: "+31612345678",
  content: {
    template: "booking_reminder",
    variables: {
      name: "Ada",
      service: "Portrait session",
      startsAt: "2026-01-02T18:30:00Z",
      timeZone: "Europe/Amsterdam",
    },
  },
};
const ownWords: TextMessagePayload = { to: "+31612345678", content: { text: "Your vase is ready." } };

describe("a text message", () => {
  it("is sent once, in the seller's language and the person's time, and the job knows its id", async () => {
    const run = await runJob(smsMessage, reminder);
    expect(run.result).toEqual({ messageSid: SID });
    expect(run.messages).toMatchObject([
      {
        channel: "sms",
        from: "+15005550006",
        to: "+31612345678",
        content: {
          text: "Hello Ada, a reminder of your booking at Studio Example: Portrait session, Friday 2 January at 19:30.",
        },
      },
    ]);
  });

  it("survives a crash at each of its calls, by SMS and by WhatsApp", async () => {
    for (const options of [{}, { isMessageReported: false }]) {
      const sms = await checkJob(smsMessage, reminder, options);
      expect(sms.resends).toEqual([]);
      const whatsapp = await checkJob(whatsappMessage, reminder, options);
      expect(whatsapp.resends).toEqual([]);
    }
  });

  it("whose answer was lost is found in Twilio's list when no callback comes either", async () => {
    const run = await runJob(smsMessage, ownWords, { messages: ["lost"], isMessageReported: false });
    expect(run.result).toEqual({ messageSid: SID });
    expect(run.messages).toHaveLength(1);
  });

  it("whose answer was lost is known by its callback, whatever Twilio has made of the words", async () => {
    const run = await runJob(
      {
        ...smsMessage,
        handle: (job, services) => {
          const messenger: Messenger = {
            send: (message) => services.messenger.send(message),
            report: noReport,
            findSent: () => Promise.resolve([]),
          };
          return sendMessage(job, { ...services, messenger }, "sms");
        },
      },
      ownWords,
      { messages: ["lost"] },
    );
    expect([run.result, run.messages.length]).toEqual([{ messageSid: SID }, 1]);
  });

  it("that was not taken is sent again after an unknown outcome", async () => {
    const run = await runJob(smsMessage, ownWords, { messages: ["timeout"] });
    expect(run.status).toBe("completed");
    expect(run.messages).toHaveLength(1);
  });

  it("is not taken for that of another job with the same words", async () => {
    const sentByOther = {
      status: "delivered",
      at: "2026-01-01T00:00:00.000Z",
      jobId: "sms_message-other",
      effect: "message",
      history: [],
      expiresAt: 1_800_000_000,
    };
    // Ours died before it was sent; what Twilio's list has is the other job's.
    const options: RunOptions = {
      records: [{ kind: "message", id: SID, body: sentByOther }],
      messages: ["lost"],
      isMessageReported: false,
    };
    const run = await runJob(smsMessage, ownWords, options);
    expect(run.result).toEqual({ messageSid: "SM00000000000000000000000000000002" });
  });

  it("is tried again when Twilio has too many, and fails at once where no retry can help", async () => {
    const throttled = await runJob(smsMessage, ownWords, { messages: ["throttled"] });
    expect([throttled.status, throttled.messages.length]).toEqual(["completed", 1]);
    const rejected = await runJob(smsMessage, ownWords, { messages: ["rejected"] });
    expect([rejected.status, rejected.messages.length, rejected.attempts]).toEqual(["failed", 0, 1]);
  });

  it("to a person who has answered STOP is not sent, and its job says why", async () => {
    const optedOut = new EffectRefusedError("TWILIO_21610", "Opted out.", { isPermanent: true });
    const refusing = { send: () => Promise.reject(optedOut), report: noReport, findSent: () => Promise.resolve([]) };
    const run = await runJob(
      { ...smsMessage, handle: (job, services) => sendMessage(job, { ...services, messenger: refusing }, "sms") },
      ownWords,
    );
    expect([run.status, run.result]).toEqual(["completed", { notSent: "opted_out" }]);
  });

  it("fails with what to do where the settings name no sender", async () => {
    const { messaging: _none, ...seller } = exampleSeller;
    const run = await runJob(smsMessage, ownWords, { records: [{ kind: "settings", id: "seller", body: seller }] });
    expect(run.error).toMatchObject({ code: "MESSAGING_NOT_CONFIGURED" });
    expect(run.messages).toEqual([]);
  });
});

const noReport = () => Promise.resolve(undefined);

/** The consumer of callbacks, with what Twilio says of the message from one look to the next. */
function twilioEventWith(reports: readonly Partial<MessageReport>[]) {
  let looks = 0;
  const unused = () => Promise.reject(new Error("not a consumer's business"));
  const report = () => Promise.resolve({ id: SID, status: "sent", ...reports[Math.min(looks++, reports.length - 1)] });
  const messenger: Messenger = { send: unused, findSent: unused, report };
  const handle: typeof twilioEvent.handle = (job, services) => noteMessageEvent(job, { ...services, messenger });
  return { definition: twilioEvent.definition, handle };
}

const event = (status: string, changes: object = {}) => ({
  messageSid: SID,
  status,
  jobId: "sms_message-ord_1",
  effect: "message",
  ...changes,
});
const messageIn = (run: Awaited<ReturnType<typeof runJob>>) => run.records.find(({ kind }) => kind === "message")?.body;

describe("a status callback", () => {
  it("becomes the effect's receipt, and the message's record with its price", async () => {
    const run = await runJob(
      twilioEventWith([{ status: "delivered", price: "0.0079", priceUnit: "USD" }]),
      event("delivered"),
    );
    expect(run.result).toEqual({ status: "delivered", price: "0.0079", priceUnit: "USD" });
    expect(messageIn(run)).toMatchObject({
      status: "delivered",
      price: "0.0079",
      priceUnit: "USD",
      jobId: "sms_message-ord_1",
      history: [{ status: "delivered" }],
    });
  });

  it("waits for the price, a few times, and then does without", async () => {
    const billedLater = await runJob(twilioEventWith([{}, {}, { price: "0.0079" }]), event("delivered"));
    expect(billedLater.result).toMatchObject({ price: "0.0079" });
    const neverBilled = await runJob(twilioEventWith([{}]), event("delivered"));
    expect([neverBilled.status, neverBilled.attempts]).toEqual(["completed", 4]);
    expect(neverBilled.result).toEqual({ status: "delivered" });
  });

  it("says in the job's notes why a message did not arrive", async () => {
    const failed = { status: "undelivered", errorCode: 30005, price: "0.0079" };
    const run = await runJob(twilioEventWith([failed]), event("undelivered", { errorCode: 30005 }));
    expect(messageIn(run)).toMatchObject({ status: "undelivered", errorCode: 30005 });
    expect(JSON.stringify(run.logs)).toContain("30005: the number is unknown or no longer exists");
  });

  it("is on record although Twilio does not answer what the message cost", async () => {
    const handle: typeof twilioEvent.handle = (job, services) => {
      const report = () => Promise.reject(new Error("Twilio answered 503"));
      return noteMessageEvent(job, { ...services, messenger: { ...services.messenger, report } });
    };
    const run = await runJob({ definition: twilioEvent.definition, handle }, event("delivered"));
    expect(run.status).toBe("failed");
    expect(messageIn(run)).toMatchObject({ status: "delivered", jobId: "sms_message-ord_1" });
  });

  it("does not promise an attempt for a message that had been taken", async () => {
    const failed = { status: "failed", errorCode: 63018 };
    const run = await runJob(twilioEventWith([failed]), event("failed", { errorCode: 63018 }));
    expect(JSON.stringify(run.logs)).toContain("63018: WhatsApp's rate limit was reached. Enqueue the message again");
  });

  it("that comes late never lowers what is known, and is kept in the history", async () => {
    const known = {
      status: "delivered",
      at: "2026-01-01T00:00:00.000Z",
      jobId: "sms_message-ord_1",
      effect: "message",
      price: "0.0079",
      history: [{ status: "delivered", at: "2026-01-01T00:00:00.000Z" }],
      expiresAt: 1_800_000_000,
    };
    const options: RunOptions = { records: [{ kind: "message", id: SID, body: known }] };
    for (const late of ["queued", "sent", "failed"]) {
      const run = await runJob(twilioEventWith([{ status: "sent" }]), event(late), options);
      expect(messageIn(run)).toMatchObject({
        status: "delivered",
        price: "0.0079",
        history: [{ status: "delivered" }, { status: late }],
      });
    }
    const read = await runJob(twilioEventWith([{ status: "read" }]), event("read"), options);
    expect(messageIn(read)).toMatchObject({ status: "read" });
  });

  it("survives a crash at each of its calls, and the same one again changes nothing", async () => {
    const billed = () => twilioEventWith([{ status: "delivered", price: "0.0079", priceUnit: "USD" }]);
    await checkJob(billed(), event("delivered"));
    const once = await runJob(billed(), event("delivered"), { faults: [loseAnswer("records.create")] });
    const twice = await runJob(billed(), event("delivered"), { faults: [crashAfter("receipts.put")] });
    expect(messageIn(once)).toMatchObject({ history: [{ status: "delivered" }] });
    expect(messageIn(twice)).toMatchObject({ history: [{ status: "delivered" }] });
  });
});
