import { readFile } from "node:fs/promises";

import { describe, expect, it } from "@jest/globals";

import {
  checkJob,
  checkSchedule,
  exampleOf,
  expectMail,
  expectMessage,
  runJob,
  runSchedule,
} from "../../testing/index.ts"; // before the handlers
import { handler as bookingReminders } from "../../functions/bookings/booking-reminders.ts";
import { handler as paymentReminders } from "../../functions/bookings/payment-reminders.ts";
import { handler as reminders } from "../../functions/bookings/reminders.ts";
import { handler as email } from "../../functions/messaging/email.ts";
import { handler as whatsapp } from "../../functions/messaging/whatsapp-message.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import type { SweepSettings } from "../../shared/contracts/sweep-settings.ts";
import type { TestRun } from "../../testing/index.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";

/** 24 hours before the booking of the factory. */
const DAY_BEFORE = "2026-03-01T19:00:00Z";
const at = (asOf: string, dryRun = false) => ({ dryRun, asOf });
const people = [aClient(), aPerformer()];
const seller = {
  kind: "settings",
  id: "seller",
  body: {
    ...exampleSeller,
    messaging: {
      ...exampleSeller.messaging,
      whatsappTemplates: {
        booking_reminder: "HX00000000000000000000000000000001",
        booking_payment_reminder: "HX00000000000000000000000000000002",
      },
    },
  },
};
const sweeps = (bookings: Partial<SweepSettings["bookings"]>) => ({
  kind: "settings",
  id: "sweeps",
  body: { bookings },
});
const bodyOf = (run: TestRun, kind: string, id: string) =>
  run.records.find((record) => record.kind === kind && record.id === id)?.body;

describe("a booking's reminder", () => {
  it("goes to both sides by mail, a day before, and stands in their accounts", async () => {
    const run = await runJob(bookingReminders, at(DAY_BEFORE), {
      now: DAY_BEFORE,
      records: [aBooking(), ...people],
      others: [email],
    });
    expect(run.result).toMatchObject({ success: true, remindersSent: 1, visited: 1, errors: [], dryRun: false });
    expect(expectMail(run, { to: "ada@example.com" })).toMatchObject({
      subject: "Reminder: Close-up magic, Monday, 2 March 2026 at 20:00",
      text: expect.stringContaining("The Great Babbage") as unknown,
    });
    const { text } = expectMail(run, { to: "charles@example.com" });
    expect(text).toContain("With: Ada Lovelace");
    expect(text).toContain("We remind you of this booking"); // not of his own: he is booked
    expect(run.mails).toHaveLength(2);
    expect(run.messages).toEqual([]);
    expect(bodyOf(run, "notification", "booking_reminder-bk_1-performer")).toEqual({
      notificationId: "booking_reminder-bk_1-performer",
      recipient: { role: "performer", id: "pf_1" },
      kind: "booking_reminder",
      about: "bk_1",
      channels: ["email"],
      createdAt: expect.stringMatching(/^2026-03-01T19:00:0/) as unknown,
    });
    expect(bodyOf(run, "booking", "bk_1")).toMatchObject({
      reminder: { jobIds: ["email-booking_reminder-bk_1-client", "email-booking_reminder-bk_1-performer"] },
    });
  });

  it("goes by WhatsApp as well to whoever has agreed, in their language and by their clock", async () => {
    const client = aClient({ phone: "+31612345678", wantsWhatsApp: true, timeZone: "America/New_York", locale: "nl" });
    const performer = aPerformer({ phone: "+31687654321" }); // has not agreed
    const run = await runJob(bookingReminders, at(DAY_BEFORE), {
      now: DAY_BEFORE,
      records: [aBooking(), client, performer, seller],
      others: [email, whatsapp],
    });
    expect(expectMail(run, { to: "ada@example.com" }).text).toContain("maandag 2 maart 2026 om 14:00");
    expect(expectMail(run, { to: "charles@example.com" }).text).toContain("Monday, 2 March 2026 at 20:00");
    // The seller has no Dutch template: the one for everybody is filled as the seller writes times.
    expect(expectMessage(run, { channel: "whatsapp", to: "+31612345678" }).content).toMatchObject({
      variables: { "1": "Ada Lovelace", "2": "Close-up magic", "3": "Monday 2 March at 14:00" },
    });
    expect(run.messages).toHaveLength(1);
    expect(bodyOf(run, "notification", "booking_reminder-bk_1-client")).toMatchObject({
      channels: ["email", "whatsapp"],
    });
  });

  it("goes to the client only, where the settings say so", async () => {
    const records = [aBooking(), ...people, sweeps({ remindsPerformers: false })];
    const run = await runJob(bookingReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records });
    expect(run.enqueued.map(({ id }) => id)).toEqual(["email-booking_reminder-bk_1-client"]);
  });

  it("waits for the window that the settings say", async () => {
    const records = [aBooking(), ...people, sweeps({ reminderWindow: { fromHours: 47, toHours: 49 } })];
    const early = await runJob(bookingReminders, at("2026-02-28T19:00:00Z"), { now: "2026-02-28T19:00:00Z", records });
    expect(early.result).toMatchObject({ remindersSent: 1 });
    const late = await runJob(bookingReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records });
    expect(late.result).toMatchObject({ remindersSent: 0, visited: 0 });
  });

  it.each(["pending", "cancelled", "completed"] as const)("of a %s booking is none", async (status) => {
    const run = await runJob(bookingReminders, at(DAY_BEFORE), {
      now: DAY_BEFORE,
      // As a list that lags behind still has it.
      records: [{ ...aBooking({ status }), lists: aBooking().lists }, ...people],
    });
    expect(run.result).toMatchObject({ success: true, remindersSent: 0, visited: 1 });
    expect(run.enqueued).toEqual([]);
  });

  it("is not sent again for a booking that was moved after it", async () => {
    const moved = aBooking({
      startsAt: "2026-03-05T19:00:00Z",
      reminder: { at: DAY_BEFORE, jobIds: ["email-booking_reminder-bk_1-client"] },
    });
    const [at4, now] = [at("2026-03-04T19:00:00Z"), "2026-03-04T19:00:00Z"];
    const run = await runJob(bookingReminders, at4, { now, records: [moved, ...people] });
    expect(run.result).toMatchObject({ remindersSent: 0, visited: 0 });
    // Nor by a list that still has it.
    const listed = { ...moved, lists: aBooking({ startsAt: "2026-03-05T19:00:00Z" }).lists };
    const again = await runJob(bookingReminders, at4, { now, records: [listed, ...people] });
    expect(again.result).toMatchObject({ remindersSent: 0, visited: 1 });
    expect(again.enqueued).toEqual([]);
  });

  it("of an event that has begun meanwhile is pointless: nobody is told, nothing is marked", async () => {
    const records = [aBooking(), ...people];
    const run = await runJob(bookingReminders, at(DAY_BEFORE), { now: "2026-03-02T19:00:00Z", records });
    expect(run.result).toMatchObject({ success: true, remindersSent: 0, visited: 1 });
    expect(run.enqueued).toEqual([]);
    expect(bodyOf(run, "booking", "bk_1")).not.toHaveProperty("reminder");
    expect(run.logs).toMatchObject([{ level: "warn", fields: { bookingId: "bk_1" } }]);
    const inTime = await runJob(bookingReminders, at(DAY_BEFORE), { now: "2026-03-02T18:59:00Z", records });
    expect(inTime.result).toMatchObject({ remindersSent: 1 });
  });

  it("that waits until the event has begun does not go out any more", async () => {
    const run = await runJob(bookingReminders, at(DAY_BEFORE), {
      now: "2026-03-02T18:59:56Z",
      records: [aBooking(), ...people],
      others: [email],
      latencyMs: (call) => (call.startsWith("store.create") ? 2_000 : 10),
    });
    expect(run.result).toMatchObject({ success: true, remindersSent: 1 });
    expect(run.enqueued.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    expect(run.mails).toEqual([]);
  });

  it("goes by the window to the millisecond, also as the list is read", async () => {
    const beginnings = {
      too_near: "2026-03-02T17:59:59.999Z",
      nearest: "2026-03-02T18:00:00.000Z",
      farthest: "2026-03-02T20:00:00.000Z",
      too_far: "2026-03-02T20:00:00.001Z",
    };
    const all = Object.entries(beginnings).map(([bookingId, startsAt]) => aBooking({ bookingId, startsAt }));
    const run = await runJob(bookingReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records: [...all, ...people] });
    expect(run.result).toMatchObject({ remindersSent: 2, visited: 2 });
    expect(run.enqueued.map(({ id }) => id).filter((id) => id.endsWith("-client"))).toEqual([
      "email-booking_reminder-nearest-client",
      "email-booking_reminder-farthest-client",
    ]);
  });

  it("says in a dry run what would be done, and does nothing", async () => {
    const records = [aBooking(), ...people];
    const run = await runJob(bookingReminders, at(DAY_BEFORE, true), { now: DAY_BEFORE, records });
    expect(run.result).toMatchObject({ success: true, remindersSent: 1, dryRun: true });
    expect(run.enqueued).toEqual([]);
    expect(run.records).toHaveLength(records.length);
  });

  it("that cannot be, for want of a person, is listed by its booking, and stops no other", async () => {
    const orphan = aBooking({ bookingId: "bk_2", clientId: "cl_gone" });
    const run = await runJob(bookingReminders, at(DAY_BEFORE), {
      now: DAY_BEFORE,
      records: [aBooking(), orphan, ...people],
    });
    expect(run.result).toMatchObject({
      success: false,
      remindersSent: 1,
      errorCount: 1,
      errors: ["bk_2: There is no client cl_gone."],
    });
    expect(bodyOf(run, "booking", "bk_2")).not.toHaveProperty("reminder");
  });

  it("survives a crash, wherever it comes", async () => {
    const client = aClient({ phone: "+31612345678", wantsWhatsApp: true });
    const records = [aBooking(), aBooking({ bookingId: "bk_2" }), client, aPerformer()];
    await expect(checkJob(bookingReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records })).resolves.toMatchObject({
      resends: [],
    });
    const { payload, options } = exampleOf(bookingReminders);
    await expect(checkJob(bookingReminders, payload, options)).resolves.toMatchObject({ resends: [] });
  }, 120_000);
});

describe("a payment's reminder", () => {
  const THREE_DAYS_BEFORE = "2026-02-27T19:00:00Z";

  it("goes to the client three days before, with the balance and where to pay it", async () => {
    const client = aClient({ phone: "+31612345678", wantsWhatsApp: true });
    const run = await runJob(paymentReminders, at(THREE_DAYS_BEFORE), {
      now: THREE_DAYS_BEFORE,
      records: [aBooking(), client, aPerformer({ phone: "+31687654321", wantsWhatsApp: true }), seller],
      others: [email, whatsapp],
    });
    expect(run.result).toMatchObject({ success: true, remindersSent: 1 });
    const { text } = expectMail(run, { to: "ada@example.com" });
    for (const words of ["€350.00", "https://studio.example.com/pay/bk_1", "Monday, 2 March 2026 at 20:00"]) {
      expect(text).toContain(words);
    }
    expect(expectMessage(run, { channel: "whatsapp", to: "+31612345678" }).content).toMatchObject({
      variables: { "4": "€350.00", "5": "https://studio.example.com/pay/bk_1" },
    });
    expect([run.mails.length, run.messages.length]).toEqual([1, 1]);
    expect(bodyOf(run, "notification", "booking_payment_reminder-bk_1-client")).toMatchObject({ about: "bk_1" });
    expect(bodyOf(run, "booking", "bk_1")).toMatchObject({ paymentReminder: { jobIds: expect.any(Array) as unknown } });
  });

  it("goes by the 72 hours to the millisecond, also as the list is read", async () => {
    const beginnings = {
      begins: "2026-02-27T19:00:00.000Z",
      nearest: "2026-02-27T19:00:01.000Z",
      farthest: "2026-03-02T19:00:00.000Z",
      too_far: "2026-03-02T19:00:00.001Z",
    };
    const all = Object.entries(beginnings).map(([bookingId, startsAt]) => aBooking({ bookingId, startsAt }));
    const run = await runJob(paymentReminders, at(THREE_DAYS_BEFORE), {
      now: THREE_DAYS_BEFORE,
      latencyMs: 1,
      records: [...all, ...people],
    });
    expect(run.result).toMatchObject({ remindersSent: 2, visited: 2 });
    expect(run.enqueued.map(({ id }) => id)).toEqual([
      "email-booking_payment_reminder-nearest-client",
      "email-booking_payment_reminder-farthest-client",
    ]);
  });

  it("is a matter of its own: a booking that was reminded of gets it all the same", async () => {
    const reminded = aBooking({ reminder: { at: THREE_DAYS_BEFORE, jobIds: [] } });
    const run = await runJob(paymentReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records: [reminded, ...people] });
    expect(run.result).toMatchObject({ remindersSent: 1 });
  });

  it.each([
    ["is paid", { paid: 45_000 }],
    ["was reminded of it", { paymentReminder: { at: THREE_DAYS_BEFORE, jobIds: [] } }],
    ["is cancelled", { status: "cancelled" as const }],
  ])("of a booking that %s is none, even where the list lags behind", async (_, overrides) => {
    const stale = { ...aBooking(overrides), lists: aBooking().lists };
    const run = await runJob(paymentReminders, at(DAY_BEFORE), { now: DAY_BEFORE, records: [stale, ...people] });
    expect(run.result).toMatchObject({ remindersSent: 0, visited: 1 });
    expect(run.enqueued).toEqual([]);
  });

  it("survives a crash, wherever it comes", async () => {
    const { payload, options } = exampleOf(paymentReminders);
    await expect(checkJob(paymentReminders, payload, options)).resolves.toMatchObject({ resends: [] });
  }, 60_000);
});

describe("all reminders", () => {
  const options = { records: [aBooking(), ...people], others: [bookingReminders, paymentReminders] };

  it("run as two children with one time, and are summed up", async () => {
    const run = await runJob(reminders, at(DAY_BEFORE), { now: DAY_BEFORE, ...options });
    expect(run.result).toEqual({
      success: true,
      dryRun: false,
      summary: { bookingReminders: { sent: 1, errors: [] }, paymentReminders: { sent: 1, errors: [] } },
    });
    expect(run.children.map(({ type, payload }) => [type, payload])).toEqual([
      ["booking_reminders", { dryRun: false, asOf: "2026-03-01T19:00:00.000Z" }],
      ["payment_reminders", { dryRun: false, asOf: "2026-03-01T19:00:00.000Z" }],
    ]);
  });

  it("of an hour that was caught up look at that hour's window", async () => {
    const run = await runSchedule(reminders, "reminders", "2026-03-01T18:00:00Z", {
      ...options,
      now: "2026-03-02T10:00:00Z", // 16 hours late: by then the event is 9 hours away
    });
    expect(run.result).toMatchObject({ summary: { bookingReminders: { sent: 1 } } });
    expect(run.children[0]?.payload).toEqual({ dryRun: false, asOf: "2026-03-01T18:00:00.000Z" });
  });

  it("say what could not be done, and what another run is at", async () => {
    const heldUntil = Date.parse(DAY_BEFORE) + 600_000;
    const lock = {
      kind: "sweep_lock",
      id: "booking_reminders",
      body: { jobId: "booking_reminders-manual", heldUntil },
    };
    const run = await runJob(reminders, at(DAY_BEFORE), {
      ...options,
      now: DAY_BEFORE,
      records: [aBooking({ clientId: "cl_gone" }), ...people, lock],
    });
    expect(run.result).toEqual({
      success: false,
      dryRun: false,
      summary: {
        bookingReminders: { sent: 0, errors: [], skipped: true },
        paymentReminders: { sent: 0, errors: ["bk_1: There is no client cl_gone."] },
      },
    });
  });

  it("have a result as the guide shows it", async () => {
    const orphan = aBooking({ bookingId: "bk_2", clientId: "cl_gone", startsAt: "2026-03-03T19:00:00Z" });
    const run = await runJob(reminders, at(DAY_BEFORE), {
      ...options,
      now: DAY_BEFORE,
      records: [aBooking(), orphan, ...people],
    });
    const shown: unknown = JSON.parse(await readFile("test/fixtures/reminders-result.json", "utf8"));
    expect(run.result).toEqual(shown);
  });

  it("name a part that has failed, and sum up the other", async () => {
    const broken = { definition: bookingReminders.definition, handle: () => Promise.reject(new Error("no table")) };
    const run = await runJob(reminders, at(DAY_BEFORE), {
      ...options,
      now: DAY_BEFORE,
      others: [broken, paymentReminders],
    });
    expect(run.result).toMatchObject({
      success: false,
      summary: { bookingReminders: { sent: 0 }, paymentReminders: { sent: 1, errors: [] } },
    });
    const [error] = (run.result as { summary: { bookingReminders: { errors: string[] } } }).summary.bookingReminders
      .errors;
    expect(error).toMatch(/^booking_reminders-\S+ failed: /);
  });

  it("do nothing in a dry run, in no part", async () => {
    const run = await runJob(reminders, at(DAY_BEFORE, true), { now: DAY_BEFORE, ...options });
    expect(run.result).toMatchObject({
      dryRun: true,
      summary: { bookingReminders: { sent: 1 }, paymentReminders: { sent: 1 } },
    });
    expect(run.enqueued.filter(({ type }) => type === "email")).toEqual([]);
  });

  it("survive a crash, wherever it comes", async () => {
    const paid = aBooking({ bookingId: "bk_paid", paid: 45_000 });
    const inTwoDays = aBooking({ bookingId: "bk_owing", startsAt: "2026-03-03T19:00:00Z" });
    const check = { records: [paid, inTwoDays, ...people], others: [bookingReminders, paymentReminders] };
    await expect(checkSchedule(reminders, "reminders", DAY_BEFORE, check)).resolves.toMatchObject({ resends: [] });
  }, 120_000);
});
