import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

export const parcelStatus = defineJob({
  type: "parcel_status",
  summary: "Follows a parcel until it is delivered.",
  payload: z.object({ parcelId: identifier }),
  retry: { maxAttempts: 3, backoff: exponential({ firstMs: 5_000, factor: 5 }) }, // waits 5 s, then 25 s
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  needs: { records: { parcel: "write" } },
});
