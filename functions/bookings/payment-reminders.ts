import { remindBookings } from "../../shared/bookings/remind-bookings.ts";
import { paymentReminderOf, paymentWindow, wantsPaymentReminder } from "../../shared/bookings/remind-of-payment.ts";
import { paymentReminders } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { BOOKING_LISTS } from "../../shared/records/booking.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(paymentReminders, (job, services) =>
  runSweepJob(job, services, async (asOf) => {
    const { bookings: settings } = await services.sweepSettings.read();
    const window = await job.step("window", () => paymentWindow(asOf, settings));
    return remindBookings(job, services, {
      list: BOOKING_LISTS.owing,
      window,
      isWanted: (booking) => wantsPaymentReminder(booking, window),
      telling: paymentReminderOf,
      mark: "paymentReminder",
    });
  }),
);
