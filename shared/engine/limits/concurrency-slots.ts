import * as z from "zod";

import type { EpochMs } from "../../job/job.ts";
import { ASSUMED_CLOCK_SKEW_SECONDS } from "../../job/job-times.ts";
import type { RecordKey, RecordStore } from "../../ports/record-store.ts";

/** Who holds a key's slots, by job id. */
const slotsRecord = z.object({ holders: z.record(z.string(), z.object({ epoch: z.number(), until: z.number() })) });
type Holders = z.infer<typeof slotsRecord>["holders"];

/** Each lost race means that another job took or gave a slot of the same key in that moment. */
const MOST_TRIES = 10;
const KEPT_SECONDS = 24 * 60 * 60;
/** Beyond the lease, so that no clock that is wrong gives a slot away whose holder still works. */
const SKEW_MS = 2 * ASSUMED_CLOCK_SKEW_SECONDS * 1000;

/** A job that wants a slot, or has one. */
export interface Holder {
  readonly key: string;
  readonly jobId: string;
  /** Of the claim that it is for: one more than the row's. Two workers that try for the same claim share the slot. */
  readonly epoch: number;
}

const recordKey = ({ key }: Pick<Holder, "key">): RecordKey => ({ kind: "limit", id: `slots-${key}` });

/**
 * Takes one of a key's slots before a claim, for as long as the claim's lease can last. What an earlier claim of the same job
 * has left is taken over: its worker is done, or dead.
 *
 * ```
 * slot taken ──► claim ──► … ──► settled ──► slot given back
 * crash:        (until it ends: lease and skew, or until the job itself is claimed again)
 * ```
 *
 * @returns false when all `limit` slots are taken.
 */
export async function takeSlot(
  records: RecordStore,
  holder: Holder,
  { limit, leaseMs, now }: { readonly limit: number; readonly leaseMs: number; readonly now: EpochMs },
): Promise<boolean> {
  const until = now + leaseMs + SKEW_MS;
  return changed(records, holder, now, (holders) => {
    const { [holder.jobId]: own, ...others } = holders;
    if (own !== undefined && own.epoch > holder.epoch) return undefined; // a later claim has it
    const alive = Object.fromEntries(Object.entries(others).filter(([, other]) => other.until > now));
    if (Object.keys(alive).length >= limit) return undefined;
    return { ...alive, [holder.jobId]: { epoch: holder.epoch, until } };
  });
}

/** Gives a slot back, unless a later claim of the same job has it by now. */
export async function giveSlotBack(records: RecordStore, holder: Holder, now: EpochMs): Promise<void> {
  await changed(records, holder, now, (holders) => {
    const { [holder.jobId]: own, ...others } = holders;
    return own === undefined || own.epoch > holder.epoch ? undefined : others;
  });
}

/** Jobs that hold a slot of a key, as far as is known. */
export async function holdersOf(records: RecordStore, key: string, now: EpochMs): Promise<readonly string[]> {
  const known = await records.get(recordKey({ key }));
  if (known === undefined) return [];
  return Object.entries(slotsRecord.parse(known.body).holders).flatMap(([id, { until }]) => (until > now ? [id] : []));
}

/** Changes a key's holders; false when `change` leaves them as they are. */
async function changed(
  records: RecordStore,
  holder: Holder,
  now: EpochMs,
  change: (holders: Holders) => Holders | undefined,
): Promise<boolean> {
  const key = recordKey(holder);
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const known = await records.get(key);
    const holders = change(known === undefined ? {} : slotsRecord.parse(known.body).holders);
    if (holders === undefined) return false;
    const latest = Math.max(now, ...Object.values(holders).map(({ until }) => until));
    const body = { holders, expiresAt: Math.ceil(latest / 1000) + KEPT_SECONDS };
    const isWritten =
      known === undefined
        ? (await records.create(key, body)).isCreated
        : await records.replace(key, known.version, body);
    if (isWritten) return true;
  }
  throw new Error(`The slots of the concurrency key ${holder.key} changed ${MOST_TRIES} times in a row.`);
}
