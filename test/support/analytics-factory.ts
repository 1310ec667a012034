import { orderProducts, storeOrders, type OrderProduct, type StoreOrder } from "../../shared/records/store-order.ts";
import { storeCustomers } from "../../shared/records/store-customer.ts";
import { tenants, type Tenant } from "../../shared/records/tenant.ts";

/** A store in Amsterdam that takes euros. */
export const aTenant = (overrides: Partial<Tenant> = {}) =>
  tenants.given({
    tenantId: "shop_1",
    name: "Celadon",
    email: "owner@celadon.example.com",
    timeZone: "Europe/Amsterdam",
    currency: "EUR",
    createdAt: "2025-01-01T00:00:00Z",
    ...overrides,
  });

/** A paid order of 10.00 euros. */
export const aStoreOrder = (orderId: string, placedAt: string, overrides: Partial<StoreOrder> = {}): StoreOrder => ({
  tenantId: "shop_1",
  orderId,
  placedAt,
  status: "paid",
  total: 1_000,
  refunded: 0,
  currency: "EUR",
  ...overrides,
});

/** One vase, all of the order's total. */
export const aLine = (order: StoreOrder, overrides: Partial<OrderProduct> = {}): OrderProduct => ({
  tenantId: order.tenantId,
  orderId: order.orderId,
  productId: "vase",
  name: "Vase",
  quantity: 1,
  total: order.total,
  createdAt: order.placedAt,
  ...overrides,
});

/** An order and its lines, as a table holds them. */
export const given = (order: StoreOrder, lines: readonly OrderProduct[] = []) => [
  storeOrders.given(order),
  ...lines.map((line) => orderProducts.given(line)),
];

export const aStoreCustomer = (customerId: string, createdAt: string, tenantId = "shop_1") =>
  storeCustomers.given({ tenantId, customerId, createdAt });
