import * as z from "zod";

import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord } from "../records/record.ts";

/** How long a run may be silent (a retry's backoff, a pause) before another one takes its place; a crash needs ten minutes. */
const HELD_MS = 30 * 60 * 1000;

const sweepLock = z.object({
  jobId: z.string(),
  /** Milliseconds since 1970; 0 once it was given back. */
  heldUntil: z.number(),
});

const keyOf = (sweep: string): RecordKey => ({ kind: "sweep_lock", id: sweep });

/** Who has a sweep: somebody else, or whoever asked. */
export type SweepTaken =
  | { readonly isTaken: false; readonly heldBy: string }
  | {
      readonly isTaken: true;
      /** Makes it as it was before, unless somebody has taken it since. */
      readonly undo: () => Promise<void>;
    };

/** Who wants a sweep. */
export interface Taker {
  readonly jobId: string;
  readonly now: number;
  /** Throws when the attempt's time is over: one that wakes up late, when others have ended its job, takes nothing. */
  readonly assertInTime?: () => void;
}

/**
 * Takes, or keeps, a sweep for one job: of two runs at once, one works. Call it at the start of every attempt. It only saves
 * work: each item is safe against two runs by itself.
 *
 * @returns whether the job has it now, and which one has it if not.
 */
export async function takeSweep(
  records: RecordStore,
  sweep: string,
  { jobId, now, assertInTime }: Taker,
): Promise<SweepTaken> {
  const key = keyOf(sweep);
  const mine = { jobId, heldUntil: now + HELD_MS };
  for (;;) {
    const known = await readRecord(records, key, sweepLock);
    assertInTime?.();
    if (known === undefined) {
      if ((await records.create(key, mine)).isCreated) return takenFrom(records, key, 1, { jobId, heldUntil: 0 });
      continue;
    }
    const { body, version } = known;
    if (body.jobId !== jobId && isHeld(body, now)) return { isTaken: false, heldBy: body.jobId };
    if (await records.replace(key, version, mine)) return takenFrom(records, key, version + 1, body);
  }
}

/** Nobody holds a sweep for longer: what says so comes from a clock that was wrong, and would keep all others out until then. */
const isHeld = ({ heldUntil }: z.infer<typeof sweepLock>, now: number): boolean =>
  heldUntil > now && heldUntil <= now + 2 * HELD_MS;

const takenFrom = (
  records: RecordStore,
  key: RecordKey,
  version: number,
  before: z.infer<typeof sweepLock>,
): SweepTaken => ({ isTaken: true, undo: async () => void (await records.replace(key, version, before)) });

/** Gives a sweep back, if the job has it. */
export async function releaseSweep(records: RecordStore, sweep: string, jobId: string): Promise<void> {
  const known = await readRecord(records, keyOf(sweep), sweepLock);
  if (known?.body.jobId !== jobId || known.body.heldUntil === 0) return;
  await records.replace(keyOf(sweep), known.version, { jobId, heldUntil: 0 });
}
