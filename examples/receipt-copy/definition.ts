import * as z from "zod";

import { identifier } from "../../shared/contracts/fields.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { exponential } from "../../shared/job/retry-policy.ts";

export const receiptCopy = defineJob({
  type: "receipt_copy",
  summary: "Stores a copy of a receipt.",
  payload: z.object({ orderId: identifier, text: z.string().max(10_000) }),
  retry: { maxAttempts: 3, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { files: ["invoices"] },
  example: { payload: { orderId: "ord_1", text: "Paid, with thanks." } },
});
