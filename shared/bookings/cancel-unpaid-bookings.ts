import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { SweepSettings } from "../contracts/sweep-settings.ts";
import { isoTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import {
  BOOKING_LISTS,
  bookings,
  CANCELLING_JOB,
  isCancelledUntold,
  isUnpaid,
  type Booking,
} from "../records/booking.ts";
import { sweepRecords } from "../sweeps/sweep-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { writeAudit } from "../sweeps/write-audit.ts";
import { mailFacts, messageFacts } from "./booking-facts.ts";
import { NO_DEPOSIT_REASON, noDepositReason } from "./cancellation-words.ts";
import { tellPeople, type Telling } from "./tell-people.ts";
import { HOUR_MS } from "../job/durations.ts";

type CancellingJob = Pick<JobContext<SweepPayload>, "enqueue" | "payload" | "sweep">;
type CancellingServices = Pick<Services, "records" | "clock">;

/** What goes for all bookings of one run. */
export interface Cancelling {
  /** Bookings that were made then or before are due; the same in all of the job's claims. */
  readonly cutOff: EpochMs;
  /** The language of those who have none of their own: the seller's. */
  readonly locale: string;
}

/** What a clean-up of bookings has done. */
export interface CancelledResult extends SweepResult {
  /** Bookings that were cancelled, and whose sides are told. */
  readonly cancelledCount: number;
}

/** The latest creation of bookings that are cancelled without deposit: 24 hours before a run's time, by default. */
export const unpaidCutOff = (asOf: EpochMs, settings: SweepSettings["bookings"]): EpochMs =>
  asOf - settings.cancelUnpaidAfterHours * HOUR_MS;

/** Whether a booking, as it is now, is cancelled for want of a deposit: pending, and made at the cut-off or before. */
export const isStale = (booking: Booking, cutOff: EpochMs): boolean =>
  isUnpaid(booking) && Date.parse(booking.createdAt) <= cutOff;

/**
 * Cancels bookings without deposit, and has both sides told, each once:
 *
 * ```
 * cancel, fenced by version ──► mails, messages, notifications ──► audit entry ──► mark as told, which takes it off the list
 * a deposit came first: the booking stays
 * crash: the booking still stands in the list, cancelled or not, and all keys follow from it: the next attempt, or run, goes on
 * ```
 */
export async function cancelUnpaidBookings(
  job: CancellingJob,
  services: CancellingServices,
  cancelling: Cancelling,
): Promise<CancelledResult> {
  const totals = await sweepRecords(job, "bookings", {
    records: services.records,
    model: bookings,
    list: BOOKING_LISTS.unpaid,
    to: cancelling.cutOff,
    isDue: (booking) => isStale(booking, cancelling.cutOff) || isCancelledUntold(booking),
    each: async ({ key }) => {
      const booking = await cancel(services, key, cancelling);
      return isCancelledUntold(booking) ? tell(job, services, booking, cancelling) : SKIPPED;
    },
  });
  return { ...sweepResultOf(totals), cancelledCount: totals.done };
}

/** @returns the booking as it then is: it stays what it was where it is no longer due. */
function cancel({ records, clock }: CancellingServices, key: { readonly id: string }, { cutOff }: Cancelling) {
  return bookings.update(records, key, (booking) =>
    isStale(booking, cutOff)
      ? {
          status: "cancelled",
          cancellation: { at: isoTime(clock.now()), reason: NO_DEPOSIT_REASON, by: CANCELLING_JOB },
        }
      : undefined,
  );
}

async function tell(job: CancellingJob, services: CancellingServices, booking: Booking, { locale }: Cancelling) {
  const { records, clock } = services;
  const key = { id: booking.bookingId };
  // Died here: the booking is cancelled and still in the list, so that the next attempt tells them.
  const jobIds = await tellPeople(job, services, booking, cancellationOf(booking, locale));
  // Died here: the next attempt finds their jobs under the same keys.
  await writeAudit(records, {
    at: isoTime(clock.now()),
    actor: CANCELLING_JOB,
    action: "booking.cancelled",
    subject: { kind: bookings.kind, id: booking.bookingId },
    severity: "info",
    details: { reason: NO_DEPOSIT_REASON },
  });
  // Died here: the next attempt finds jobs and entry, and sets the mark.
  const told = { at: isoTime(clock.now()), jobIds };
  await bookings.update(records, key, (now) =>
    now.cancellation !== undefined && isCancelledUntold(now)
      ? { cancellation: { ...now.cancellation, told } }
      : undefined,
  );
}

/** What both sides are told; the reason is in the language that their mail is in. */
function cancellationOf(booking: Booking, sellersLocale: string): Telling {
  return {
    occasion: "booking_cancelled",
    sides: ["client", "performer"],
    mailTo: (side, people) => ({
      type: "booking_cancelled",
      data: {
        ...mailFacts(booking, side, people),
        reason: noDepositReason(people[side].locale ?? sellersLocale),
      },
    }),
    messageTo: (side, people) => ({
      template: "booking_cancelled",
      variables: messageFacts(booking, side, people),
    }),
  };
}
