import "../../testing/environment.ts"; // before the handler

import { expect, it } from "@jest/globals";

import { handler } from "../../functions/bookings/booking-reminders.ts";
import { bookingReminders } from "../../shared/catalog/bookings.ts";
import { email, whatsappMessage } from "../../shared/catalog/messaging.ts";
import type { SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { SettingsCache } from "../../shared/records/settings-cache.ts";
import { SweepSettingsCache } from "../../shared/records/sweep-settings.ts";
import { exampleOf } from "../../testing/index.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { Simulation } from "../support/simulation.ts";

const NAP_MS = 5_000;

/** A world in which each page takes five seconds, so that two runs overlap. */
async function twoWorkers() {
  const records = new MemoryRecordStore();
  const { payload, options } = exampleOf({ definition: bookingReminders });
  for (const { body, lists, ...key } of options.records) await records.create(key, body, lists);
  const done = { handler: async () => Promise.resolve() };
  const simulation: Simulation<SweepPayload> = new Simulation(
    bookingReminders,
    (job) => {
      const entries: RecordStore["entries"] = async (...page) => {
        await simulation.nap(NAP_MS);
        return records.entries(...page);
      };
      const calls: Pick<RecordStore, "get" | "create" | "replace" | "entries"> = {
        get: (key) => records.get(key),
        create: (...record) => records.create(...record),
        replace: (...record) => records.replace(...record),
        entries,
      };
      const slow = calls as RecordStore; // this sweep uses no others
      const { clock } = simulation;
      const settings = new SettingsCache(slow, clock);
      const used: Partial<Services> = {
        records: slow,
        clock,
        settings,
        sweepSettings: new SweepSettingsCache(slow, clock),
      };
      return handler.handle(job, used as Services); // it uses no others
    },
    [
      { definition: email, ...done },
      { definition: whatsappMessage, ...done },
    ],
  );
  return { simulation, payload, records };
}

it("of two runs at once, one works and the other says so, and the next one has nothing to do", async () => {
  const { simulation, payload, records } = await twoWorkers();
  const resultOf = (id: string): unknown => {
    const job = simulation.store.jobs().find((each) => each.id === id);
    if (job?.status !== "completed" || job.result === undefined || !("json" in job.result))
      throw new Error(job?.status);
    return JSON.parse(job.result.json ?? "null");
  };
  const scheduled = await simulation.enqueue(payload, { idempotencyKey: "scheduled" });
  const byHand = await simulation.enqueue(payload, { idempotencyKey: "by-hand" });
  await simulation.settleTogether(2);
  expect(resultOf(scheduled)).toMatchObject({ success: true, remindersSent: 1 });
  expect(resultOf(byHand)).toMatchObject({ success: true, visited: 0, skipped: { runningJobId: scheduled } });
  const ids = simulation.store.jobs().map(({ id }) => id);
  expect(ids.filter((id) => id.startsWith("email-"))).toEqual([
    "email-booking_reminder-bk_1-client",
    "email-booking_reminder-bk_1-performer",
  ]);
  const again = await simulation.enqueue(payload, { idempotencyKey: "again" });
  await simulation.settleTogether(2);
  expect(resultOf(again)).toMatchObject({ success: true, visited: 0, remindersSent: 0 });
  expect(simulation.store.jobs()).toHaveLength(ids.length + 1);
  expect(records.namesOf("notification")).toHaveLength(2);
});
