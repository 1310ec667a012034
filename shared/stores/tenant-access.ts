import { isoTime } from "../engine/iso-time.ts";
import type { Services } from "../lambda/compose-services.ts";
import { subscriptions, type Subscription } from "../records/subscription.ts";
import { graceEndOf, statusAt } from "./subscription-status.ts";

/** Whether a tenant may use its store. */
export interface TenantAccess {
  readonly allowed: boolean;
  /** `none`: there is no subscription. */
  readonly status: Subscription["status"] | "none";
  /** Of an expired or suspended one: when access ends or has ended, ISO 8601 in UTC. */
  readonly graceEndsAt: string | null;
}

/** What `tenantAccess` needs; a job's services, or any program's own. */
export type AccessPorts = Pick<Services, "records" | "clock" | "sweepSettings">;

/**
 * Whether a tenant may use its store at this moment: while its subscription is active, and in the grace period after it.
 * It follows from record and clock: access ends to the millisecond, even if the expiry check has not run yet; and a renewal
 * counts as soon as it is stored. Of an expiry that the check has not seen yet, the settings of the moment say the grace
 * period; afterwards what is on the record counts, whatever becomes of the settings.
 *
 * It costs one strongly consistent read by key, and one of the settings once a minute a process.
 *
 * @returns not allowed, `none`, for a tenant without a subscription.
 * @throws PermanentError `RECORD_INVALID`: the caller decides what a broken record means.
 */
export async function tenantAccess(services: AccessPorts, tenantId: string): Promise<TenantAccess> {
  const { records, clock, sweepSettings } = services;
  const { gracePeriodDays } = (await sweepSettings.read()).stores;
  const known = await subscriptions.read(records, { id: tenantId });
  if (known === undefined) return { allowed: false, status: "none", graceEndsAt: null };
  const status = statusAt(known.body, clock.now(), gracePeriodDays);
  const hasGrace = status === "expired" || status === "suspended";
  return {
    allowed: status === "active" || status === "expired",
    status,
    graceEndsAt: hasGrace ? isoTime(graceEndOf(known.body, gracePeriodDays)) : null,
  };
}
