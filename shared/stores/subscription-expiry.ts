import type { MailPayload } from "../contracts/mail-kinds.ts";
import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { compactTime, isoTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED } from "../engine/sweep.ts";
import { DAY_MS } from "../job/durations.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { dayAt } from "../records/calendar-days.ts";
import { isChangeUntold, SUBSCRIPTION_LISTS, subscriptions, type Subscription } from "../records/subscription.ts";
import type { Tenant } from "../records/tenant.ts";
import { sweepRecords } from "../sweeps/sweep-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { writeAudit } from "../sweeps/write-audit.ts";
import { graceEndOf, statusAt } from "./subscription-status.ts";
import { addressOf, tellTenant } from "./subscription-telling.ts";

/** What an expiry check came to. */
export interface ExpiryResult extends SweepResult {
  /** Subscriptions whose status was changed, or whose change was told. */
  readonly processed: number;
  readonly expiredCount: number;
  readonly suspendedCount: number;
}

type ExpiryServices = Pick<Services, "records" | "clock" | "sweepSettings">;

/** One check: its job, and what all its subscriptions are judged by. */
interface Check {
  readonly job: JobContext<SweepPayload>;
  readonly services: ExpiryServices;
  readonly asOf: EpochMs;
  readonly gracePeriodDays: number;
}

/**
 * Lets subscriptions expire, suspends those whose grace period is over, and has their tenants told, once for each change.
 *
 * ```
 *           expireDate <= asOf            graceEndsAt <= asOf
 *  active ───────────────────► expired ──────────────────────► suspended
 *    ▲  └── both over: nobody has looked for a while ─────────────▲ │
 *    └───────────────────── renewSubscription ────────────────────┴─┘
 * ```
 *
 * Three sweeps, no subscription in two of them: so the counts say what became of how many, in a dry run as well.
 */
export async function checkExpiries(
  job: JobContext<SweepPayload>,
  services: ExpiryServices,
  asOf: EpochMs,
): Promise<ExpiryResult> {
  // One grace period for all of a job's claims, or a change of it in between would leave some out.
  const gracePeriodDays = await job.step(
    "grace-period",
    async () => (await services.sweepSettings.read()).stores.gracePeriodDays,
  );
  const check: Check = { job, services, asOf, gracePeriodDays };
  const { active, expired } = SUBSCRIPTION_LISTS;
  const graceBeganAt = asOf - gracePeriodDays * DAY_MS;
  const late = await sweep(check, "suspend-at-once", { list: active, to: graceBeganAt });
  // Without a grace period, that were all of them: this range is empty then.
  const expiring = { list: active, from: graceBeganAt + 1, to: asOf };
  const expiries = gracePeriodDays > 0 ? [await sweep(check, "expire", expiring)] : [];
  const suspensions = await sweep(check, "suspend", { list: expired, to: asOf });
  const expiredCount = expiries[0]?.done ?? 0;
  const suspendedCount = late.done + suspensions.done;
  const result = sweepResultOf(late, ...expiries, suspensions);
  return { ...result, processed: expiredCount + suspendedCount, expiredCount, suspendedCount };
}

type Range = Pick<Parameters<typeof sweepRecords<Subscription>>[2], "list" | "from" | "to">;

function sweep(check: Check, name: string, range: Range) {
  const { job, services, asOf, gracePeriodDays } = check;
  return sweepRecords(job, name, {
    ...range,
    records: services.records,
    model: subscriptions,
    isDue: (known) => statusAt(known, asOf, gracePeriodDays) !== known.status || isChangeUntold(known),
    each: ({ body }) => checkOne(check, body.tenantId),
  });
}

async function checkOne(check: Check, tenantId: string): Promise<typeof SKIPPED | undefined> {
  const { job, services } = check;
  const { records } = services;
  // What it says at the moment of the change counts: a renewal that comes now wins, and there is nothing to tell.
  const subscription = await subscriptions.update(records, { id: tenantId }, (known) => changeOf(check, known));
  if (!isChangeUntold(subscription)) return SKIPPED;
  // Died here: its change is untold, and it still stands in the list that brought it here.
  const mailJobId = await tellChange(check, subscription);
  await auditChange(job.type, services, subscription);
  // Died here: likewise; mail, notification and audit entry are found under the same keys.
  await subscriptions.update(records, { id: tenantId }, ({ status, change }) =>
    change?.to === status && change.at === subscription.change?.at ? { change: { ...change, mailJobId } } : undefined,
  );
  return undefined;
}

/** Nothing, when its status is right as it is. */
function changeOf({ services, asOf, gracePeriodDays }: Check, known: Subscription): Partial<Subscription> | undefined {
  const { status } = known;
  const to = statusAt(known, asOf, gracePeriodDays);
  if (status === "cancelled" || status === "suspended" || to === "active" || to === "cancelled" || to === status) {
    return undefined;
  }
  // One that nobody was told of stays in its list: in another one, the same run would meet it again.
  const from = isChangeUntold(known) ? (known.change?.from ?? status) : status;
  const graceEndsAt = isoTime(graceEndOf(known, gracePeriodDays));
  return { status: to, graceEndsAt, change: { from, to, at: isoTime(services.clock.now()) } };
}

function tellChange({ job, services, gracePeriodDays }: Check, subscription: Subscription): Promise<string> {
  const { tenantId, status, expireDate } = subscription;
  return tellTenant(job, services, {
    tenantId,
    occasion: `subscription_${status}`,
    about: tenantId,
    once: compactTime(Date.parse(expireDate)),
    mailTo: (tenant) => mailOf(subscription, tenant, graceEndOf(subscription, gracePeriodDays)),
  });
}

/** Days are the tenant's, and the last ones on which something holds: what ends at midnight ends with the day before. */
function mailOf({ status, plan, expireDate, manageUrl }: Subscription, tenant: Tenant, graceEnd: EpochMs): MailPayload {
  const { timeZone } = tenant;
  const about = { ...addressOf(tenant), plan, tenant: tenant.name, ...(manageUrl && { renewUrl: manageUrl }) };
  if (status === "suspended") {
    return { type: "subscription_suspended", data: { ...about, suspendedOn: dayAt(graceEnd, timeZone) } };
  }
  const expiredOn = dayAt(Date.parse(expireDate) - 1, timeZone);
  return {
    type: "subscription_expired",
    data: { ...about, expiredOn, graceEndsOn: dayAt(graceEnd - 1, timeZone) },
  };
}

async function auditChange(actor: string, { records, clock }: ExpiryServices, subscription: Subscription) {
  const { tenantId, status, expireDate, graceEndsAt, change } = subscription;
  await writeAudit(records, {
    action: `subscription.${status}`,
    subject: { kind: "subscription", id: tenantId },
    once: compactTime(Date.parse(expireDate)),
    at: change?.at ?? isoTime(clock.now()),
    actor,
    severity: status === "suspended" ? "warning" : "info",
    details: { expireDate, ...(graceEndsAt !== undefined && { graceEndsAt }) },
  });
}
