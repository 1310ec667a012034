import { checkJob, expectMail, expectNothingDone, refuse, runJob, type TestRun } from "../../testing/index.ts"; // first
import { describe, expect, it } from "@jest/globals";

import { handler } from "../../functions/bookings/cleanup-stale-bookings.ts";
import { handler as emailHandler } from "../../functions/messaging/email.ts";
import { handler as whatsappHandler } from "../../functions/messaging/whatsapp-message.ts";
import { cancelUnpaidBookings } from "../../shared/bookings/cancel-unpaid-bookings.ts";
import { cleanupStaleBookings } from "../../shared/catalog/bookings.ts";
import { sweepPayload, type SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { bookings, type Booking } from "../../shared/records/booking.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";
import { beforeChangeOf } from "../support/meanwhile.ts";

const NOW = "2026-03-01T02:00:00Z";
const payload = { dryRun: false, asOf: NOW };
const others = [emailHandler, whatsappHandler];

const unpaid = (overrides: Partial<Booking> = {}) =>
  aBooking({ status: "pending", paid: 0, depositPaidAt: undefined, createdAt: "2026-02-27T12:00:00Z", ...overrides });
const people = [
  aClient({ wantsWhatsApp: true, phone: "+31612345678", timeZone: "Europe/London" }),
  aPerformer({ locale: "nl" }),
];
/** Runs the clean-up twice. */
const twoRuns = defineJob({
  type: "two_runs",
  summary: "Runs the clean-up twice.",
  payload: sweepPayload,
  retry: { maxAttempts: 1, backoff: fixed(1_000) },
  run: { timeoutSeconds: 30, memoryMb: 128, batchSize: 1 },
  needs: { enqueues: ["cleanup_stale_bookings"] },
});
const bookingOf = (run: TestRun, id = "bk_1") =>
  run.records.find((each) => each.kind === "booking" && each.id === id)?.body;
const kinds = (run: TestRun, kind: string) => run.records.filter((each) => each.kind === kind);

describe("the clean-up of bookings without deposit", () => {
  it("cancels a booking a day after it was made, and has both sides told, each in their language and by their clock", async () => {
    const run = await runJob(handler, payload, { now: NOW, records: [unpaid(), ...people], others });
    expect(run.result).toEqual({
      success: true,
      errors: [],
      errorCount: 0,
      visited: 1,
      dryRun: false,
      cancelledCount: 1,
    });
    expect(run.mails).toHaveLength(2);
    const toClient = expectMail(run, { to: "ada@example.com" });
    expect(toClient.subject).toBe("Cancelled: Close-up magic, Monday, 2 March 2026 at 19:00");
    for (const words of ["The deposit was not paid in time.", "The Great Babbage", "Europe/London"]) {
      expect(toClient.text).toContain(words);
    }
    const toPerformer = expectMail(run, { to: "charles@example.com" });
    expect(toPerformer.subject).toBe("Geannuleerd: Close-up magic, maandag 2 maart 2026 om 20:00");
    for (const words of ["De aanbetaling is niet op tijd betaald.", "Ada Lovelace", "Europe/Amsterdam"]) {
      expect(toPerformer.text).toContain(words);
    }
    expect(run.messages).toHaveLength(1);
    expect(run.messages[0]).toMatchObject({ channel: "whatsapp", to: "+31612345678" });
  });

  it("notes the cancellation, with the jobs that tell of it, a notification for each side and one audit entry", async () => {
    const run = await runJob(handler, payload, { now: NOW, records: [unpaid(), ...people] });
    expect(bookingOf(run)).toMatchObject({
      status: "cancelled",
      cancellation: {
        reason: "The deposit was not paid in time.",
        by: "cleanup_stale_bookings",
        told: {
          jobIds: [
            "email-booking_cancelled-bk_1-client",
            "whatsapp_message-booking_cancelled-bk_1-client",
            "email-booking_cancelled-bk_1-performer",
          ],
        },
      },
    });
    expect(kinds(run, "notification").map(({ id, body }) => [id, body["channels"]])).toEqual([
      ["booking_cancelled-bk_1-client", ["email", "whatsapp"]],
      ["booking_cancelled-bk_1-performer", ["email"]],
    ]);
    expect(kinds(run, "audit").map(({ body }) => body)).toMatchObject([
      {
        auditId: "booking_cancelled-bk_1",
        actor: "cleanup_stale_bookings",
        action: "booking.cancelled",
        subject: { kind: "booking", id: "bk_1" },
        severity: "info",
      },
    ]);
  });

  it("leaves alone what is younger, paid, confirmed, or cancelled by somebody else", async () => {
    const records = [
      unpaid({ bookingId: "bk_young", createdAt: "2026-02-28T02:00:00.001Z" }),
      unpaid({ bookingId: "bk_paid", depositPaidAt: "2026-02-27T13:00:00Z" }),
      unpaid({ bookingId: "bk_sure", status: "confirmed" }),
      unpaid({
        bookingId: "bk_ill",
        status: "cancelled",
        cancellation: { at: "2026-02-20T10:00:00Z", reason: "Fell ill.", by: "us_1" },
      }),
    ];
    const run = await runJob(handler, payload, { now: NOW, records: [...records, ...people] });
    expect(run.result).toMatchObject({ success: true, cancelledCount: 0, visited: 0 });
    expectNothingDone(run);
    for (const { id, body } of records) expect(bookingOf(run, id)).toEqual(JSON.parse(JSON.stringify(body)));
  });

  it("cancels at exactly 24 hours", async () => {
    const records = [unpaid({ createdAt: "2026-02-28T02:00:00Z" }), ...people];
    const run = await runJob(handler, payload, { now: NOW, records });
    expect(run.result).toMatchObject({ cancelledCount: 1 });
  });

  it("waits as long as the settings say", async () => {
    const settings = { kind: "settings", id: "sweeps", body: { bookings: { cancelUnpaidAfterHours: 72 } } };
    const records = [
      unpaid({ bookingId: "bk_young", createdAt: "2026-02-26T02:00:00.001Z" }),
      unpaid({ bookingId: "bk_old", createdAt: "2026-02-26T02:00:00Z" }),
      settings,
      ...people,
    ];
    const run = await runJob(handler, payload, { now: NOW, records });
    expect(run.result).toMatchObject({ cancelledCount: 1 });
    expect(bookingOf(run, "bk_old")).toMatchObject({ status: "cancelled" });
    expect(bookingOf(run, "bk_young")).toMatchObject({ status: "pending" });
  });

  it.each([
    ["starts", "2026-03-29T00:30:00Z", "Sunday, 29 March 2026 at 01:30", "Central European Standard Time"],
    ["has started", "2026-03-29T01:30:00Z", "Sunday, 29 March 2026 at 03:30", "Central European Summer Time"],
    ["ends", "2026-10-25T00:30:00Z", "Sunday, 25 October 2026 at 02:30", "Central European Summer Time"],
    ["has ended", "2026-10-25T01:30:00Z", "Sunday, 25 October 2026 at 02:30", "Central European Standard Time"],
  ])("tells the time in Amsterdam in the night in which summer time %s", async (_, startsAt, time, zone) => {
    const run = await runJob(handler, payload, {
      now: NOW,
      records: [unpaid({ startsAt }), aClient(), aPerformer()],
      others,
    });
    const { subject, text } = expectMail(run, { to: "ada@example.com" });
    expect(subject).toBe(`Cancelled: Close-up magic, ${time}`);
    expect(text).toContain(zone);
  });

  it("says what it would do, and does nothing, in a dry run", async () => {
    const run = await runJob(handler, { ...payload, dryRun: true }, { now: NOW, records: [unpaid(), ...people] });
    expect(run.result).toMatchObject({ success: true, dryRun: true, cancelledCount: 1 });
    expectNothingDone(run);
    expect(bookingOf(run)).toEqual(JSON.parse(JSON.stringify(unpaid().body)));
    expect(run.calls.filter((call) => /^records\.(create|replace|remove)/.test(call))).toEqual([]);
  });
});

describe("a booking that somebody changes in the moment of its cancellation", () => {
  it("stays, and counts as skipped, when the deposit arrives", async () => {
    const racing = beforeChangeOf("booking", handler, (records) =>
      bookings.update(records, { id: "bk_1" }, () => ({
        status: "confirmed",
        paid: 10_000,
        depositPaidAt: "2026-03-01T02:00:00Z",
      })),
    );
    const run = await runJob(racing, payload, { now: NOW, records: [unpaid(), ...people] });
    expect(run.result).toMatchObject({ success: true, visited: 1, cancelledCount: 0 });
    expect(bookingOf(run)).toMatchObject({ status: "confirmed", paid: 10_000 });
    expect(bookingOf(run)).not.toHaveProperty("cancellation");
    expectNothingDone(run);
  });

  it("is cancelled as it then is when something else was changed", async () => {
    const racing = beforeChangeOf("booking", handler, (records) =>
      bookings.update(records, { id: "bk_1" }, () => ({ location: "Prinsengracht 2, Amsterdam" })),
    );
    const run = await runJob(racing, payload, { now: NOW, records: [unpaid(), ...people], others });
    expect(run.result).toMatchObject({ cancelledCount: 1 });
    expect(bookingOf(run)).toMatchObject({ status: "cancelled", location: "Prinsengracht 2, Amsterdam" });
    expect(expectMail(run, { to: "ada@example.com" }).text).toContain("Prinsengracht 2");
  });
});

describe("what cannot be done", () => {
  const broken = { ...unpaid({ bookingId: "bk_broken" }), body: { bookingId: "bk_broken", status: "pending" } };

  it("is an error of that booking: the others are cancelled, and the owner gets a mail", async () => {
    const records = [
      broken,
      unpaid({ bookingId: "bk_alone", performerId: "pf_gone" }),
      unpaid({ bookingId: "bk_2" }),
      ...people,
    ];
    const run = await runJob(handler, payload, { now: NOW, records, others });
    expect(run.status).toBe("completed");
    expect(run.result).toMatchObject({ success: false, errorCount: 2, visited: 3, cancelledCount: 1 });
    const { errors } = run.result as { errors: string[] }; // of a sweep's result
    expect(errors.toSorted()).toEqual([
      "bk_alone: There is no performer pf_gone.",
      expect.stringMatching(/^bk_broken: The booking record bk_broken is not right: /),
    ]);
    const toOwner = expectMail(run, { subject: /cleanup_stale_bookings: 2 could not be done/ });
    expect(toOwner.text).toContain("pf_gone");
    expect(run.mails).toHaveLength(3);
  });

  it("is counted in a dry run too, where it shows", async () => {
    const run = await runJob(
      handler,
      { ...payload, dryRun: true },
      { now: NOW, records: [broken, unpaid(), ...people] },
    );
    expect(run.result).toMatchObject({ success: false, errorCount: 1, cancelledCount: 1 });
    expectNothingDone(run);
  });

  it("is done by the next run: whom an earlier one could not tell is told then", async () => {
    const untold = unpaid({
      status: "cancelled",
      cancellation: {
        at: "2026-02-28T02:00:00Z",
        reason: "The deposit was not paid in time.",
        by: "cleanup_stale_bookings",
      },
    });
    const run = await runJob(handler, payload, { now: NOW, records: [untold, ...people], others });
    expect(run.result).toMatchObject({ success: true, cancelledCount: 1 });
    expect(run.mails).toHaveLength(2);
    expect(bookingOf(run)).toMatchObject({ cancellation: { at: "2026-02-28T02:00:00Z", told: {} } });
  });
});

describe("repetition", () => {
  it("survives a crash, wherever it comes: no second mail, none forgotten", async () => {
    const one = { now: NOW, records: [unpaid(), ...people], others };
    await expect(checkJob(handler, payload, one)).resolves.toMatchObject({ resends: [] });
    const two = { now: NOW, records: [unpaid(), unpaid({ bookingId: "bk_2" }), ...people] };
    await expect(checkJob(handler, payload, two)).resolves.toMatchObject({ resends: [] });
  }, 120_000);

  it("does nothing twice in a second run", async () => {
    const first = await runJob(handler, payload, { now: NOW, records: [unpaid(), ...people] });
    const booking = bookings.given(bookingOf(first) as Booking); // as the first run left it
    expect(booking.lists).toEqual({});
    const second = await runJob(handler, payload, { now: NOW, records: [booking, ...people] });
    expect(second.result).toMatchObject({ visited: 0, cancelledCount: 0 });
    expectNothingDone(second);
  });

  it("two runs at once: one works, the other says that it was skipped, and nobody gets a second mail", async () => {
    // The scheduled run fails at its first booking, and waits for its next attempt; the manual one comes in between.
    const both = {
      definition: twoRuns,
      handle: async (job: JobContext<SweepPayload>) => {
        await job.spawn("scheduled", cleanupStaleBookings, payload);
        await job.spawn("manual", cleanupStaleBookings, payload);
        return (await job.waitForChildren()).map(({ result }) => result);
      },
    };
    const run = await runJob(both, payload, {
      now: NOW,
      records: [unpaid(), ...people],
      others: [handler, ...others],
      faults: [refuse("records.entries")],
    });
    const [scheduled, manual] = run.result as unknown[]; // one for each child
    expect(scheduled).toMatchObject({ success: true, cancelledCount: 1 });
    expect(manual).toMatchObject({ success: true, visited: 0, skipped: { runningJobId: run.children[0]?.id } });
    expect(run.mails).toHaveLength(2);
  });

  it("two runs at once without the lock still tell nobody twice", async () => {
    const records = [unpaid(), unpaid({ bookingId: "bk_2" }), ...people];
    const twice = {
      definition: handler.definition,
      handle: async (job: JobContext<SweepPayload>, services: Services) => {
        const cancelling = { cutOff: Date.parse("2026-02-28T02:00:00Z"), locale: "en" };
        const named = (name: string) => ({
          payload: job.payload,
          enqueue: job.enqueue,
          sweep: ((_, sweep) => job.sweep(name, sweep)) as typeof job.sweep, // the same under another name
        });
        return Promise.all([
          cancelUnpaidBookings(named("one"), services, cancelling),
          cancelUnpaidBookings(named("other"), services, cancelling),
        ]);
      },
    };
    const run = await runJob(twice, payload, { now: NOW, records, others });
    expect(run.result).toMatchObject([{ success: true }, { success: true }]);
    expect(run.mails).toHaveLength(4);
    expect(run.messages).toHaveLength(2);
    expect(kinds(run, "notification")).toHaveLength(4);
    expect(kinds(run, "audit")).toHaveLength(2);
  });
});
