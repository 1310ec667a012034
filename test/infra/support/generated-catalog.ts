import * as z from "zod";

import type { CatalogEntry } from "../../../shared/catalog/index.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

/** Job types that need a bit of everything, `generated_job_1` and so on: each enqueues the next. */
export function generatedCatalog(count: number): CatalogEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    domain: "generated",
    definition: defineJob({
      type: `generated_job_${index + 1}`,
      summary: `Generated job type ${index + 1}.`,
      payload: z.object({}),
      retry: { maxAttempts: 3, backoff: exponential() },
      run: { timeoutSeconds: 60, memoryMb: 256, batchSize: 1, maxConcurrency: 5 },
      needs: {
        files: ["invoices"],
        email: true,
        records: { order: "write", settings: "read" },
        enqueues: [`generated_job_${((index + 1) % count) + 1}`],
      },
    }),
  }));
}
