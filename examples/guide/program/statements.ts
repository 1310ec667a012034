import * as z from "zod";

import { toChild, type BacklineClient } from "../../../client/index.ts";
import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

const retry = { maxAttempts: 3, backoff: exponential() };
const run = { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 };

// #region definitions
export const statement = defineJob({
  type: "statement",
  summary: "Writes a customer's statement of a month.",
  payload: z.object({ customerId: identifier, month: z.string() }),
  retry,
  run,
});

export const statementsDone = defineJob({
  type: "statements_done",
  summary: "Says how many statements of a month were written.",
  payload: z.object({ month: z.string() }),
  retry,
  run,
  needs: { after: ["statement"] }, // its batches hold jobs of this type
});
// #endregion

// #region batch
export async function writeStatements(backline: BacklineClient, month: string, customerIds: readonly string[]) {
  const { id } = await backline.enqueueBatch({
    key: month, // the same month is the same batch: called again after an error, it puts what is missing
    jobs: customerIds.map((customerId) => toChild(customerId, statement, { customerId, month })),
    completion: { definition: statementsDone, payload: { month } },
  });
  return id;
}
// #endregion
