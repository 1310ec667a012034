import * as z from "zod";

import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord } from "./record.ts";

/** The last number given out in a series, and to whom. */
const counterSchema = z.object({ number: z.int().min(1), orderId: z.string() });
const allocationSchema = z.object({ number: z.int().min(1) });

const KIND = "invoice_number";
/** Each lost race means that another order got its number, so this many in a row is a burst beyond any shop. */
const MOST_TRIES = 200;

interface Series {
  readonly sellerId: string;
  readonly year: number;
}

/**
 * Gives an order its number in a seller's series of a year: 1, 2, 3 … without a gap, and the same number however often it
 * is asked for.
 *
 * No transaction is needed: the counter names the order that got the last number, and nobody moves the counter on before
 * that order's own allocation is written.
 *
 * ```
 * counter {n, A} ─► allocation A = n (by A, or by whoever comes next) ─► counter {n + 1, B} ─► allocation B = n + 1
 * ```
 *
 * A crash between any two of these leaves a state that the next caller completes.
 */
export async function allocateInvoiceNumber(records: RecordStore, series: Series, orderId: string): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const number = await tryToAllocate(records, series, orderId);
    if (number !== undefined) return number;
  }
  throw new Error(`No invoice number for order ${orderId}: ${MOST_TRIES} other orders came first. Try again.`);
}

async function tryToAllocate(records: RecordStore, series: Series, orderId: string): Promise<number | undefined> {
  const counter = await readRecord(records, counterKey(series), counterSchema);
  const last = counter?.body;
  // The counter is read before the allocation: a number given to this order in between has moved the counter's version.
  if (last?.orderId === orderId) {
    await writeAllocation(records, series, last); // this call died, or did not hear, before it came to that
    return last.number;
  }
  const own = await readRecord(records, allocationKey(series, orderId), allocationSchema);
  if (own !== undefined) return own.body.number;
  if (last !== undefined) await writeAllocation(records, series, last);
  const next = { number: (last?.number ?? 0) + 1, orderId };
  const isMine =
    counter === undefined
      ? (await records.create(counterKey(series), next)).isCreated
      : await records.replace(counterKey(series), counter.version, next);
  if (!isMine) return undefined;
  await writeAllocation(records, series, next);
  return next.number;
}

async function writeAllocation(
  records: RecordStore,
  series: Series,
  { number, orderId }: { readonly number: number; readonly orderId: string },
): Promise<void> {
  await records.create(allocationKey(series, orderId), { number });
}

const counterKey = ({ sellerId, year }: Series): RecordKey => ({ kind: KIND, id: sellerId, part: `counter-${year}` });
const allocationKey = ({ sellerId }: Series, orderId: string): RecordKey => ({
  kind: KIND,
  id: sellerId,
  part: `order-${orderId}`,
});
