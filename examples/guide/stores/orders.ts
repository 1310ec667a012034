import type { BacklineClient } from "../../../client/index.ts";
import { analyticsAggregation } from "../../../shared/catalog/stores.ts";
import { changeStoreOrder, saveStoreOrder, type StorePorts } from "../../../shared/stores/analytics-changes.ts";

export async function sell(ports: StorePorts): Promise<void> {
  // #region order
  const order = {
    tenantId: "shop_1",
    orderId: "so_1",
    placedAt: "2026-03-28T12:00:00Z",
    status: "paid",
    total: 37_000,
    refunded: 0,
    currency: "EUR",
  } as const;
  await saveStoreOrder(ports, order, [{ productId: "vase", name: "Stoneware vase", quantity: 2, total: 37_000 }]);

  // A week later one of the two comes back: that day is counted anew.
  await changeStoreOrder(ports, { tenantId: "shop_1", orderId: "so_1" }, () => ({ refunded: 18_500 }));
  // #endregion
}

// #region back-fill
export async function countMarch(backline: BacklineClient): Promise<string> {
  const days = { from: "2026-03-01", to: "2026-03-31" };
  const { id } = await backline.enqueue(analyticsAggregation, { ...days, dryRun: false, changed: false });
  return id;
}
// #endregion
