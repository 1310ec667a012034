import { deleteExpiredCodes } from "../../shared/bookings/delete-expired-codes.ts";
import { cleanupExpiredOtps } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(cleanupExpiredOtps, (job, services) =>
  runSweepJob(job, services, (asOf) => deleteExpiredCodes(job, services, asOf)),
);
