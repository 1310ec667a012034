import * as z from "zod";

import type { CatalogEntry } from "../../../shared/catalog/index.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { fixed } from "../../../shared/job/retry-policy.ts";

/** Attempts a second. */
export const RATE = 50;

/** Calls somebody who allows so many calls a second. */
export const limitedCall = defineJob({
  type: "limited_call",
  summary: "Is limited, for a measurement.",
  payload: z.object({ number: z.number() }),
  retry: { maxAttempts: 3, backoff: fixed(1_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 10 },
  limits: { rate: { name: "bench-calls", limit: RATE, perSeconds: 1 } },
});

export const rateLimitCatalog: readonly CatalogEntry[] = [{ domain: "bench", definition: limitedCall }];
