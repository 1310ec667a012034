import * as z from "zod";

import type { CatalogEntry } from "../../../../shared/catalog/index.ts";
import { defineJob } from "../../../../shared/job/define-job.ts";
import { fixed } from "../../../../shared/job/retry-policy.ts";

/** What a job of these types does instead of its work. */
const MISBEHAVIOURS = ["busy_loop", "process_exit", "out_of_memory", "late_return"] as const;
const payload = z.object({ behaviour: z.enum(["good", ...MISBEHAVIOURS]) });
export type MisbehavingPayload = z.infer<typeof payload>;

/** Timeouts are those at the test's time scale of 1/30; shorter ones a busy machine would exceed by itself. */
const misbehaving = (type: string, { timeoutSeconds, batchSize }: { timeoutSeconds: number; batchSize: number }) =>
  defineJob({
    type,
    summary: "Misbehaves, for a test.",
    payload,
    retry: { maxAttempts: 2, backoff: fixed(100) },
    run: { timeoutSeconds: timeoutSeconds * 30, memoryMb: 128, batchSize },
    // Event messages make rows: a test can enqueue with SQS alone.
    triggers: [
      {
        pattern: { source: ["backline.test"], detailType: [type] },
        payload: { behaviour: "$.detail.behaviour" },
      },
    ],
  });

export const busyLoop = misbehaving("busy_loop", { timeoutSeconds: 2, batchSize: 1 });
export const processExit = misbehaving("process_exit", { timeoutSeconds: 2, batchSize: 1 });
export const outOfMemory = misbehaving("out_of_memory", { timeoutSeconds: 4, batchSize: 1 });
/** The margin after its deadline, a tenth of this, must do for the write of a machine with other things to do. */
export const lateReturn = misbehaving("late_return", { timeoutSeconds: 8, batchSize: 1 });
export const busyLoopInBatch = misbehaving("busy_loop_in_batch", { timeoutSeconds: 4, batchSize: 10 });
export const processExitInBatch = misbehaving("process_exit_in_batch", { timeoutSeconds: 4, batchSize: 10 });

const definitions = [busyLoop, processExit, outOfMemory, lateReturn, busyLoopInBatch, processExitInBatch];

export const misbehavingCatalog: readonly CatalogEntry[] = definitions.map((definition) => ({
  domain: "misbehaving",
  definition,
}));
