import * as z from "zod";

import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const voucherMails = defineJob({
  type: "voucher_mails",
  summary: "Tells everybody whose gift voucher ends this month.",
  payload: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), isDryRun: z.boolean().default(false) }),
  retry: { maxAttempts: 5, backoff: exponential() },
  run: { timeoutSeconds: 120, memoryMb: 256, batchSize: 1 },
  needs: { email: true },
});
