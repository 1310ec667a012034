import { subscriptionPaymentReminders } from "../../shared/catalog/stores.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { remindOfSubscriptions } from "../../shared/stores/subscription-reminders.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(subscriptionPaymentReminders, (job, services) =>
  runSweepJob(job, services, (asOf) => remindOfSubscriptions(job, services, asOf)),
);
