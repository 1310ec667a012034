import * as z from "zod";

import { broadcastAudience } from "../contracts/broadcast.ts";
import { identifier, moment } from "../contracts/fields.ts";
import { BROADCAST_KINDS } from "../contracts/mail-kinds.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord, type Parsed } from "../records/record.ts";

/**
 * A broadcast's state:
 *
 * ```
 * running ◄──► paused        pages wait; nobody is mailed
 *    │           │
 *    │           └──► cancelled     for good: whom no mail was begun for gets none
 *    ├──────────────► cancelled
 *    └──► done       every page has ended, and the report is written
 * ```
 */
export const BROADCAST_STATES = ["running", "paused", "cancelled", "done"] as const;
export type BroadcastState = (typeof BROADCAST_STATES)[number];

const broadcast = z.object({
  state: z.enum(BROADCAST_STATES),
  /** Since when it is in this state. */
  stateSince: moment,
  /** Whom it is for, as it was enqueued. */
  audience: broadcastAudience,
  /** What it says, for people; all of it lies beside the pages. */
  mail: z.object({ type: z.enum(BROADCAST_KINDS), subject: z.string() }),
  /** Of audience and mail: the same id with others is refused. */
  contentHash: z.string(),
  /** The folder of its pages: the audience as it was read when this record was made. */
  pagesKey: z.string(),
  pages: z.int().min(1),
  recipients: z.int().min(1),
  duplicates: z.int().min(0),
  /** Rows of the file that were left out. */
  invalid: z.int().min(0),
  invalidLines: z.array(z.int()),
  startedAt: moment,
  /** The `email_broadcast` job that spawned its pages, the latest one. */
  jobId: z.string(),
  /** Of the final report, without its ending: `<key>.csv` and `<key>.json`. */
  reportKey: z.string().optional(),
});
export type Broadcast = z.infer<typeof broadcast>;

/** Lost races with another writer of the record: commands and the broadcast's own job. */
const MOST_TRIES = 10;

const keyOf = (broadcastId: string): RecordKey => ({ kind: "broadcast", id: z.parse(identifier, broadcastId) });

/** @throws PermanentError `RECORD_INVALID`. */
export const readBroadcast = (records: RecordStore, broadcastId: string): Promise<Parsed<Broadcast> | undefined> =>
  readRecord(records, keyOf(broadcastId), broadcast);

/** Puts a new broadcast on record, unless there is one with this id: then that one is returned. */
export async function createBroadcast(records: RecordStore, broadcastId: string, body: Broadcast): Promise<Broadcast> {
  const { record } = await records.create(keyOf(broadcastId), broadcast.parse(body));
  return broadcast.parse(record.body);
}

/**
 * Changes a broadcast until nobody has come in between; `next` gives back what it was given where nothing is to be changed.
 *
 * @returns what is on record then; nothing where there is no such broadcast.
 */
export async function changeBroadcast(
  records: RecordStore,
  broadcastId: string,
  next: (known: Broadcast) => Broadcast,
): Promise<Broadcast | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const known = await readBroadcast(records, broadcastId);
    if (known === undefined) return undefined;
    const wanted = next(known.body);
    if (wanted === known.body) return wanted;
    if (await records.replace(keyOf(broadcastId), known.version, wanted)) return wanted;
  }
  throw new Error(`Broadcast ${broadcastId} is being changed all the time. Try again.`);
}

/** What a person may do to a broadcast, and in which states. */
export const BROADCAST_MOVES = {
  pause: { from: ["running"], to: "paused" },
  resume: { from: ["paused"], to: "running" },
  cancel: { from: ["running", "paused"], to: "cancelled" },
} as const satisfies Record<string, { readonly from: readonly BroadcastState[]; readonly to: BroadcastState }>;
export type BroadcastMove = keyof typeof BROADCAST_MOVES;

/**
 * Moves a broadcast. It is in the wanted state already: fine.
 *
 * @param at ISO 8601.
 * @throws Error when there is no such broadcast, or it is in a state from which this cannot be.
 */
export async function moveBroadcast(
  records: RecordStore,
  broadcastId: string,
  move: BroadcastMove,
  at: string,
): Promise<Broadcast> {
  const { from, to } = BROADCAST_MOVES[move];
  const origins: readonly BroadcastState[] = from;
  const moved = await changeBroadcast(records, broadcastId, (known) => {
    if (known.state === to) return known;
    if (origins.includes(known.state)) return { ...known, state: to, stateSince: at };
    throw new Error(`Broadcast ${broadcastId} is ${known.state}: there is nothing to ${move}.`);
  });
  if (moved === undefined) throw new Error(`There is no broadcast ${broadcastId}. Ids are case-sensitive.`);
  return moved;
}
