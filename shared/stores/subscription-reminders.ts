import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { compactTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { SweepTotals } from "../engine/sweep.ts";
import { DAY_MS } from "../job/durations.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { dayAt } from "../records/calendar-days.ts";
import {
  isReminded,
  mailsOfDay,
  SUBSCRIPTION_LISTS,
  SUBSCRIPTION_PAYMENT_LISTS,
  subscriptionPayments,
  subscriptions,
  type Subscription,
  type SubscriptionPayment,
} from "../records/subscription.ts";
import { sweepRecords } from "../sweeps/sweep-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { addressOf, tellTenant } from "./subscription-telling.ts";

/** What the reminders of a day came to. */
export interface SubscriptionRemindersResult extends SweepResult {
  /** All reminders. */
  readonly processed: number;
  readonly renewalReminders: number;
  readonly dueReminders: number;
  readonly overdueReminders: number;
}

type ReminderServices = Pick<Services, "records" | "clock" | "sweepSettings">;

interface Run {
  readonly job: JobContext<SweepPayload>;
  readonly services: ReminderServices;
  readonly asOf: EpochMs;
}

/** A payment that is due today is overdue within so long: no day of any calendar is longer, clock changes included. */
const LONGEST_DAY_MS = 2 * DAY_MS;

/**
 * Has tenants reminded of renewals in the next seven days, once for each expiry; and of payments on their day, and again when it
 * is over, by the payment's own calendar. One that is seen too late for its day gets only the mail that it is overdue.
 */
export async function remindOfSubscriptions(
  job: JobContext<SweepPayload>,
  services: ReminderServices,
  asOf: EpochMs,
): Promise<SubscriptionRemindersResult> {
  const run: Run = { job, services, asOf };
  const renewals = await remindOfRenewals(run);
  const overdue = await remindOfPayments(run, "overdue");
  const due = await remindOfPayments(run, "due");
  return {
    ...sweepResultOf(renewals, overdue, due),
    processed: renewals.done + overdue.done + due.done,
    renewalReminders: renewals.done,
    dueReminders: due.done,
    overdueReminders: overdue.done,
  };
}

async function remindOfRenewals(run: Run): Promise<SweepTotals> {
  const { job, services, asOf } = run;
  // One window for all of a job's claims.
  const to = await job.step("renewal-window", async () => {
    const { renewalReminderDays } = (await services.sweepSettings.read()).stores;
    return asOf + renewalReminderDays * DAY_MS;
  });
  return sweepRecords(job, "renewals", {
    records: services.records,
    model: subscriptions,
    list: SUBSCRIPTION_LISTS.renewal,
    from: asOf + 1,
    to,
    isDue: (known) => {
      const expiresAt = Date.parse(known.expireDate);
      return known.status === "active" && !isReminded(known) && asOf < expiresAt && expiresAt <= to;
    },
    each: ({ body }) => remindOfRenewal(run, body),
  });
}

async function remindOfRenewal({ job, services }: Run, subscription: Subscription): Promise<void> {
  const { tenantId, plan, amount, currency, manageUrl, expireDate } = subscription;
  const expiresAt = Date.parse(expireDate);
  await tellTenant(job, services, {
    tenantId,
    occasion: "renewal_reminder",
    about: tenantId,
    once: compactTime(expiresAt),
    mailTo: (tenant) => ({
      type: "renewal_reminder",
      data: {
        ...addressOf(tenant),
        plan,
        tenant: tenant.name,
        renewsOn: dayAt(expiresAt, tenant.timeZone),
        amount,
        currency,
        ...(manageUrl !== undefined && { manageUrl }),
      },
    }),
  });
  // Died here: it is not marked, and the next attempt finds the mail's job under the same key.
  await subscriptions.update(services.records, { id: tenantId }, (known) =>
    Date.parse(known.expireDate) === expiresAt ? { remindedOf: expireDate } : undefined,
  );
}

type Occasion = "due" | "overdue";

/** Both go through one list, each through its part of it: no payment is in both. */
function remindOfPayments(run: Run, occasion: Occasion): Promise<SweepTotals> {
  const { job, services, asOf } = run;
  return sweepRecords(job, occasion, {
    records: services.records,
    model: subscriptionPayments,
    list: SUBSCRIPTION_PAYMENT_LISTS.open,
    ...(occasion === "overdue" ? { to: asOf } : { from: asOf + 1, to: asOf + LONGEST_DAY_MS }),
    isDue: (payment) => occasionOf(payment, asOf) === occasion,
    each: ({ body }) => remindOfPayment(run, body, occasion),
  });
}

function occasionOf(payment: SubscriptionPayment, asOf: EpochMs): Occasion | undefined {
  const { status, dueOn, timeZone } = payment;
  const { dueMailJobId, overdueMailJobId } = mailsOfDay(payment);
  if (status !== "open" || overdueMailJobId !== undefined) return undefined;
  const today = dayAt(asOf, timeZone);
  if (today > dueOn) return "overdue";
  return today === dueOn && dueMailJobId === undefined ? "due" : undefined;
}

async function remindOfPayment({ job, services }: Run, payment: SubscriptionPayment, occasion: Occasion) {
  const { paymentId, tenantId, description, amount, currency, dueOn, payUrl } = payment;
  const isOverdue = occasion === "overdue";
  const mailJobId = await tellTenant(job, services, {
    tenantId,
    occasion: isOverdue ? "payment_overdue" : "payment_due",
    about: paymentId,
    once: dueOn,
    mailTo: (tenant) => ({
      type: "payment_due",
      data: {
        ...addressOf(tenant),
        description,
        amount,
        currency,
        dueOn,
        isOverdue,
        ...(payUrl !== undefined && { payUrl }),
      },
    }),
  });
  // Died here: it is not marked, and the next attempt finds the mail's job under the same key.
  const mark = isOverdue ? { overdueMailJobId: mailJobId } : { dueMailJobId: mailJobId };
  await subscriptionPayments.update(services.records, { id: paymentId }, (known) =>
    known.dueOn === dueOn ? { remindedOf: dueOn, ...mailsOfDay(known), ...mark } : undefined,
  );
}
