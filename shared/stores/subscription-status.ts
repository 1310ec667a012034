import type { EpochMs } from "../job/job.ts";
import type { Subscription } from "../records/subscription.ts";
import { DAY_MS } from "../job/durations.ts";

/** When access ends: as it was promised at the expiry; by the settings where nothing was promised yet. */
export function graceEndOf({ status, expireDate, graceEndsAt }: Subscription, gracePeriodDays: number): EpochMs {
  const isPromised = status !== "active" && graceEndsAt !== undefined;
  return isPromised ? Date.parse(graceEndsAt) : Date.parse(expireDate) + gracePeriodDays * DAY_MS;
}

/** What a subscription's status is at a time, whether or not the expiry check has run. */
export function statusAt(subscription: Subscription, at: EpochMs, gracePeriodDays: number): Subscription["status"] {
  const { status, expireDate } = subscription;
  if (status === "suspended" || status === "cancelled") return status;
  if (status === "active" && at < Date.parse(expireDate)) return "active";
  return at < graceEndOf(subscription, gracePeriodDays) ? "expired" : "suspended";
}
