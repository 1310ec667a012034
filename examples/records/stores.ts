import type { RecordStore } from "../../shared/ports/record-store.ts";
import { boundsOf, dayAt, yesterdayAt } from "../../shared/records/calendar-days.ts";
import { sessions } from "../../shared/records/short-lived.ts";
import { cartItems, storeProducts } from "../../shared/records/store-goods.ts";
import { subscriptionPayments, subscriptions } from "../../shared/records/subscription.ts";
import { tenants } from "../../shared/records/tenant.ts";
import { saveStoreCustomer, saveStoreOrder, type StorePorts } from "../../shared/stores/analytics-changes.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const TIME_ZONE = "Europe/Amsterdam";

/** When each store's subscription ends or has ended, in days from now. */
const EXPIRES_IN_DAYS = { shop_renews: 5, shop_expired: -1, shop_suspended: -8 } as const;

/**
 * What a platform has on record: three stores, of which one's subscription is about to renew, one's has expired, and one's
 * has been over for longer than the grace period; for the first also an order and a new customer of yesterday, a payment
 * that is due today, and what is cleared away.
 *
 * @returns for each record whether it is new.
 */
export async function storeStores(ports: StorePorts): Promise<readonly boolean[]> {
  const { records } = ports;
  const now = ports.clock.now();
  const at = (ms: number) => new Date(now + ms).toISOString();
  const ofShop = { tenantId: "shop_renews" } as const;
  const noon = new Date(boundsOf(yesterdayAt(now, TIME_ZONE), TIME_ZONE).from + 12 * HOUR_MS).toISOString();
  const stored: boolean[] = [];
  for (const [tenantId, days] of Object.entries(EXPIRES_IN_DAYS)) {
    stored.push(
      ...(await storeStore(records, tenantId, { createdAt: at(-400 * DAY_MS), expireDate: at(days * DAY_MS) })),
    );
  }
  return [
    ...stored,
    await subscriptionPayments.create(records, {
      ...ofShop,
      paymentId: "sp_due",
      description: "Theme “Kiln”",
      amount: 4_900,
      currency: "EUR",
      dueOn: dayAt(now, TIME_ZONE),
      timeZone: TIME_ZONE,
      status: "open",
      payUrl: "https://platform.example.com/pay/sp_due",
    }),
    await storeProducts.create(records, { ...ofShop, productId: "vase", name: "Stoneware vase", price: 18_500 }),
    await saveStoreCustomer(ports, { ...ofShop, customerId: "cu_1", createdAt: noon }),
    await saveStoreOrder(
      ports,
      {
        ...ofShop,
        orderId: "so_1",
        customerId: "cu_1",
        placedAt: noon,
        status: "paid",
        total: 37_000,
        refunded: 0,
        currency: "EUR",
      },
      [{ productId: "vase", name: "Stoneware vase", quantity: 2, total: 37_000 }],
    ),
    await cartItems.create(records, {
      ...ofShop,
      cartId: "ca_1",
      productId: "vase",
      quantity: 1,
      updatedAt: at(-31 * DAY_MS),
    }),
    await sessions.create(records, { ...ofShop, sessionHash: "5e".repeat(20), validUntil: at(-1) }),
  ];
}

async function storeStore(
  records: RecordStore,
  tenantId: string,
  { createdAt, expireDate }: { readonly createdAt: string; readonly expireDate: string },
): Promise<boolean[]> {
  return [
    await tenants.create(records, {
      tenantId,
      name: "Celadon",
      email: `${tenantId.replaceAll("_", "-")}@example.com`,
      timeZone: TIME_ZONE,
      currency: "EUR",
      createdAt,
    }),
    await subscriptions.create(records, {
      tenantId,
      plan: "Studio",
      status: "active",
      amount: 2_900,
      currency: "EUR",
      expireDate,
      manageUrl: "https://platform.example.com/subscription",
    }),
  ];
}
