import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

const retry = { maxAttempts: 3, backoff: exponential() };
const run = { timeoutSeconds: 60, memoryMb: 256, batchSize: 1 };

export const shopRefresh = defineJob({
  type: "shop_refresh",
  summary: "Refreshes every article of the shop, shelf by shelf.",
  payload: z.object({ shelves: z.array(z.array(identifier).max(1_000)).max(1_000) }),
  retry,
  run,
  needs: { enqueues: ["shelf_refresh"] },
});

export const shelfRefresh = defineJob({
  type: "shelf_refresh",
  summary: "Refreshes every article of a shelf.",
  payload: z.object({ articleIds: z.array(identifier).max(1_000) }),
  retry,
  run,
  needs: { enqueues: ["article_refresh"] },
});

export const articleRefresh = defineJob({
  type: "article_refresh",
  summary: "Refreshes an article.",
  payload: z.object({ articleId: identifier }),
  retry,
  run,
});
