import { queueMessage, type Permit } from "../../contracts/messages.ts";
import { isTerminal } from "../../job/job-state.ts";
import type { Job } from "../../job/job.ts";
import type { Clock } from "../../ports/clock.ts";
import { LARGEST_RECEIVE, type DeadLetter, type DeadLetterQueue } from "../../ports/dead-letter-queue.ts";
import type { JobStore } from "../../ports/job-store.ts";

/** What is looked at stays hidden so long; it must not come by again before all is looked at. */
const HIDE_SECONDS = 300;
const LONGEST_LOOK_MS = 240_000;
/** A standard queue may answer "nothing" while there is something; three times over, there is nothing. */
const MOST_EMPTY_RECEIVES = 3;
/** SQS hides 120,000 messages of a queue at a time, at most. */
const MOST_LOOKED_AT = 100_000;
/** Receives under way at a time: one after the other, a thousand letters would take minutes over a long line. */
const READERS = 4;

export interface TidyPorts {
  readonly store: JobStore;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
}

export interface Tidied {
  readonly removed: number;
  readonly kept: number;
  /** False when there were more than could be looked at in four minutes: do it again. */
  readonly isComplete: boolean;
}

/**
 * Removes from a type's DLQ every dead letter that means no work any more, because its job's next run has begun: so the
 * DLQ's depth means work to do. All others, also what nobody can read, are shown again.
 *
 * Removing one never loses work: the row says what is left to do. If the process dies on the way, what it has hidden
 * shows up by itself after five minutes.
 */
export async function tidyDeadLetters(ports: TidyPorts, type: string): Promise<Tidied> {
  const { deadLetters, clock } = ports;
  const endAt = clock.now() + LONGEST_LOOK_MS;
  const kept: DeadLetter[] = [];
  let removed = 0;
  let isComplete = true;
  const read = async () => {
    let emptyReceives = 0;
    while (emptyReceives < MOST_EMPTY_RECEIVES) {
      if (clock.now() >= endAt || removed + kept.length >= MOST_LOOKED_AT) {
        isComplete = false;
        return;
      }
      const letters = await deadLetters.receive(type, { max: LARGEST_RECEIVE, hideSeconds: HIDE_SECONDS });
      emptyReceives = letters.length === 0 ? emptyReceives + 1 : 0;
      const { needless, needed } = await sort(ports, type, letters);
      kept.push(...needed);
      await Promise.all(needless.map(({ handle }) => deadLetters.delete(type, handle)));
      removed += needless.length;
    }
  };
  const readers = await Promise.allSettled(Array.from({ length: READERS }, read));
  await releaseAll(ports, type, kept);
  for (const reader of readers) if (reader.status === "rejected") throw reader.reason;
  return { removed, kept: kept.length, isComplete };
}

async function sort({ store }: TidyPorts, type: string, letters: readonly DeadLetter[]) {
  const read = letters.map((letter) => ({ letter, permit: permitOf(letter.body, type) }));
  const ids = read.flatMap(({ permit }) => (permit === undefined ? [] : [permit.id]));
  const rows = ids.length === 0 ? [] : await store.getMany([...new Set(ids)]);
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const isNeedless = ({ permit }: (typeof read)[number]) =>
    permit !== undefined && meansNoWork(permit, rowById.get(permit.id));
  return {
    needless: read.filter(isNeedless).map(({ letter }) => letter),
    needed: read.filter((each) => !isNeedless(each)).map(({ letter }) => letter),
  };
}

/** Nothing for what is no permit of the type: parked as it was, for a person. */
function permitOf(body: string, type: string): Permit | undefined {
  try {
    const parsed = queueMessage.safeParse(JSON.parse(body));
    return parsed.success && "run" in parsed.data && parsed.data.type === type ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON
  }
}

function meansNoWork({ run, error }: Permit, row: Job | undefined): boolean {
  if (row === undefined) return false; // there is nothing to replay; a person should know
  // The engine's own carries the next run's number. It may be there before its row says that it is paid: still `failed`.
  if (error !== undefined) return row.run >= run || row.status !== "failed";
  // A permit that SQS moved, because its function crashed at every start: as long as the job has not ended, it says so.
  return row.run > run || isTerminal(row.status);
}

/** One that cannot be shown again shows up by itself. */
async function releaseAll({ deadLetters }: TidyPorts, type: string, letters: readonly DeadLetter[]): Promise<void> {
  for (let start = 0; start < letters.length; start += LARGEST_RECEIVE) {
    const some = letters.slice(start, start + LARGEST_RECEIVE);
    await Promise.allSettled(some.map(({ handle }) => deadLetters.release(type, handle)));
  }
}
