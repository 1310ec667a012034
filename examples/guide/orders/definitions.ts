import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

const retry = { maxAttempts: 3, backoff: exponential() };
const run = { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 };

// #region family
export const orderPacking = defineJob({
  type: "order_packing",
  summary: "Has an order's articles picked, then its label printed.",
  payload: z.object({ orderId: identifier, articleIds: z.array(identifier).min(1).max(100) }),
  retry,
  run,
  needs: { enqueues: ["article_picking", "label_printing"] },
});

export const articlePicking = defineJob({
  type: "article_picking",
  summary: "Takes an article from the shelf.",
  payload: z.object({ articleId: identifier }),
  retry,
  run,
  needs: { records: { article: "read" } },
});

export const labelPrinting = defineJob({
  type: "label_printing",
  summary: "Prints the label of a parcel.",
  payload: z.object({ orderId: identifier, weightGrams: z.int().min(1) }),
  retry,
  run,
});
// #endregion

// #region after
export const orderShipping = defineJob({
  type: "order_shipping",
  summary: "Hands a packed order to the courier.",
  payload: z.object({ orderId: identifier }),
  retry,
  run,
  needs: { after: ["order_packing"] }, // whom its jobs may wait for
});
// #endregion

export const orderTaking = defineJob({
  type: "order_taking",
  summary: "Starts what follows from an order.",
  payload: z.object({ orderId: identifier, articleIds: z.array(identifier).min(1).max(100) }),
  retry,
  run,
  needs: { enqueues: ["order_packing", "order_shipping"] },
});
