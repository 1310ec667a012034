import { PermanentError } from "../errors/job-errors.ts";
import { Continue } from "../errors/postponements.ts";
import type { EpochMs, Receipt, SweepCounts, SweepError, SweepState } from "../job/job.ts";
import { checkpoint } from "../job/transitions/worker-writes.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { awaitReceipt, keepReceipt, searchReceipts, type EffectOptions, type EffectPorts } from "./effects.ts";
import { isItemEffect, MOST_ERRORS, visitItems } from "./sweep-items.ts";

export { SKIPPED } from "./sweep-items.ts";

/** One page of what a sweep visits. */
export interface SweepPage<Item, Cursor> {
  /** May be empty. Make a page so small that it takes a fraction of the function's timeout. */
  readonly items: readonly Item[];
  /**
   * Where the next page begins: a JSON value of 4 KB at most, which is handed to `page` as JSON brings it back. Absent (or
   * null) on the last page. An empty page may have one.
   */
  readonly next?: Cursor | null;
}

/** What a sweep's `each` gets beside the item. */
export interface ItemContext {
  /**
   * An effect of this item, once an item: see `runEffect`. A page visited again, after a crash, does not do it again. Each
   * one is a write of the job's row, which holds those of its page: an item costs about 2 write units in pages of five, 4
   * in pages of ten, 18 in pages of a hundred, and a page has 100 effects at most. `what` is the sweep's name and the
   * item's key by default.
   */
  readonly effect: (options: EffectOptions) => Promise<Receipt>;
}

/** How a long list is read, and what is done with each of its items; see `runSweep`. */
export interface Sweep<Item, Cursor> {
  /**
   * Reads a page, from `cursor` on; without one, the first. After a crash it is asked again with the same cursor, and must
   * give what is left of the same items, and none that an earlier page had. What it throws is the job's error.
   */
  page(cursor: Cursor | undefined): Promise<SweepPage<Item, Cursor>>;
  /** Names an item: 1 to 128 characters, unique in the sweep, no personal data. In the errors, and in its effect's name. */
  key(item: Item): string;
  /** Whether there is anything to do for an item; it counts as skipped if not. Everything is done by default. */
  isDue?(item: Item): boolean;
  /**
   * Does an item's work. What it throws is the item's error, and the sweep goes on; see `runSweep` for what ends the attempt
   * instead. Items of a page whose checkpoint was not written are worked on again: make the work idempotent, or an effect.
   *
   * @returns `SKIPPED` where there was nothing to do after all; everything else counts as done.
   */
  each(item: Item, context: ItemContext): Promise<unknown>;
  /** Counts what would be done, and does nothing: `each` is never called. */
  readonly isDryRun?: boolean;
  /** Items of a page at a time: 1 by default, 50 at most. */
  readonly concurrency?: number;
}

/** What a sweep came to. */
export interface SweepTotals extends SweepCounts {
  /** Then `done` counts what would have been done. */
  readonly isDryRun: boolean;
  /** The first hundred. */
  readonly errors: readonly SweepError[];
}

export interface SweepPorts extends EffectPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlineAt: EpochMs;
}

/** A sweep's name is part of its items' effects' names, whose limit is 64. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
const LARGEST_CURSOR_BYTES = 4 * 1024;
const MOST_CONCURRENCY = 50;
/** Effects that one checkpoint removes: DynamoDB limits its expression to 4 KB and 300 operators. A page's own fit in. */
const MOST_FORGOTTEN = 120;
/** Less of the claim's time than this left, and the next claim goes on. */
const LEAST_TIME_LEFT = 0.2;

const NOTHING_YET: SweepState = {
  isDone: false,
  counts: { pages: 0, visited: 0, done: 0, skipped: 0, failed: 0 },
  errors: [],
};

/**
 * Visits every item of a long list, page by page, over as many claims as it takes.
 *
 * ```
 * page ──► its items ──► checkpoint: cursor, counts, errors, attempts 0 ──► next page, or Continue near the deadline
 * crash:   the page is visited again: effects are not repeated, other work is, and each item counts once
 * ```
 *
 * A sweep that is done is not run again by a later attempt of its job: the totals are memoised, as a step's result is.
 * A dry run keeps its place like any other: let it be a job of its own, or the real one finds itself done.
 * No page is interrupted to go on later: make pages so small that one takes a fraction of the function's timeout. One that
 * takes longer than that fails the job, after its attempts.
 *
 * An item's error ends the attempt, and its page is visited again by the next one, if it is `Snooze` or `Continue`, an
 * `EffectRefusedError` that is not permanent (throttled), or if the item's effect failed in any other way: its outcome
 * may be unknown.
 *
 * @throws PermanentError `INVALID_NAME`, `SWEEP_CONCURRENCY`, `SWEEP_KEY_INVALID`, `SWEEP_KEY_TWICE` (in one page),
 *   `SWEEP_STUCK` (a page leads to itself), `SWEEP_CURSOR_NOT_JSON`, `SWEEP_CURSOR_TOO_LARGE`, `SWEEP_EFFECT_TWICE` (in one
 *   item), `SWEEP_TOO_MANY_EFFECTS`: before anything is done for the items that it is about.
 */
export async function runSweep<Item, Cursor>(
  ports: SweepPorts,
  name: string,
  sweep: Sweep<Item, Cursor>,
): Promise<SweepTotals> {
  assertOptions(name, sweep);
  const { run, clock } = ports;
  run.assertRunning();
  let state = run.sweep(name) ?? NOTHING_YET;
  if (!state.isDone) await begin(ports, name);
  let longestPageMs = 0;
  while (!state.isDone) {
    const beganAt = clock.now();
    state = await visitPage(ports, name, sweep, state);
    longestPageMs = Math.max(longestPageMs, clock.now() - beganAt);
    if (!state.isDone && isNearDeadline(ports, longestPageMs)) throw new Continue();
  }
  return { ...state.counts, isDryRun: sweep.isDryRun === true, errors: state.errors };
}

function assertOptions(name: string, { concurrency = 1 }: Pick<Sweep<never, never>, "concurrency">): void {
  if (!NAME.test(name)) {
    throw refusal(
      "INVALID_NAME",
      "A sweep's name begins with a letter and may hold A-Z, a-z, 0-9, _ and -, 40 at most.",
    );
  }
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_CONCURRENCY) {
    throw refusal("SWEEP_CONCURRENCY", `A sweep's \`concurrency\` is a whole number from 1 to ${MOST_CONCURRENCY}.`);
  }
}

const refusal = (code: string, message: string) => new PermanentError(code, message);

/** Puts what earlier steps came to on the row, and waits for the receipts that a crash left open: all of them at once. */
async function begin(ports: SweepPorts, name: string): Promise<void> {
  await ports.run.flushOrCheck();
  const until = Math.max(0, ...openIntents(ports, name).map(([effect, intent]) => awaitReceipt(ports, effect, intent)));
  if (until > ports.clock.now()) throw ports.run.stop({ why: "receipt_awaited", until });
}

function openIntents({ run }: SweepPorts, sweepName: string) {
  return run.openEffects().flatMap((effect) => {
    const { intent } = run.effect(effect);
    return intent !== undefined && isItemEffect(sweepName, effect) ? [[effect, intent] as const] : [];
  });
}

function isNearDeadline({ run, clock, deadlineAt }: SweepPorts, longestPageMs: number): boolean {
  const leftMs = deadlineAt - clock.now();
  return leftMs < 2 * longestPageMs || leftMs < LEAST_TIME_LEFT * (deadlineAt - run.job.claimedAt);
}

async function visitPage<Item, Cursor>(
  ports: SweepPorts,
  name: string,
  sweep: Sweep<Item, Cursor>,
  { cursor, counts, errors }: SweepState,
): Promise<SweepState> {
  // The cursor is what this sweep's own `page` gave as `next`.
  const { items, next } = await sweep.page(cursor === undefined ? undefined : (JSON.parse(cursor) as Cursor));
  ports.run.assertRunning();
  const nextCursor = next === undefined || next === null ? undefined : cursorOf(next, cursor);
  const tally = await visitItems({ ports, name, sweep }, items);
  const state: SweepState = {
    ...(nextCursor !== undefined && { cursor: nextCursor }),
    isDone: nextCursor === undefined,
    counts: {
      pages: counts.pages + 1,
      visited: counts.visited + items.length,
      done: counts.done + tally.done,
      skipped: counts.skipped + tally.skipped,
      failed: counts.failed + tally.failed,
    },
    errors: [...errors, ...tally.errors].slice(0, MOST_ERRORS),
  };
  await keepState(ports, name, state, tally.effects);
  return state;
}

function cursorOf(next: unknown, cursor: string | undefined): string {
  const json = toJson(next);
  if (Buffer.byteLength(json) > LARGEST_CURSOR_BYTES) {
    throw refusal("SWEEP_CURSOR_TOO_LARGE", `A page's \`next\` has ${LARGEST_CURSOR_BYTES} bytes of JSON at most.`);
  }
  if (json === cursor) throw refusal("SWEEP_STUCK", "A page's `next` is its own cursor: the sweep would never end.");
  return json;
}

function toJson(next: unknown): string {
  const notJson = (cause?: unknown) =>
    new PermanentError("SWEEP_CURSOR_NOT_JSON", "A page's `next` has no JSON form. Use plain data.", { cause });
  let json: string | undefined;
  try {
    json = JSON.stringify(next); // `undefined` for functions, whatever its type says
  } catch (error) {
    throw notJson(error);
  }
  if (json === undefined) throw notJson();
  return json;
}

/** Writes how far the sweep has come; the effects of items that are behind it go from the row. */
async function keepState(ports: SweepPorts, name: string, state: SweepState, pageEffects: readonly string[]) {
  const { run, clock } = ports;
  await concludeOpenEffects(ports, name);
  run.keepProgress({ done: state.counts.visited, at: clock.now() });
  run.keepSweep(name, state);
  // Died here: the page is visited again. Failed here, by a lost answer: the attempt's ending writes the state.
  await run.note((write) => {
    // Of a page before, whose checkpoint's answer was lost, or of items that its second visit did not have.
    const leftBehind = Object.keys(run.job.effects).filter((effect) => isItemEffect(name, effect));
    const behind = [...new Set([...pageEffects, ...leftBehind])].slice(0, MOST_FORGOTTEN);
    return checkpoint(write, behind);
  });
}

/** An effect that a crash left open, of an item that its page no longer has, or that is not due any more. */
async function concludeOpenEffects(ports: SweepPorts, name: string): Promise<void> {
  for (const [effect, intent] of openIntents(ports, name)) {
    const search = await searchReceipts(ports, effect);
    if (search.outcome === "found") keepReceipt(ports, effect, { id: search.id, source: "found" });
    else if (intent.onUnknown === "review") throw ports.run.stop({ why: "review", effect });
    else ports.log.warn("An item's effect may have happened, or not; its item is gone.", { sweep: name, effect });
  }
}
