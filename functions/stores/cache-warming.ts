import { cacheWarming } from "../../shared/catalog/stores.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { warmStores } from "../../shared/stores/warm-stores.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(cacheWarming, (job, services) =>
  runSweepJob(job, services, (asOf) => warmStores(job, services, asOf)),
);
