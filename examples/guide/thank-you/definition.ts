import * as z from "zod";

import { emailAddress, identifier, singleLine } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const thankYou = defineJob({
  type: "thank_you",
  summary: "Thanks somebody for a visit.",
  payload: z.object({ visitId: identifier, name: singleLine(100), email: emailAddress }),
  retry: { maxAttempts: 4, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 512, batchSize: 1 },
  needs: { email: true, files: ["assets"] },
});
