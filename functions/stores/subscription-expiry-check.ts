import { subscriptionExpiryCheck } from "../../shared/catalog/stores.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { checkExpiries } from "../../shared/stores/subscription-expiry.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(subscriptionExpiryCheck, (job, services) =>
  runSweepJob(job, services, (asOf) => checkExpiries(job, services, asOf)),
);
