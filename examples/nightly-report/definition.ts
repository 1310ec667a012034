import * as z from "zod";

import { defineJob } from "../../shared/job/define-job.ts";
import { exponential } from "../../shared/job/retry-policy.ts";

export const nightlyReport = defineJob({
  type: "nightly_report",
  summary: "Sums the day up.",
  payload: z.object({ days: z.int().min(1) }),
  retry: { maxAttempts: 3, backoff: exponential() },
  run: { timeoutSeconds: 60, memoryMb: 256, batchSize: 1 },
  needs: { records: { settings: "read" } },
  schedules: [
    {
      name: "nightly-report",
      cron: "30 2 * * *",
      timeZone: "Europe/Berlin",
      payload: { days: 1 },
      overlap: "skip", // or "queue", "allow": what happens while the run before has not ended
      catchUpSeconds: 6 * 60 * 60, // how late a lost run is still made up for
    },
  ],
});
