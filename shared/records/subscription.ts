import * as z from "zod";

import { storeDay } from "../contracts/analytics.ts";
import { currencyCode, identifier, minorAmount, moment, singleLine, timeZone, webLink } from "../contracts/fields.ts";
import { boundsOf } from "./calendar-days.ts";
import { RecordModel } from "./record-model.ts";

const subscription = z.object({
  tenantId: identifier,
  plan: singleLine(100),
  /** `expired` can still use everything, until `graceEndsAt`; `suspended` and `cancelled` cannot. */
  status: z.enum(["active", "expired", "suspended", "cancelled"]),
  /** What the next period costs. */
  amount: minorAmount,
  currency: currencyCode,
  /** The end of what is paid for. */
  expireDate: moment,
  manageUrl: webLink.optional(),
  /** Of an expired or suspended one: when access ends. Stored with the expiry, for that is what the mail has promised. */
  graceEndsAt: moment.optional(),
  /** The latest change of the status by the expiry check. `mailJobId` once the tenant's mail was enqueued. */
  change: z
    .object({
      from: z.enum(["active", "expired"]),
      to: z.enum(["expired", "suspended"]),
      at: moment,
      mailJobId: z.string().max(200).optional(),
    })
    .optional(),
  /** The expiry that a renewal reminder was enqueued for. */
  remindedOf: moment.optional(),
  /** When it was last paid for again. */
  renewedAt: moment.optional(),
});
/** What a tenant pays for its store; one each. */
export type Subscription = z.infer<typeof subscription>;

/**
 * - `active`, by expiry: what the expiry check lets expire
 * - `expired`, by the end of the grace period: what it suspends
 * - `renewal`, by expiry: active, not reminded of this expiry
 *
 * One whose change nobody was told of yet still stands where it stood before the change, so that the next run finds it.
 */
export const SUBSCRIPTION_LISTS = {
  active: { index: "gsi1", list: "active" },
  expired: { index: "gsi1", list: "expired" },
  renewal: { index: "gsi2", list: "renewal" },
} as const;

export const subscriptions = new RecordModel<Subscription>({
  kind: "subscription",
  schema: subscription,
  keyOf: ({ tenantId }) => ({ id: tenantId }),
  listsOf: (given) => {
    const { status, expireDate, graceEndsAt = expireDate } = given;
    const watchedAs = isChangeUntold(given) ? given.change?.from : status;
    const renewal = { gsi2: { list: "renewal", at: Date.parse(expireDate) } };
    return {
      ...(watchedAs === "active" && { gsi1: { list: "active", at: Date.parse(expireDate) } }),
      ...(watchedAs === "expired" && { gsi1: { list: "expired", at: Date.parse(graceEndsAt) } }),
      ...(status === "active" && !isReminded(given) && renewal),
    };
  },
});

/** Whether the expiry check has changed its status and nobody was told of it yet. A renewal makes that moot. */
export const isChangeUntold = ({ status, change }: Subscription): boolean =>
  change !== undefined && change.to === status && change.mailJobId === undefined;

/** Whether a reminder of its renewal was enqueued: of this one, not of the one before. */
export const isReminded = ({ remindedOf, expireDate }: Subscription): boolean =>
  remindedOf !== undefined && Date.parse(remindedOf) === Date.parse(expireDate);

const subscriptionPayment = z.object({
  paymentId: identifier,
  tenantId: identifier,
  description: singleLine(300),
  amount: minorAmount,
  currency: currencyCode,
  dueOn: storeDay,
  /** In whose calendar it is due: the tenant's, as it was when the payment was agreed on. */
  timeZone,
  status: z.enum(["open", "paid", "cancelled"]),
  payUrl: webLink.optional(),
  /** The `dueOn` that the mails below are about. Where it was put off since, they count no more. */
  remindedOf: storeDay.optional(),
  /** Job ids of the mails that say that it is due, and that it is overdue. */
  dueMailJobId: z.string().max(200).optional(),
  overdueMailJobId: z.string().max(200).optional(),
});
/** A payment that a tenant owes or owed. */
export type SubscriptionPayment = z.infer<typeof subscriptionPayment>;

/**
 * Open ones whose last reminder was not enqueued yet, by when they are overdue: the end of their day in their own time zone.
 * So "overdue" is one range of the list, and "due today" lies in the two days behind it, in all time zones.
 */
export const SUBSCRIPTION_PAYMENT_LISTS = { open: { index: "gsi1", list: "open" } } as const;

export const subscriptionPayments = new RecordModel<SubscriptionPayment>({
  kind: "subscription_payment",
  schema: subscriptionPayment,
  keyOf: ({ paymentId }) => ({ id: paymentId }),
  listsOf: (payment) =>
    payment.status === "open" && mailsOfDay(payment).overdueMailJobId === undefined
      ? { gsi1: { list: "open", at: boundsOf(payment.dueOn, payment.timeZone).until } }
      : {},
});

/** The mails about the day on which it is due now. */
export const mailsOfDay = ({ dueOn, remindedOf = dueOn, dueMailJobId, overdueMailJobId }: SubscriptionPayment) =>
  remindedOf === dueOn ? { dueMailJobId, overdueMailJobId } : { dueMailJobId: undefined, overdueMailJobId: undefined };
