import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

const retry = { maxAttempts: 3, backoff: exponential() };
const run = { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 };

// #region rate
export const textMessage = defineJob({
  type: "text_message",
  summary: "Sends a text message.",
  payload: z.object({ phone: z.string().regex(/^\+\d{6,15}$/), text: z.string().max(160) }),
  retry,
  run,
  group: "messages",
  limits: {
    // The provider takes 30 a minute: one attempt begins every two seconds.
    rate: { name: "text-messages", limit: 30, perSeconds: 60 },
  },
});
// #endregion

// #region concurrency
export const stockTransfer = defineJob({
  type: "stock_transfer",
  summary: "Moves stock between two warehouses.",
  payload: z.object({ warehouseId: identifier, articleId: identifier, count: z.int().min(1) }),
  retry,
  run,
  limits: {
    // One at a time for each warehouse; other warehouses go on meanwhile.
    concurrency: { name: "warehouse", limit: 1, key: ({ warehouseId }) => warehouseId },
  },
});
// #endregion

// #region priority
export const photoResize = defineJob({
  type: "photo_resize",
  summary: "Makes small photos of a large one.",
  payload: z.object({ photoId: identifier }),
  retry,
  run: { ...run, maxConcurrency: 2 },
  isPrioritised: true,
});
// #endregion
