import pMap from "p-map";

import { PermanentError } from "../errors/job-errors.ts";
import type { ListEntry, ListOptions, RecordStore } from "../ports/record-store.ts";
import {
  orderProducts,
  orderProductsPrefix,
  storeOrderKey,
  storeOrderList,
  storeOrders,
  type OrderProduct,
  type StoreOrder,
} from "../records/store-order.ts";
import { storeCustomerList, storeCustomers } from "../records/store-customer.ts";
import type { DayBounds } from "../records/calendar-days.ts";
import { countsProducts } from "./analytics-tally.ts";

/** Orders in memory at a time: with 500 lines each, some 20 MB. */
const PAGE_SIZE = 100;
/** Orders read at a time. */
const AT_ONCE = 10;
/** What the store gives at most. */
const LARGEST_PAGE = 1000;

export interface OrdersOfDay extends DayBounds {
  readonly tenantId: string;
  /** Begin behind this one. */
  readonly after?: ListEntry | undefined;
}

/** An order as it is now, with its lines if they count. */
export interface OrderOfDay {
  readonly order: StoreOrder;
  readonly lines: readonly OrderProduct[];
}

/**
 * A day's orders, page by page, with where the next page begins. Each costs a read, and a query of its lines if it was paid
 * and not given back: some three read units in all.
 *
 * @throws PermanentError `RECORD_INVALID` naming the order.
 */
export async function* ordersOfDay(
  records: RecordStore,
  { tenantId, from, until, after }: OrdersOfDay,
): AsyncGenerator<{ readonly orders: readonly OrderOfDay[]; readonly next: ListEntry | undefined }> {
  let behind = after;
  do {
    const bounds = { from, to: until - 1, limit: PAGE_SIZE, ...(behind && { after: behind }) };
    const entries = await storeOrders.entries(records, storeOrderList(tenantId), bounds);
    const read = await pMap(entries, (entry) => readOrder(records, entry), { concurrency: AT_ONCE });
    behind = entries.length === PAGE_SIZE ? entries.at(-1) : undefined;
    yield { orders: read.flatMap((each) => (isWithin(each, { from, until }) ? [each] : [])), next: behind };
  } while (behind !== undefined);
}

/** The list is some moments behind: an order may be gone, or stand elsewhere by now. */
function isWithin(read: OrderOfDay | undefined, { from, until }: DayBounds): read is OrderOfDay {
  if (read === undefined) return false;
  const at = Date.parse(read.order.placedAt);
  return from <= at && at < until;
}

async function readOrder(records: RecordStore, { id, part }: ListEntry): Promise<OrderOfDay | undefined> {
  try {
    const order = (await storeOrders.read(records, storeOrderKey(id, part)))?.body;
    if (order === undefined) return undefined;
    return { order, lines: countsProducts(order) ? await linesOf(records, order) : [] };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    throw new PermanentError(error.code, `Order ${part}: ${error.message}`, { cause: error });
  }
}

/** All lines of an order. */
export async function linesOf(
  records: RecordStore,
  { tenantId, orderId }: Pick<StoreOrder, "tenantId" | "orderId">,
): Promise<OrderProduct[]> {
  const lines: OrderProduct[] = [];
  let options: ListOptions | undefined = { prefix: orderProductsPrefix(orderId), limit: LARGEST_PAGE };
  while (options !== undefined) {
    const page = await records.list({ kind: orderProducts.kind, id: tenantId }, options);
    lines.push(...page.map((line) => orderProducts.parse({ id: tenantId, part: line.part }, line).body));
    const last = page.at(-1);
    options = page.length === LARGEST_PAGE && last ? { ...options, after: last.part } : undefined;
  }
  return lines;
}

/** How many of a store's customers were new on a day: a read unit for some fifty. */
export async function countNewCustomers(
  records: RecordStore,
  { tenantId, from, until }: DayBounds & { readonly tenantId: string },
): Promise<number> {
  let count = 0;
  let after: ListEntry | undefined;
  do {
    const bounds = { from, to: until - 1, limit: LARGEST_PAGE, ...(after && { after }) };
    const page = await storeCustomers.entries(records, storeCustomerList(tenantId), bounds);
    count += page.length;
    after = page.length === LARGEST_PAGE ? page.at(-1) : undefined;
  } while (after !== undefined);
  return count;
}
