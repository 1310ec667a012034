import { analyticsAggregation } from "../../shared/catalog/stores.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { aggregateStores, analyticsLock } from "../../shared/stores/analytics-sweep.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(analyticsAggregation, (job, services) =>
  runSweepJob(job, services, (asOf) => aggregateStores(job, services, asOf), { lock: analyticsLock(job) }),
);
