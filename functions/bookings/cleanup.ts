import { runParts } from "../../shared/bookings/run-parts.ts";
import {
  cleanup,
  cleanupExpiredOtps,
  cleanupOldAuditLogs,
  cleanupOldNotifications,
  cleanupStaleBookings,
} from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";

const deleted = { count: "deleted", countOf: "deletedCount" } as const;

export const handler = jobFunction(cleanup, (job, { clock }) =>
  runParts(job, clock, {
    staleBookings: { definition: cleanupStaleBookings, count: "cancelled", countOf: "cancelledCount" },
    notifications: { definition: cleanupOldNotifications, ...deleted },
    otps: { definition: cleanupExpiredOtps, ...deleted },
    auditLogs: { definition: cleanupOldAuditLogs, ...deleted },
  }),
);
