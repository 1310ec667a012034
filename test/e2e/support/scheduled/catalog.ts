import * as z from "zod";

import type { CatalogEntry } from "../../../../shared/catalog/index.ts";
import { defineJob } from "../../../../shared/job/define-job.ts";
import { fixed } from "../../../../shared/job/retry-policy.ts";

/** A type that nobody enqueues but its schedule. */
export const everyMinute = defineJob({
  type: "every_minute",
  summary: "Runs on a schedule, for a test.",
  payload: z.object({ greeting: z.string() }),
  retry: { maxAttempts: 3, backoff: fixed(100) },
  run: { timeoutSeconds: 300, memoryMb: 128, batchSize: 1 },
  // Of a leap day, and never: the test's settings make it every minute.
  schedules: [{ name: "every-minute", cron: "0 0 29 2 *", payload: { greeting: "hello" }, enabled: false }],
});

export const scheduledCatalog: readonly CatalogEntry[] = [{ domain: "scheduled", definition: everyMinute }];
