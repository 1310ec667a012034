import { createHash } from "node:crypto";

import type { ModelKey } from "../records/record-model.ts";

const LONGEST_KEY = 128;

/**
 * A record as a sweep's item: `booking_1`, or `shop_1/order_1#vase` where there are parts. A hash where that could not be a key,
 * or be another record's: one with such an id must not stop the sweep.
 */
export function itemKey({ id, part = "-" }: ModelKey): string {
  const key = part === "-" ? id : `${id}/${part}`;
  const isPlain = id !== "" && !id.includes("/") && key.length <= LONGEST_KEY;
  return isPlain
    ? key
    : createHash("sha256")
        .update(JSON.stringify([id, part]))
        .digest("hex");
}
