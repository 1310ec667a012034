import * as z from "zod";

import { emailAddress, identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const orderConfirmation = defineJob({
  type: "order_confirmation",
  summary: "Mails a buyer that the order has arrived.",
  payload: z.object({ orderId: identifier, email: emailAddress }),
  retry: { maxAttempts: 3, backoff: exponential() },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { email: true, records: { order: "read" } },
  group: "mail",
  subject: ({ email }) => email,
});
