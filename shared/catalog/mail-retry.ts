import { exponential, type RetryPolicy } from "../job/retry-policy.ts";

/** Types that mail, and those of the stock: a first try, and three more after 5, 25 and 125 seconds. */
export const MAIL_RETRY: RetryPolicy = { maxAttempts: 4, backoff: exponential({ firstMs: 5_000, factor: 5 }) };
