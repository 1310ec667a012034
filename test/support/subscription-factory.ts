import { subscriptionPayments, subscriptions } from "../../shared/records/subscription.ts";
import type { Subscription, SubscriptionPayment } from "../../shared/records/subscription.ts";
import { tenants, type Tenant } from "../../shared/records/tenant.ts";
import type { GivenRecord, StoredRecord, TestRun } from "../../testing/index.ts";

/** A store in Amsterdam, as a record. */
export const aTenant = (overrides: Partial<Tenant> = {}): GivenRecord =>
  tenants.given({
    tenantId: "shop_1",
    name: "Celadon",
    email: "owner@celadon.example.com",
    timeZone: "Europe/Amsterdam",
    currency: "EUR",
    createdAt: "2025-01-01T00:00:00Z",
    ...overrides,
  });

/** Active, paid until 1 March 2026, 00:00 UTC. */
export const aSubscription = (overrides: Partial<Subscription> = {}): Subscription => ({
  tenantId: "shop_1",
  plan: "Studio",
  status: "active",
  amount: 2_900,
  currency: "EUR",
  expireDate: "2026-03-01T00:00:00Z",
  ...overrides,
});

/** Open, due on 1 March 2026 in Amsterdam. */
export const aPayment = (overrides: Partial<SubscriptionPayment> = {}): SubscriptionPayment => ({
  paymentId: "sp_1",
  tenantId: "shop_1",
  description: "Studio, March 2026",
  amount: 2_900,
  currency: "EUR",
  dueOn: "2026-03-01",
  timeZone: "Europe/Amsterdam",
  status: "open",
  ...overrides,
});

/** A subscription as a run has left it. */
export function subscriptionAfter({ records }: TestRun, tenantId = "shop_1"): Readonly<Record<string, unknown>> {
  return records.find(({ kind, id }) => kind === "subscription" && id === tenantId)?.body ?? {};
}

/** A payment as a run has left it. */
export function paymentAfter({ records }: TestRun, paymentId = "sp_1"): Readonly<Record<string, unknown>> {
  return records.find(({ kind, id }) => kind === "subscription_payment" && id === paymentId)?.body ?? {};
}

/** What a run has left, as the next run finds it: records with their lists, and none of the jobs. */
export const leftBy = ({ records }: TestRun): GivenRecord[] => records.map(withLists);

function withLists(record: StoredRecord): GivenRecord {
  const { kind, id, part, body } = record;
  // They were stored by these models.
  if (kind === "subscription") return subscriptions.given(body as Subscription);
  if (kind === "subscription_payment") return subscriptionPayments.given(body as SubscriptionPayment);
  return { kind, id, part, body };
}

/** Types and data of the mails that a run has had enqueued. */
export const mailsOf = ({ enqueued }: TestRun) =>
  enqueued.filter(({ type }) => type === "email").map(({ payload }) => payload as { type: string; data: object });
