import { createHash } from "node:crypto";

import pMap from "p-map";

import { describeError, redact } from "../errors/describe-error.ts";
import { EffectRefusedError, PermanentError } from "../errors/job-errors.ts";
import { Continue, Snooze } from "../errors/postponements.ts";
import type { Receipt, SweepError } from "../job/job.ts";
import { runEffect, type EffectOptions } from "./effects.ts";
import type { Sweep, SweepPorts } from "./sweep.ts";

/** What an item's work gives that was overtaken: somebody else has done it, or it need not be done any more. */
export const SKIPPED = "skipped";

/** What a page came to. */
export interface Tally {
  done: number;
  skipped: number;
  failed: number;
  readonly errors: SweepError[];
  /** Names of the effects that its items began. */
  readonly effects: string[];
}

/** A page's items, and all that visiting one of them needs. */
interface Visit<Item> {
  readonly ports: SweepPorts;
  readonly name: string;
  readonly sweep: Omit<Sweep<Item, unknown>, "page">;
  readonly tally: Tally;
}

const LONGEST_KEY = 128;
/** Errors on the row, and the length of their messages: each checkpoint writes them, and a write unit is 1 KB. */
export const MOST_ERRORS = 100;
const LONGEST_ERROR_MESSAGE = 160;
/** They stand on the row until the checkpoint, and all go with it. */
const MOST_EFFECTS = 100;
/** 102 bits: no two items of a sweep share one, and a name of 40 characters leaves so much room in an effect's name. */
const KEY_HASH_LENGTH = 17;

const effectPrefix = (sweepName: string) => `sweep-${sweepName}-`;

const effectNameOf = (sweepName: string, key: string) =>
  effectPrefix(sweepName) + createHash("sha256").update(key).digest("base64url").slice(0, KEY_HASH_LENGTH);

/** Whether an effect is one of an item of that sweep. */
export const isItemEffect = (sweepName: string, effect: string): boolean =>
  effect.startsWith(effectPrefix(sweepName)) && effect.length === effectPrefix(sweepName).length + KEY_HASH_LENGTH;

/**
 * Does a page's items.
 *
 * @throws what ends the attempt, once the items beside it have ended: nothing of this run goes on behind the next one's back.
 */
export async function visitItems<Item>(given: Omit<Visit<Item>, "tally">, items: readonly Item[]): Promise<Tally> {
  const keys = keysOf(given, items);
  const tally: Tally = { done: 0, skipped: 0, failed: 0, errors: [], effects: [] };
  const enders: unknown[] = [];
  const visit = async (item: Item, index: number) => {
    if (enders.length > 0) return;
    try {
      await visitItem({ ...given, tally }, item, keys[index] ?? "");
    } catch (error) {
      enders.push(error);
    }
  };
  await pMap(items, visit, { concurrency: given.sweep.concurrency ?? 1 });
  if (enders.length > 0) throw enders[0];
  return tally;
}

function keysOf<Item>({ sweep }: Pick<Visit<Item>, "sweep">, items: readonly Item[]): string[] {
  const keys = items.map((item) => sweep.key(item));
  if (!keys.every((each) => each !== "" && each.length <= LONGEST_KEY)) {
    throw new PermanentError("SWEEP_KEY_INVALID", `An item's key is a text of 1 to ${LONGEST_KEY} characters.`);
  }
  if (new Set(keys).size === keys.length) return keys;
  const message = "Two items of a page have the same key: their errors and effects could not be told apart.";
  throw new PermanentError("SWEEP_KEY_TWICE", message);
}

/** @throws what ends the attempt; an item's own error is counted. */
async function visitItem<Item>(visit: Visit<Item>, item: Item, key: string): Promise<void> {
  const { ports, sweep, tally } = visit;
  try {
    if (sweep.isDue?.(item) === false) {
      tally.skipped += 1;
      return;
    }
    const done = sweep.isDryRun === true ? undefined : await doItem(visit, item, key);
    ports.run.assertRunning(); // its work may have hidden a halt, or the deadline has passed
    if (done === SKIPPED) tally.skipped += 1;
    else tally.done += 1;
  } catch (error) {
    ports.run.assertRunning(); // a halt is no error of the item's, whatever its work has made of it
    if (error instanceof AttemptEnder) throw error.cause;
    if (endsAttempt(error)) throw error;
    countFailed(visit, key, error);
  }
}

/** Wraps what an item's effect threw, to tell it from what its work did. */
class AttemptEnder extends Error {}

/**
 * Works on an item, and waits for its effect even where the item's work does not.
 *
 * @returns what its work gave.
 * @throws AttemptEnder when the effect failed and was not refused: what became of it is not known, or the row was out of
 *   reach. No item's error handling may hide that.
 */
async function doItem<Item>({ ports, name, sweep, tally }: Visit<Item>, item: Item, key: string): Promise<unknown> {
  const begun: Promise<Receipt>[] = [];
  let isOver = false;
  const begin = async (options: EffectOptions): Promise<Receipt> => {
    if (isOver || begun.length > 0) throw EFFECT_TWICE();
    if (tally.effects.length === MOST_EFFECTS) throw TOO_MANY_EFFECTS();
    const effect = effectNameOf(name, key);
    tally.effects.push(effect);
    return runEffect(ports, effect, { what: `${name}: ${key}`, ...options });
  };
  const effect = (options: EffectOptions): Promise<Receipt> => {
    const running = begin(options);
    begun.push(running);
    running.catch(() => {}); // looked at below
    return running;
  };
  const [work] = await Promise.allSettled([(async () => sweep.each(item, { effect }))()]);
  isOver = true;
  for (const ended of await Promise.allSettled(begun)) {
    const hasFailed = ended.status === "rejected" && !(ended.reason instanceof EffectRefusedError);
    if (hasFailed) throw new AttemptEnder("An item's effect failed.", { cause: ended.reason });
  }
  if (work.status === "rejected") throw work.reason;
  return work.value;
}

const EFFECT_TWICE = () =>
  new PermanentError("SWEEP_EFFECT_TWICE", "An item has one effect, begun before its `each` returns.");
const TOO_MANY_EFFECTS = () =>
  new PermanentError("SWEEP_TOO_MANY_EFFECTS", `A page has ${MOST_EFFECTS} effects at most. Make its pages smaller.`);

/** Whether what an item's work threw is the job's outcome: it is postponed, or the other side wants it to wait. */
function endsAttempt(thrown: unknown): boolean {
  if (thrown instanceof EffectRefusedError) return !thrown.isPermanent;
  return thrown instanceof Snooze || thrown instanceof Continue;
}

function countFailed({ ports, name, tally }: Omit<Visit<never>, "sweep">, key: string, thrown: unknown): void {
  const { code, message } = describeError(thrown);
  tally.failed += 1;
  ports.log.warn("Item failed.", { sweep: name, key: redact(key), errorCode: code });
  if (tally.errors.length === MOST_ERRORS) return;
  tally.errors.push({ key: redact(key), code, message: message.slice(0, LONGEST_ERROR_MESSAGE) });
}
