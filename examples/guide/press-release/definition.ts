import * as z from "zod";

import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const pressRelease = defineJob({
  type: "press_release",
  summary: "Submits a paid press release to the newswire.",
  payload: z.object({ title: z.string().max(200), text: z.string().max(20_000) }),
  retry: { maxAttempts: 3, backoff: exponential() },
  run: { timeoutSeconds: 60, memoryMb: 256, batchSize: 1 },
});
