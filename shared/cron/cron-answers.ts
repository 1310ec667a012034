import * as z from "zod";

/** The body for what a job has returned. `timestamp` is ISO 8601. @throws z.ZodError for another type's result. */
export type CronAnswer = (result: unknown, timestamp: string) => Readonly<Record<string, unknown>>;

const errors = z.array(z.string());
/** Of a part that another run was at. */
const skipped = z.literal(true).optional();

const cancelled = z.object({ cancelled: z.int(), errors, skipped });
const deleted = z.object({ deleted: z.int(), errors, skipped });
const sent = z.object({ sent: z.int(), errors, skipped });

const ofAllParts = { success: z.boolean(), dryRun: z.boolean().default(false) };

const cleanupResult = z.object({
  ...ofAllParts,
  summary: z.object({ staleBookings: cancelled, notifications: deleted, otps: deleted, auditLogs: deleted }),
});

const remindersResult = z.object({
  ...ofAllParts,
  summary: z.object({ bookingReminders: sent, paymentReminders: sent }),
});

/** `{ "success": true, "timestamp": "…", "summary": { "staleBookings": { "cancelled": 3, "errors": [] }, … } }` */
export const cleanupAnswer: CronAnswer = (result, timestamp) => summaryAnswer(cleanupResult.parse(result), timestamp);

/** `{ "success": true, "timestamp": "…", "summary": { "bookingReminders": { "sent": 2, "errors": [] }, … } }` */
export const remindersAnswer: CronAnswer = (result, timestamp) =>
  summaryAnswer(remindersResult.parse(result), timestamp);

function summaryAnswer(
  { success, dryRun, summary }: { readonly success: boolean; readonly dryRun: boolean; readonly summary: object },
  timestamp: string,
): ReturnType<CronAnswer> {
  return { success, timestamp, summary, ...(dryRun && { dryRun }) };
}

const storeResult = z.object({
  /** A run that found another one at work has only what every sweep says. */
  processed: z.int().optional(),
  errors,
  errorCount: z.int().default(0),
  dryRun: z.boolean().default(false),
  skipped: z.object({ runningJobId: z.string() }).optional(),
});

/** `{ "message": "Job completed", "results": { "processed": 10, "errors": [] }, "timestamp": "…" }` */
export const resultsAnswer: CronAnswer = (result, timestamp) => {
  const parsed = storeResult
    .refine((it) => it.processed !== undefined || it.skipped, "says no `processed`")
    .parse(result);
  const { processed = 0, errorCount, dryRun } = parsed;
  // The first hundred errors are listed, all are counted.
  const hasMore = errorCount > parsed.errors.length;
  return {
    message: "Job completed",
    results: { processed, errors: parsed.errors, ...(hasMore && { errorCount }) },
    timestamp,
    ...(dryRun && { dryRun }),
    ...(parsed.skipped && { skipped: true }),
  };
};
