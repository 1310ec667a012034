import { deleteOldNotifications, notificationCutOff } from "../../shared/bookings/delete-old-notifications.ts";
import { cleanupOldNotifications } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(cleanupOldNotifications, (job, services) =>
  runSweepJob(job, services, async (asOf) => {
    const { bookings: settings } = await services.sweepSettings.read();
    const cutOff = await job.step("cut-off", () => notificationCutOff(asOf, settings));
    return deleteOldNotifications(job, services, cutOff);
  }),
);
