import { remindBookings } from "../../shared/bookings/remind-bookings.ts";
import { reminderOf, reminderWindow, wantsReminder } from "../../shared/bookings/remind-of-booking.ts";
import { bookingReminders } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { BOOKING_LISTS } from "../../shared/records/booking.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(bookingReminders, (job, services) =>
  runSweepJob(job, services, async (asOf) => {
    const { bookings: settings } = await services.sweepSettings.read();
    const window = await job.step("window", () => reminderWindow(asOf, settings));
    return remindBookings(job, services, {
      list: BOOKING_LISTS.upcoming,
      window,
      isWanted: (booking) => wantsReminder(booking, window),
      telling: (booking) => reminderOf(booking, settings.remindsPerformers),
      mark: "reminder",
    });
  }),
);
