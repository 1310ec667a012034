import { exponential, type RetryPolicy } from "../job/retry-policy.ts";
import type { RunLimits } from "../job/define-job.ts";

/** A sweep goes on over as many claims as it takes; a claim that makes headway uses up no attempt. */
export const SWEEP_RETRY: RetryPolicy = { maxAttempts: 5, backoff: exponential() };

/** Long enough for some thousand items a claim. */
export const SWEEP_RUN: RunLimits = { timeoutSeconds: 120, memoryMb: 256, batchSize: 1 };
