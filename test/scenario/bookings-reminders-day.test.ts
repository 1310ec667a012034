import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { runJob, type TestRun } from "../../testing/index.ts"; // before the handlers
import { handler as bookingReminders } from "../../functions/bookings/booking-reminders.ts";
import { handler as paymentReminders } from "../../functions/bookings/payment-reminders.ts";
import { handler as reminders } from "../../functions/bookings/reminders.ts";
import { remindBookings } from "../../shared/bookings/remind-bookings.ts";
import { reminderOf, reminderWindow, wantsReminder } from "../../shared/bookings/remind-of-booking.ts";
import { sweepSettings } from "../../shared/contracts/sweep-settings.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { BOOKING_LISTS } from "../../shared/records/booking.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** 2026-03-01T00:00:00Z */
const MIDNIGHT = 1_772_323_200_000;
const iso = (at: number) => new Date(at).toISOString();

/** Enqueues runs of all reminders, each at a time of its own and for an hour of its own. */
const timeTable = defineJob({
  type: "time_table",
  summary: "Stands for a day of the scheduler.",
  payload: z.object({ runs: z.array(z.object({ type: z.string(), hour: z.number(), runAt: z.number() })) }),
  retry: { maxAttempts: 2, backoff: fixed(1_000) },
  run: { timeoutSeconds: 30, memoryMb: 128, batchSize: 1 },
  needs: { enqueues: ["reminders", "booking_reminders"] },
});
const asPlanned = {
  definition: timeTable,
  handle: async (job: JobContext<z.output<typeof timeTable.payload>>) => {
    for (const { type, hour, runAt } of job.payload.runs) {
      const { definition } = type === "reminders" ? reminders : bookingReminders;
      const payload = { dryRun: false, asOf: iso(MIDNIGHT + hour * HOUR_MS) };
      await job.enqueue(definition, payload, { idempotencyKey: `${type}-${hour}-${runAt}`, runAt });
    }
  },
};
const others = [reminders, bookingReminders, paymentReminders];
const people = [aClient(), aPerformer()];
const mailsTo = (run: TestRun, occasion: string, side: string) =>
  run.enqueued.filter(({ id }) => id.startsWith(`email-${occasion}-`) && id.endsWith(`-${side}`)).map(({ id }) => id);

describe("a day of hourly runs", () => {
  it("reminds of each booking exactly once, with one hour's run missing and one three hours late", async () => {
    // Every seven minutes one begins, from 24 hours after the first run to 24 hours after the last.
    const count = 198;
    const all = Array.from({ length: count }, (_, index) =>
      aBooking({ bookingId: `bk_${index}`, startsAt: iso(MIDNIGHT + 24 * HOUR_MS + index * 7 * MINUTE_MS) }),
    );
    const hours = Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => hour !== 5);
    const runs = hours.map((hour) => ({
      type: "reminders",
      hour,
      runAt: MIDNIGHT + (hour === 9 ? 12.5 : hour) * HOUR_MS,
    }));
    const run = await runJob(asPlanned, { runs }, { now: MIDNIGHT, records: [...all, ...people], others });
    const results = run.enqueued.filter(({ type }) => type === "booking_reminders").map(({ result }) => result);
    expect(results).toHaveLength(23);
    const sent = (results as { remindersSent: number }[]).map(({ remindersSent }) => remindersSent);
    expect(sent.reduce((sum, each) => sum + each)).toBe(count);
    for (const side of ["client", "performer"]) {
      const mails = mailsTo(run, "booking_reminder", side);
      expect([mails.length, new Set(mails).size]).toEqual([count, count]);
    }
    // All are within 72 hours from the first run on.
    expect(new Set(mailsTo(run, "booking_payment_reminder", "client")).size).toBe(count);
    const stored = run.records.filter(({ kind }) => kind === "notification");
    expect(stored).toHaveLength(3 * count);
  }, 120_000);

  it("reminds of nothing when it is run again, with no job's row left", async () => {
    const runs = [{ type: "reminders", hour: 19, runAt: MIDNIGHT }];
    const first = await runJob(asPlanned, { runs }, { now: MIDNIGHT, records: [aBooking(), ...people], others });
    expect(first.enqueued.filter(({ type }) => type === "email")).toHaveLength(3);
    // Another world: of the first one's jobs nothing is known, its records are all there.
    const left = first.records.filter(({ kind }) => kind !== "booking");
    const booking = first.records.find(({ kind }) => kind === "booking");
    const records = [aBooking(booking?.body), ...left];
    const second = await runJob(asPlanned, { runs }, { now: MIDNIGHT, records, others });
    expect(second.enqueued.filter(({ type }) => type === "email")).toEqual([]);
  });
});

describe("two runs at once", () => {
  it("are one that works, and one that says that it was skipped", async () => {
    const count = 120;
    const all = Array.from({ length: count }, (_, index) => aBooking({ bookingId: `bk_${index}` }));
    const manual = { type: "booking_reminders", hour: 19, runAt: MIDNIGHT };
    const scheduled = { type: "reminders", hour: 19, runAt: MIDNIGHT + 1 };
    const run = await runJob(
      asPlanned,
      { runs: [manual, scheduled] },
      // So slow a table that the first run needs several claims, in between which the second begins.
      {
        now: MIDNIGHT,
        records: [...all, ...people],
        others,
        latencyMs: (call) => (/notification/.test(call) ? 700 : 10),
      },
    );
    const results = run.enqueued.filter(({ type }) => type === "booking_reminders").map(({ result }) => result);
    expect(results).toMatchObject([
      { success: true, remindersSent: count },
      { success: true, visited: 0, skipped: { runningJobId: "booking_reminders-booking_reminders-19-1772323200000" } },
    ]);
    const parent = run.enqueued.find(({ type }) => type === "reminders");
    expect(parent?.result).toMatchObject({ summary: { bookingReminders: { sent: 0, skipped: true } } });
    expect(new Set(mailsTo(run, "booking_reminder", "client")).size).toBe(count);
  }, 120_000);

  it("remind once, even if no lock keeps them apart: both find the same jobs", async () => {
    const records = new MemoryRecordStore();
    for (const { body, lists, ...key } of [aBooking(), ...people]) await records.create(key, body, lists);
    const enqueued: string[] = [];
    const { bookings: settings } = sweepSettings.parse({});
    const window = reminderWindow(Date.parse("2026-03-01T19:00:00Z"), settings);
    const remind = () =>
      remindBookings(
        pagewise(enqueued),
        { records, clock: new VirtualClock(MIDNIGHT) },
        {
          list: BOOKING_LISTS.upcoming,
          window,
          isWanted: (booking) => wantsReminder(booking, window),
          telling: (booking) => reminderOf(booking, true),
          mark: "reminder",
        },
      );
    const [one, other] = await Promise.all([remind(), remind()]);
    expect(one.remindersSent + other.remindersSent).toBe(1);
    expect(new Set(enqueued)).toEqual(
      new Set(["email-booking_reminder-bk_1-client", "email-booking_reminder-bk_1-performer"]),
    );
    expect(records.namesOf("notification")).toHaveLength(2);
  });
});

/** Of a job only what a sweep of one page needs: its enqueue, and items in turn. */
function pagewise(enqueued: string[]) {
  const job = {
    payload: { dryRun: false },
    log: { warn: () => {} },
    enqueue: async ({ type }: { type: string }, _: unknown, { idempotencyKey }: { idempotencyKey: string }) => {
      await Promise.resolve();
      enqueued.push(`${type}-${idempotencyKey}`);
      return { id: `${type}-${idempotencyKey}`, isNew: true };
    },
    sweep: async (_: string, sweep: Parameters<JobContext<never>["sweep"]>[1]) => {
      const { items } = await sweep.page(undefined);
      const outcomes = [];
      for (const item of items) if (sweep.isDue?.(item) !== false) outcomes.push(await sweep.each(item, {} as never));
      const done = outcomes.filter((outcome) => outcome !== "skipped").length;
      return { pages: 1, visited: items.length, done, skipped: 0, failed: 0, errors: [], isDryRun: false };
    },
  };
  return job as unknown as Parameters<typeof remindBookings>[0]; // the rest is not used
}
