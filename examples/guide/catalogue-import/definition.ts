import * as z from "zod";

import { defineJob } from "../../../shared/job/define-job.ts";
import { linear } from "../../../shared/job/retry-policy.ts";

export const catalogueImport = defineJob({
  type: "catalogue_import",
  summary: "Reads a supplier's catalogue, part by part.",
  payload: z.object({ parts: z.array(z.url()).min(1).max(500) }),
  retry: { maxAttempts: 3, backoff: linear() },
  run: { timeoutSeconds: 60, memoryMb: 512, batchSize: 1 },
});
