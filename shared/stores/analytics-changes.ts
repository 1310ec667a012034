import pMap from "p-map";

import { PermanentError } from "../errors/job-errors.ts";
import type { EpochMs } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { changedDays } from "../records/daily-overview.ts";
import { storeCustomers, type StoreCustomer } from "../records/store-customer.ts";
import {
  orderProductKey,
  orderProducts,
  storeOrderKey,
  storeOrders,
  type OrderProduct,
  type StoreOrder,
} from "../records/store-order.ts";
import { tenantKey, tenants } from "../records/tenant.ts";
import { boundsOf, dayAt } from "../records/calendar-days.ts";

/**
 * So long after its last change a changed day is aggregated anew. A day is marked before its order is written: by then the
 * write has happened, or its process has ended (a function runs 15 minutes at most), and the order stands in its list.
 */
export const SETTLING_MS = 15 * 60 * 1000;
/** A mark so young stands for a further change, too: it is not looked at for a quarter of an hour. */
const SHARED_MS = 60 * 1000;

export interface StorePorts {
  readonly records: RecordStore;
  readonly clock: Clock;
}

/** An order's line as an app gives it; tenant, order and time are the order's. */
export type NewOrderLine = Omit<OrderProduct, "tenantId" | "orderId" | "createdAt">;

/**
 * Stores an order with its lines, unless there is one already, however often it is called. One that comes when its day is over
 * in the tenant's calendar (an import, a till that was offline) has its day aggregated anew within 75 minutes. An app that
 * writes its orders itself calls `markChange` before each write instead.
 *
 * @returns whether it was stored now.
 * @throws PermanentError `RECORD_NOT_FOUND` for an unknown tenant, `PRODUCT_TWICE` for two lines of one product; z.ZodError
 *   listing every problem of the order or of a line.
 */
export async function saveStoreOrder(
  ports: StorePorts,
  order: StoreOrder,
  lines: readonly NewOrderLine[],
): Promise<boolean> {
  const { tenantId, orderId, placedAt } = order;
  if ((await storeOrders.read(ports.records, storeOrderKey(tenantId, orderId))) !== undefined) return false;
  const products = linesToStore(order, lines, ports.clock.now());
  await markChange(ports, tenantId, placedAt);
  // Died here: the day is aggregated anew, and comes to the same.
  await pMap(products, (product) => storeLine(ports.records, product), { concurrency: 10 });
  // Died here: whoever calls again finds the lines; if nobody does, store_cleanup deletes them as orphans.
  return storeOrders.create(ports.records, order);
}

/** Refused before anything is written. */
function linesToStore(order: StoreOrder, lines: readonly NewOrderLine[], now: EpochMs): OrderProduct[] {
  storeOrders.given(order);
  const { tenantId, orderId } = order;
  const createdAt = new Date(now).toISOString();
  const products = lines.map((line) => ({ ...line, tenantId, orderId, createdAt }));
  for (const product of products) orderProducts.given(product);
  if (new Set(products.map(({ productId }) => productId)).size === products.length) return products;
  throw new PermanentError("PRODUCT_TWICE", `Order ${orderId} has two lines of one product. Make one of them.`);
}

/**
 * Stores a line, or stores it anew where a call that died has left it: a clean-up that takes that one for an orphan, for it has
 * no order yet, does not delete this version.
 */
async function storeLine(records: RecordStore, line: OrderProduct): Promise<void> {
  const key = orderProductKey(line);
  for (;;) {
    if (await orderProducts.create(records, line)) return;
    const known = await orderProducts.read(records, key);
    if (known !== undefined && (await orderProducts.replace(records, key, known, line)) !== undefined) return;
  }
}

/**
 * Changes an order: paid, cancelled, given back. Where its day is over, the day is aggregated anew within 75 minutes. `change`
 * is asked again when somebody else changes the order at the same time, so let it say what is, not how much more:
 *
 * @example await changeStoreOrder(ports, key, () => ({ status: "refunded" }));
 * @example await changeStoreOrder(ports, key, () => ({ refunded: 500 })); // 5.00 of it in all
 * @returns the order as it then is.
 * @throws PermanentError `RECORD_NOT_FOUND` for an unknown tenant or order; z.ZodError for a change that is not right.
 */
export async function changeStoreOrder(
  ports: StorePorts,
  { tenantId, orderId }: Pick<StoreOrder, "tenantId" | "orderId">,
  change: (order: StoreOrder) => Partial<Omit<StoreOrder, "tenantId" | "orderId">> | undefined,
): Promise<StoreOrder> {
  const key = storeOrderKey(tenantId, orderId);
  for (;;) {
    const known = await storeOrders.get(ports.records, key);
    const changes = change(known.body);
    if (changes === undefined) return known.body;
    const { placedAt } = storeOrders.given({ ...known.body, ...changes }).body;
    await markChange(ports, tenantId, known.body.placedAt);
    if (placedAt !== known.body.placedAt) await markChange(ports, tenantId, placedAt);
    // Died here: the days are aggregated anew, and come to the same.
    const changed = await storeOrders.replace(ports.records, key, known, changes);
    if (changed !== undefined) return changed;
  }
}

/**
 * Stores a customer, unless there is one already; a customer whose first day is over has that day aggregated anew.
 *
 * @returns whether it was stored now.
 * @throws PermanentError `RECORD_NOT_FOUND` for an unknown tenant; z.ZodError listing every problem.
 */
export async function saveStoreCustomer(ports: StorePorts, customer: StoreCustomer): Promise<boolean> {
  storeCustomers.given(customer);
  await markChange(ports, customer.tenantId, customer.createdAt);
  // Died here: the day is aggregated anew, and comes to the same.
  return storeCustomers.create(ports.records, customer);
}

/**
 * Has a day aggregated anew that is over, or is about to be: call it before something of that day is written, and write it
 * within 14 minutes. `changedDays.create` is not enough, for an aggregation may just be removing the mark that is there.
 *
 * @param at when the order was placed, the customer came: a moment of the day.
 * @throws PermanentError `RECORD_NOT_FOUND` for an unknown tenant.
 */
export async function markChange({ records, clock }: StorePorts, tenantId: string, at: string): Promise<void> {
  const { timeZone } = (await tenants.get(records, tenantKey(tenantId))).body;
  const now = clock.now();
  const day = dayAt(Date.parse(at), timeZone);
  // A day that ends within minutes may be over, and aggregated, when the order is written.
  if (boundsOf(day, timeZone).until <= now + SETTLING_MS) await markDay(records, { tenantId, day, now });
}

/** Has a day aggregated anew. A mark that is there gets a new version: whoever has read it then does not remove it. */
export async function markDay(
  records: RecordStore,
  { tenantId, day, now }: { readonly tenantId: string; readonly day: string; readonly now: EpochMs },
): Promise<void> {
  const changedAt = new Date(now).toISOString();
  const key = { id: tenantId, part: day };
  for (;;) {
    if (await changedDays.create(records, { tenantId, day, changedAt })) return;
    const known = await changedDays.read(records, key);
    if (known === undefined) continue;
    // Either way: one of a clock that was far ahead would keep the day from being looked at until then.
    if (Math.abs(Date.parse(known.body.changedAt) - now) < SHARED_MS) return;
    if ((await changedDays.replace(records, key, known, { changedAt })) !== undefined) return;
  }
}
