import { analyticsPayload } from "../contracts/analytics.ts";
import { exampleSeller } from "../contracts/seller.ts";
import { defineJob } from "../job/define-job.ts";
import { dailyOverviews } from "../records/daily-overview.ts";
import { passwordResetTokens, sessions } from "../records/short-lived.ts";
import { storeCustomers } from "../records/store-customer.ts";
import { cartItems, storeProducts } from "../records/store-goods.ts";
import { orderProducts, storeOrders } from "../records/store-order.ts";
import { storeLogs, supportAttachments } from "../records/store-support.ts";
import { subscriptionPayments, subscriptions } from "../records/subscription.ts";
import { tenants } from "../records/tenant.ts";
import { sweepPayload } from "../contracts/sweep-payload.ts";
import { SWEEP_RETRY, SWEEP_RUN } from "./sweep-run.ts";

const AS_OF = "2026-03-01T02:00:00Z";
const HASH = "0123456789abcdef0123456789abcdef01234567";

const tenant = tenants.given({
  tenantId: "shop_1",
  name: "Celadon",
  email: "owner@celadon.example.com",
  timeZone: "Europe/Amsterdam",
  currency: "EUR",
  storeUrl: "https://celadon.example.com",
  createdAt: "2025-01-01T00:00:00Z",
});
const settings = { kind: "settings", id: "seller", body: exampleSeller };
const subscription = {
  tenantId: "shop_1",
  plan: "Studio",
  status: "active",
  amount: 2_900,
  currency: "EUR",
  expireDate: "2026-02-28T00:00:00Z",
} as const;
const product = storeProducts.given({ tenantId: "shop_1", productId: "vase", name: "Stoneware vase", price: 18_500 });
const order = storeOrders.given({
  tenantId: "shop_1",
  orderId: "so_1",
  customerId: "cu_1",
  placedAt: "2026-02-28T12:00:00Z",
  status: "paid",
  total: 37_000,
  refunded: 0,
  currency: "EUR",
});
const line = {
  tenantId: "shop_1",
  orderId: "so_1",
  productId: "vase",
  name: "Stoneware vase",
  quantity: 2,
  total: 37_000,
  createdAt: "2026-02-28T12:00:00Z",
};

const sweep = { payload: sweepPayload, retry: SWEEP_RETRY, run: SWEEP_RUN, group: "stores" } as const;
const ofEverySweep = { sweep_lock: "write", settings: "read" } as const;
const asOf = { dryRun: false, asOf: AS_OF };

export const subscriptionExpiryCheck = defineJob({
  ...sweep,
  type: "subscription_expiry_check",
  summary: "Lets subscriptions expire, suspends them after the grace period, and has their tenants told.",
  needs: {
    records: { ...ofEverySweep, subscription: "write", tenant: "read", audit: "write", notification: "write" },
    lists: ["subscription"],
    enqueues: ["email"],
  },
  schedules: [{ name: "subscription-expiry-check", cron: "0 0 * * *", payload: { dryRun: false } }],
  example: { payload: asOf, records: [subscriptions.given(subscription), tenant, settings] },
});

export const subscriptionPaymentReminders = defineJob({
  ...sweep,
  type: "subscription_payment_reminders",
  summary: "Has tenants reminded of renewals in seven days, and of payments that are due or overdue.",
  needs: {
    records: {
      ...ofEverySweep,
      subscription: "write",
      subscription_payment: "write",
      tenant: "read",
      notification: "write",
    },
    lists: ["subscription", "subscription_payment"],
    enqueues: ["email"],
  },
  schedules: [{ name: "subscription-payment-reminders", cron: "0 9 * * *", payload: { dryRun: false } }],
  example: {
    payload: asOf,
    records: [
      subscriptions.given({ ...subscription, expireDate: "2026-03-07T00:00:00Z" }),
      subscriptionPayments.given({
        paymentId: "sp_1",
        tenantId: "shop_1",
        description: "Studio, February 2026",
        amount: 2_900,
        currency: "EUR",
        dueOn: "2026-02-20",
        timeZone: "Europe/Amsterdam",
        status: "open",
      }),
      tenant,
      settings,
    ],
  },
});

export const analyticsAggregation = defineJob({
  ...sweep,
  type: "analytics_aggregation",
  summary: "Counts a day of each store: orders, revenue, new customers, products sold.",
  payload: analyticsPayload,
  run: { ...SWEEP_RUN, memoryMb: 512 },
  needs: {
    records: {
      ...ofEverySweep,
      tenant: "read",
      store_order: "read",
      order_product: "read",
      store_customer: "read",
      analytics: "write",
      analytics_draft: "remove",
      changed_day: "remove",
    },
    lists: ["store_order", "store_customer", "changed_day"],
    enqueues: ["email"],
  },
  schedules: [
    { name: "analytics-aggregation", cron: "0 1 * * *", payload: { dryRun: false, changed: false } },
    { name: "analytics-changed-days", cron: "30 * * * *", payload: { dryRun: false, changed: true } },
  ],
  example: {
    payload: { ...asOf, changed: false },
    records: [
      tenant,
      order,
      orderProducts.given(line),
      storeCustomers.given({ tenantId: "shop_1", customerId: "cu_1", createdAt: "2026-02-28T11:00:00Z" }),
    ],
  },
});

export const storeCleanup = defineJob({
  ...sweep,
  type: "store_cleanup",
  summary:
    "Deletes what stores need no more: old cart items, orphans, sessions, tokens, attachments; archives old logs.",
  needs: {
    records: {
      ...ofEverySweep,
      cart_item: "remove",
      order_product: "remove",
      store_order: "read",
      store_product: "read",
      session: "remove",
      password_reset_token: "remove",
      support_attachment: "remove",
      store_log: "remove",
    },
    lists: ["cart_item", "order_product", "session", "password_reset_token", "support_attachment", "store_log"],
    files: ["attachments", "archives"],
    removesFiles: ["attachments"],
    enqueues: ["email"],
  },
  schedules: [{ name: "store-cleanup", cron: "0 2 * * 0", payload: { dryRun: false } }],
  example: {
    payload: asOf,
    files: [{ bucket: "attachments", key: "shop_1/at_1.txt", text: "The vase is broken." }],
    records: [
      product,
      order,
      orderProducts.given({ ...line, orderId: "so_gone", createdAt: "2026-02-01T12:00:00Z" }),
      cartItems.given({
        tenantId: "shop_1",
        cartId: "ca_1",
        productId: "vase",
        quantity: 1,
        updatedAt: "2026-01-01T00:00:00Z",
      }),
      cartItems.given({
        tenantId: "shop_1",
        cartId: "ca_2",
        productId: "gone",
        quantity: 1,
        updatedAt: "2026-02-20T00:00:00Z",
      }),
      sessions.given({ sessionHash: HASH, tenantId: "shop_1", validUntil: "2026-02-20T00:00:00Z" }),
      passwordResetTokens.given({
        tokenHash: HASH,
        tenantId: "shop_1",
        userId: "us_1",
        validUntil: "2026-02-20T00:00:00Z",
      }),
      supportAttachments.given({
        tenantId: "shop_1",
        attachmentId: "at_1",
        fileKey: "shop_1/at_1.txt",
        createdAt: "2024-01-01T00:00:00Z",
      }),
      storeLogs.given({
        tenantId: "shop_1",
        logId: "lg_1",
        at: "2025-11-01T00:00:00Z",
        level: "info",
        message: "Opened.",
      }),
    ],
  },
});

export const cacheWarming = defineJob({
  ...sweep,
  type: "cache_warming",
  summary:
    "Fetches the stores' product lists and best-selling products' pages, and further pages, so that caches have them.",
  run: { ...SWEEP_RUN, memoryMb: 512 },
  needs: {
    records: { ...ofEverySweep, tenant: "read", analytics: "read", store_product: "read" },
    fetches: true,
    enqueues: ["email"],
  },
  schedules: [{ name: "cache-warming", cron: "0 4 * * *", payload: { dryRun: false } }],
  example: {
    payload: asOf,
    records: [
      tenant,
      product,
      dailyOverviews.given({
        tenantId: "shop_1",
        day: "2026-02-28",
        timeZone: "Europe/Amsterdam",
        orders: 1,
        paidOrders: 1,
        revenue: 37_000,
        currency: "EUR",
        otherRevenue: {},
        newCustomers: 1,
        productsSold: 2,
        topProducts: [{ productId: "vase", name: "Stoneware vase", quantity: 2, revenue: 37_000 }],
        aggregatedAt: "2026-03-01T01:00:00Z",
      }),
    ],
  },
});
