import { storeCleanup } from "../../shared/catalog/stores.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { cleanUpStores } from "../../shared/stores/cleanup-stores.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(storeCleanup, (job, services) =>
  runSweepJob(job, services, (asOf) => cleanUpStores(job, services, asOf)),
);
