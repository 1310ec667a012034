import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const stockCount = defineJob({
  type: "stock_count",
  summary: "Stores how many of an article somebody has counted.",
  payload: z.object({ articleId: identifier, counted: z.int().min(0) }),
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { records: { article: "write" } },
  example: {
    payload: { articleId: "mug-blue", counted: 11 },
    records: [{ kind: "article", id: "mug-blue", body: { name: "Blue mug", inStock: 12 } }],
  },
});
