import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { bookingMade, bookingReminder, calendarUpdate } from "./definitions.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

// #region planned
export const bookingMadeHandler = jobFunction(bookingMade, async (job) => {
  const { bookingId, roomId, startsAt } = job.payload;
  await job.enqueue(
    bookingReminder,
    { bookingId },
    {
      idempotencyKey: bookingId, // the same booking is reminded of once, also if this handler runs twice
      runAt: startsAt - 24 * HOUR_MS,
      ttlMs: 23 * HOUR_MS, // after that it would come too late, and is cancelled instead
    },
  );
  await job.enqueue(
    calendarUpdate,
    { roomId },
    {
      // A morning of many bookings is one update: a minute after the last one, ten minutes after the first at the latest.
      debounce: { key: roomId, delayMs: MINUTE_MS, maxWaitMs: 10 * MINUTE_MS },
    },
  );
});
// #endregion

// #region reminder
export const bookingReminderHandler = jobFunction(bookingReminder, async (job, { records }) => {
  const booking = await records.get({ kind: "booking", id: job.payload.bookingId });
  if (booking?.body["status"] !== "confirmed") return { isSent: false }; // cancelled since: the row of today counts
  job.log.info("Reminded.", { bookingId: job.payload.bookingId });
  return { isSent: true };
});
// #endregion

export const calendarUpdateHandler = jobFunction(calendarUpdate, async (job) => {
  await job.progress({ done: 1, total: 1 });
  return job.payload;
});
