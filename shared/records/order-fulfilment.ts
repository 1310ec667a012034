import type { FulfilmentStatus, OrderStatusPayload } from "../contracts/order-status.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { updateOrder, type Order } from "./order.ts";

/** How far goods are on their way. An order may be cancelled or refunded, and begun anew after that, at any time. */
const ON_THE_WAY: Partial<Record<FulfilmentStatus, number>> = {
  processing: 0,
  ready_for_pickup: 1,
  shipped: 1,
  delivered: 2,
};

const isBehind = (status: FulfilmentStatus, known: FulfilmentStatus): boolean =>
  (ON_THE_WAY[status] ?? Infinity) < (ON_THE_WAY[known] ?? 0);

/**
 * Puts a new status of an order's goods on record. One that the order has had before changes nothing, and one that comes
 * only after a later one goes into the history: no order goes back from `delivered` to `shipped`.
 *
 * @param at ISO 8601.
 * @throws PermanentError `ORDER_NOT_FOUND`, `ORDER_UNPAID`
 */
export function changeOrderStatus(records: RecordStore, change: OrderStatusPayload, at: string): Promise<Order> {
  const { orderId, status, carrier, trackingNumber, trackingUrl } = change;
  const parcel = {
    ...(carrier !== undefined && { carrier }),
    ...(trackingNumber !== undefined && { trackingNumber }),
    ...(trackingUrl !== undefined && { trackingUrl }),
  };
  return updateOrder(records, orderId, ({ status: payment, fulfilment }) => {
    if (payment === "unpaid") {
      throw new PermanentError("ORDER_UNPAID", `Order ${orderId} is not paid, so nothing of it can be ${status}.`);
    }
    const { history = [] } = fulfilment ?? {};
    if (history.some((earlier) => earlier.status === status)) return undefined;
    const isLate = fulfilment !== undefined && isBehind(status, fulfilment.status);
    const now = isLate ? { status: fulfilment.status, at: fulfilment.at } : { status, at };
    return { fulfilment: { ...fulfilment, ...parcel, ...now, history: [...history, { status, at }] } };
  });
}

/** The job that has told the buyer of a status, or is about to. */
export const toldOf = ({ fulfilment }: Order, status: FulfilmentStatus): string | undefined =>
  fulfilment?.history.find((each) => each.status === status)?.toldBy;

/** Notes on the order who tells the buyer of a status: nobody does again, also when that job's row is long gone. */
export function noteTold(
  records: RecordStore,
  orderId: string,
  { status, jobId }: { readonly status: FulfilmentStatus; readonly jobId: string },
): Promise<Order> {
  return updateOrder(records, orderId, (order) => {
    const { fulfilment } = order;
    if (fulfilment === undefined || toldOf(order, status) !== undefined) return undefined;
    const history = fulfilment.history.map((each) => (each.status === status ? { ...each, toldBy: jobId } : each));
    return { fulfilment: { ...fulfilment, history } };
  });
}
