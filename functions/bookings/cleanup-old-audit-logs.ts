import { archiveAuditLog, auditCutOff } from "../../shared/bookings/archive-audit-log.ts";
import { cleanupOldAuditLogs } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { runSweepJob } from "../../shared/sweeps/run-sweep-job.ts";

export const handler = jobFunction(cleanupOldAuditLogs, (job, services) =>
  runSweepJob(job, services, async (asOf) => {
    const { bookings: settings } = await services.sweepSettings.read();
    const cutOff = await job.step("cut-off", () => auditCutOff(asOf, settings));
    return archiveAuditLog(job, services, { asOf, cutOff });
  }),
);
