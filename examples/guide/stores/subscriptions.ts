import { renewSubscription } from "../../../shared/stores/subscription-renewal.ts";
import { tenantAccess, type AccessPorts } from "../../../shared/stores/tenant-access.ts";
import { subscriptionPayments, subscriptions } from "../../../shared/records/subscription.ts";
import { tenants } from "../../../shared/records/tenant.ts";

// #region open
export async function openShop({ records, clock }: AccessPorts): Promise<void> {
  await tenants.create(records, {
    tenantId: "shop_1",
    name: "Celadon",
    email: "owner@celadon.example.com",
    timeZone: "Europe/Amsterdam", // its calendar decides what a day is
    currency: "EUR",
    createdAt: new Date(clock.now()).toISOString(),
  });
  await subscriptions.create(records, {
    tenantId: "shop_1",
    plan: "Studio",
    status: "active",
    amount: 2_900, // of the next period, in cents
    currency: "EUR",
    expireDate: "2026-04-01T00:00:00+02:00",
  });
}
// #endregion

// #region gate
/** Of every request to a store: the answer that keeps its people out, if it does. */
export async function gate(ports: AccessPorts, tenantId: string): Promise<Response | undefined> {
  const { allowed, status, graceEndsAt } = await tenantAccess(ports, tenantId);
  if (!allowed) return Response.json({ error: "SUBSCRIPTION_REQUIRED", status, graceEndsAt }, { status: 402 });
  return undefined;
}
// #endregion

// #region renew
/** Called by the payment's webhook, as often as that likes. */
export async function subscriptionPaid(ports: AccessPorts, tenantId: string, paidUntil: string): Promise<void> {
  await renewSubscription(ports, tenantId, { expireDate: paidUntil, actor: "stripe-webhook" });
}
// #endregion

// #region payment
export async function askForPayment({ records }: AccessPorts): Promise<void> {
  await subscriptionPayments.create(records, {
    paymentId: "sp_2026_04",
    tenantId: "shop_1",
    description: "Studio, April 2026",
    amount: 2_900,
    currency: "EUR",
    dueOn: "2026-04-01",
    timeZone: "Europe/Amsterdam", // the tenant's
    status: "open",
    payUrl: "https://pay.example.com/sp_2026_04",
  });
}

export async function paymentPaid({ records }: AccessPorts, paymentId: string): Promise<void> {
  await subscriptionPayments.update(records, { id: paymentId }, () => ({ status: "paid" }));
}
// #endregion
