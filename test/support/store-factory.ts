import type { StoredRecord } from "../../testing/index.ts";
import { dailyOverviews, type DailyOverview } from "../../shared/records/daily-overview.ts";
import { cartItems, storeProducts, type CartItem, type StoreProduct } from "../../shared/records/store-goods.ts";
import { orderProducts, storeOrders, type OrderProduct, type StoreOrder } from "../../shared/records/store-order.ts";
import { tenants, type Tenant } from "../../shared/records/tenant.ts";

// Records of a store that sells vases, as they are given to a test's world.

export const aTenant = (overrides: Partial<Tenant> = {}) =>
  tenants.given({
    tenantId: "shop_1",
    name: "Celadon",
    email: "owner@celadon.example.com",
    timeZone: "Europe/Amsterdam",
    currency: "EUR",
    storeUrl: "https://celadon.example.com",
    createdAt: "2025-01-01T00:00:00Z",
    ...overrides,
  });

export const aProduct = (overrides: Partial<StoreProduct> = {}) =>
  storeProducts.given({ tenantId: "shop_1", productId: "vase", name: "Stoneware vase", price: 18_500, ...overrides });

export const aCartItem = (overrides: Partial<CartItem> = {}) =>
  cartItems.given({
    tenantId: "shop_1",
    cartId: "ca_1",
    productId: "vase",
    quantity: 1,
    updatedAt: "2026-02-28T00:00:00Z",
    ...overrides,
  });

export const aStoreOrder = (overrides: Partial<StoreOrder> = {}) =>
  storeOrders.given({
    tenantId: "shop_1",
    orderId: "so_1",
    placedAt: "2026-02-28T12:00:00Z",
    status: "paid",
    total: 18_500,
    refunded: 0,
    currency: "EUR",
    ...overrides,
  });

export const anOrderProduct = (overrides: Partial<OrderProduct> = {}) =>
  orderProducts.given({
    tenantId: "shop_1",
    orderId: "so_1",
    productId: "vase",
    name: "Stoneware vase",
    quantity: 1,
    total: 18_500,
    createdAt: "2026-02-28T12:00:00Z",
    ...overrides,
  });

/** A day on which a vase was sold. */
export const anOverview = (overrides: Partial<DailyOverview> = {}) =>
  dailyOverviews.given({
    tenantId: "shop_1",
    day: "2026-02-28",
    timeZone: "Europe/Amsterdam",
    orders: 1,
    paidOrders: 1,
    revenue: 18_500,
    currency: "EUR",
    otherRevenue: {},
    newCustomers: 0,
    productsSold: 1,
    topProducts: [{ productId: "vase", name: "Stoneware vase", quantity: 1, revenue: 18_500 }],
    aggregatedAt: "2026-03-01T01:00:00Z",
    ...overrides,
  });

/** Names of the records of a kind, `id/part`. */
export const namesOf = (run: { readonly records: readonly StoredRecord[] }, kind: string): string[] =>
  run.records.filter((record) => record.kind === kind).map(({ id, part }) => `${id}/${part}`);
