import { cancelUnpaidBookings, unpaidCutOff } from "../../shared/bookings/cancel-unpaid-bookings.ts";
import { cleanupStaleBookings } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(cleanupStaleBookings, (job, services) =>
  runSweepJob(job, services, async (asOf) => {
    const { bookings: settings } = await services.sweepSettings.read();
    const { locale } = await services.settings.read();
    const cutOff = await job.step("cut-off", () => unpaidCutOff(asOf, settings));
    return cancelUnpaidBookings(job, services, { cutOff, locale });
  }),
);
