import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { isoTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED } from "../engine/sweep.ts";
import type { Services } from "../lambda/compose-services.ts";
import { bookings, type Booking } from "../records/booking.ts";
import { sweepRecords, type RecordSweep, type SweptRecord } from "../sweeps/sweep-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import type { Window } from "./remind-of-booking.ts";
import { tellPeople, type Telling } from "./tell-people.ts";

type ReminderJob = Pick<JobContext<SweepPayload>, "enqueue" | "log" | "payload" | "sweep">;
type ReminderServices = Pick<Services, "records" | "clock">;

/** What the two sweeps of reminders differ in. */
export interface Reminding {
  readonly list: RecordSweep<Booking>["list"];
  /** Beginnings of events, the same in all of the job's claims: a page's cursor must lie within. */
  readonly window: Window;
  /** Whether a booking, as it is now, wants the reminder. */
  readonly isWanted: (booking: Booking) => boolean;
  readonly telling: (booking: Booking) => Telling;
  /** Where the booking says that it was reminded. */
  readonly mark: "reminder" | "paymentReminder";
}

/** What a sweep of reminders has done. */
export interface RemindersResult extends SweepResult {
  /** Bookings that were reminded of, however many people were told. */
  readonly remindersSent: number;
}

/**
 * Has people reminded of bookings, once for each booking ever:
 *
 * ```
 * read the booking ──► mail, message ──► notification ──► mark on the booking, which takes it off the list
 * crash:  the booking still stands in the list, and all keys follow from it: the next attempt, or run, goes on
 * ```
 *
 * A run that was caught up counts from its own hour; of an event that has begun meanwhile it reminds nobody.
 */
export async function remindBookings(
  job: ReminderJob,
  services: ReminderServices,
  { list, window, isWanted, telling, mark }: Reminding,
): Promise<RemindersResult> {
  const { records, clock } = services;
  const totals = await sweepRecords(job, "bookings", {
    records,
    model: bookings,
    list,
    from: window.from,
    to: window.to,
    isDue: (booking) => isWanted(booking) && !hasBegun(job, booking, clock.now()),
    each: (found) => remind(job, services, { found, telling: telling(found.body), mark }),
  });
  return { ...sweepResultOf(totals), remindersSent: totals.done };
}

function hasBegun(job: ReminderJob, { bookingId, startsAt }: Booking, now: number): boolean {
  if (Date.parse(startsAt) > now) return false;
  job.log.warn("An event has begun: nobody is reminded of it any more.", { bookingId });
  return true;
}

interface OneReminder extends Pick<Reminding, "mark"> {
  readonly found: SweptRecord<Booking>;
  readonly telling: Telling;
}

async function remind(job: ReminderJob, services: ReminderServices, { found, telling, mark }: OneReminder) {
  const { records, clock } = services;
  const jobIds = await tellPeople(job, services, found.body, telling);
  // Died here: the booking has no mark yet; whoever comes next finds the jobs under the same keys, and sets it.
  const told = { at: isoTime(clock.now()), jobIds };
  let isMine = false;
  // Cancelled or moved since it was read: that they were told stays true.
  await bookings.update(records, found.key, (booking) => {
    isMine = booking[mark] === undefined;
    return isMine ? { [mark]: told } : undefined;
  });
  return isMine ? undefined : SKIPPED; // another run was faster, and counts it
}
