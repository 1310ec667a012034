import * as z from "zod";

import { describeError } from "../../errors/describe-error.ts";
import type { EpochMs, Job } from "../../job/job.ts";
import { ASSUMED_CLOCK_SKEW_SECONDS } from "../../job/job-times.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { Log } from "../../ports/log.ts";
import type { RecordKey, RecordStore } from "../../ports/record-store.ts";
import { sendPermit } from "../permit.ts";

/**
 * Who has a key's slots, by job id: for which claim, and the workers that try for that claim, each until when. Copies of a
 * permit share a slot, and it is free when the last of them has given it back.
 */
const holder = z.object({ epoch: z.number(), workers: z.record(z.string(), z.number()) });
/** A job that found no slot: it is next in turn. */
const waiter = z.object({
  id: z.string(),
  type: z.string(),
  run: z.number(),
  tenant: z.string(),
  epoch: z.number(),
  /** Of a prioritised type: its permit is leave to run the best job, so no slot is kept for this one. */
  isAnyones: z.boolean(),
});
const slotsRecord = z.object({ holders: z.record(z.string(), holder), waiters: z.array(waiter) });
type Slots = z.infer<typeof slotsRecord>;
type Waiter = z.infer<typeof waiter>;

/** Each lost race means that another job took or gave a slot of the same key in that moment. Who wants one tries again later. */
const MOST_TRIES_TO_TAKE = 5;
/** What is not given back shuts the key for a while. */
const MOST_TRIES_TO_GIVE = 100;
const KEPT_SECONDS = 24 * 60 * 60;
/** Beyond the lease, so that no clock that is wrong gives a slot away whose holder still works. */
const SKEW_MS = 2 * ASSUMED_CLOCK_SKEW_SECONDS * 1000;
/** Jobs beyond try again by themselves, now and then. */
const MOST_WAITERS = 100;
/** A slot that was handed to a waiting job is kept for it so long: its permit needs seconds. */
const HANDED_MS = 90_000;
const HANDED = "handed";

/** A worker that wants a slot for a job's claim, or has one. */
export interface Holder {
  readonly key: string;
  readonly limit: number;
  readonly job: Pick<Job, "id" | "type" | "run" | "tenant">;
  /** Of the claim that it is for: one more than the row's. */
  readonly epoch: number;
  /** The worker's own. */
  readonly token: string;
  /** Its type is prioritised. */
  readonly isAnyones: boolean;
}

export interface SlotPorts {
  readonly records: RecordStore;
  readonly queue: JobQueue;
  readonly log: Log;
}

const recordKey = (key: string): RecordKey => ({ kind: "limit", id: `slots-${key}` });

/**
 * Takes one of a key's slots before a claim, for as long as the claim's lease can last. What an earlier claim of the same job
 * has left is taken over: its worker is done, or dead.
 *
 * ```
 * no slot free ──► in line ──► slot handed over, with a permit ─┐
 * slot free ────────────────────────────────────────────────────┴► taken ──► claim ──► … ──► settled ──► given back
 * crash:                                                         (until it ends: lease and skew, or the job's next claim)
 * ```
 *
 * @param mayStandInLine whether the job is handed a slot in its turn, when there is none now.
 */
export async function takeSlot(
  { records }: Pick<SlotPorts, "records">,
  mine: Holder,
  given: { readonly leaseMs: number; readonly now: EpochMs; readonly mayStandInLine: boolean },
): Promise<Taking> {
  const { now, mayStandInLine } = given;
  const until = now + given.leaseMs + SKEW_MS;
  let isTaken = false;
  let isInLine = false;
  let isFull = false;
  const isWritten = await changed(records, mine.key, { now, tries: MOST_TRIES_TO_TAKE }, ({ holders, waiters }) => {
    const { [mine.job.id]: own, ...others } = holders;
    const isLate = own !== undefined && own.epoch > mine.epoch; // a later claim has it
    isTaken = !isLate && Object.keys(others).length < mine.limit;
    isInLine = !isTaken && isWaiting(waiters, mine);
    isFull = waiters.length >= MOST_WAITERS;
    if (!isTaken) return isLate || isInLine || !mayStandInLine ? undefined : standInLine(holders, waiters, mine);
    const { [HANDED]: _handed, ...copies } = own?.epoch === mine.epoch ? own.workers : {};
    return {
      holders: { ...others, [mine.job.id]: { epoch: mine.epoch, workers: { ...copies, [mine.token]: until } } },
      // A place of a prioritised type stands for any job: it may be another one's permit that runs this one.
      waiters: mine.isAnyones ? waiters : waiters.filter(({ id }) => id !== mine.job.id),
    };
  });
  if (isTaken) return isWritten ? "taken" : "none";
  if (isInLine || isWritten) return "in line";
  return isFull ? "line full" : "none";
}

/**
 * What became of a try: in line, it gets a slot and a permit in its turn; else it has to try again: soon if others were only
 * faster, later if the line is full.
 */
export type Taking = "taken" | "in line" | "line full" | "none";

const isWaiting = (waiters: readonly Waiter[], { job, epoch }: Holder): boolean =>
  waiters.some((each) => each.id === job.id && each.epoch === epoch && each.run === job.run);

function standInLine(
  holders: Slots["holders"],
  waiters: readonly Waiter[],
  { job, epoch, isAnyones }: Holder,
): Slots | undefined {
  const { id, type, run, tenant } = job;
  const others = waiters.filter((each) => each.id !== id);
  if (others.length >= MOST_WAITERS) return undefined;
  return { holders, waiters: [...others, { id, type, run, tenant, epoch, isAnyones }] };
}

/**
 * Gives a slot back: it is free unless another worker tries for the same claim, or a later claim has it. What is free is
 * handed to those who are next in turn. It never throws: a slot that could not be given back ends by itself.
 */
export async function giveSlotBack(ports: SlotPorts, mine: Holder, now: EpochMs): Promise<void> {
  let next: readonly Waiter[] = [];
  try {
    const isGiven = await changed(ports.records, mine.key, { now, tries: MOST_TRIES_TO_GIVE }, (slots) => {
      const { [mine.job.id]: own, ...others } = slots.holders;
      next = [];
      if (own === undefined || own.epoch > mine.epoch) return undefined;
      const { [mine.token]: _gone, ...workers } = own.workers;
      if (Object.keys(workers).length > 0) {
        return { ...slots, holders: { ...others, [mine.job.id]: { ...own, workers } } };
      }
      next = slots.waiters.slice(0, Math.max(0, mine.limit - Object.keys(others).length));
      const handed = next
        .filter(({ isAnyones }) => !isAnyones)
        .map(({ id, epoch }) => [id, { epoch, workers: { [HANDED]: now + HANDED_MS } }] as const);
      return { holders: { ...others, ...Object.fromEntries(handed) }, waiters: slots.waiters.slice(next.length) };
    });
    if (!isGiven) next = [];
  } catch (error) {
    const errorCode = describeError(error).code;
    ports.log.warn("Slot of a concurrency key not given back; it ends by itself.", { jobId: mine.job.id, errorCode });
    return;
  }
  // Died here: what was handed over is free again after a while, and the ticker brings the jobs.
  for (const job of next) await sendPermit(ports, job, 0);
}

/** Changes a key's slots, what is over left out; false when `change` leaves them as they are, or others were faster. */
async function changed(
  records: RecordStore,
  key: string,
  { now, tries }: { readonly now: EpochMs; readonly tries: number },
  change: (slots: Slots) => Slots | undefined,
): Promise<boolean> {
  for (let left = tries; left > 0; left -= 1) {
    const known = await records.get(recordKey(key));
    const slots = change(known === undefined ? { holders: {}, waiters: [] } : alive(known.body, now));
    if (slots === undefined) return false;
    const latest = Math.max(now, ...Object.values(slots.holders).flatMap(({ workers }) => Object.values(workers)));
    const body = { ...slots, expiresAt: Math.ceil(latest / 1000) + KEPT_SECONDS };
    const isWritten =
      known === undefined
        ? (await records.create(recordKey(key), body)).isCreated
        : await records.replace(recordKey(key), known.version, body);
    if (isWritten) return true;
  }
  return false;
}

function alive(body: unknown, now: EpochMs): Slots {
  const { holders, waiters } = slotsRecord.parse(body);
  const kept = Object.entries(holders).map(([jobId, { epoch, workers }]) => {
    const working = Object.entries(workers).filter(([, until]) => until > now);
    return [jobId, { epoch, workers: Object.fromEntries(working) }] as const;
  });
  return { holders: Object.fromEntries(kept.filter(([, { workers }]) => Object.keys(workers).length > 0)), waiters };
}

/** Jobs that hold a slot of a key, as far as is known. */
export async function holdersOf(records: RecordStore, key: string, now: EpochMs): Promise<readonly string[]> {
  const known = await records.get(recordKey(key));
  return known === undefined ? [] : Object.keys(alive(known.body, now).holders);
}
