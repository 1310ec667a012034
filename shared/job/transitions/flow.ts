import type { EpochMs, Job, JobError, Waiter } from "../job.ts";
import { MOVES } from "../job-state.ts";
import { absent, assign, atMost, equal, mergeChanges, move, statusIn, type Transition } from "./transition.ts";
import { endedNow } from "./worker-writes.ts";

// Writes about jobs that nobody has claimed: what keeps them from being claimed, and what sets them free.

const READY = MOVES.claim.from.filter((status) => status !== "processing");
const OPEN = ["pending", "processing", "retrying", "waiting", "needs_review"] as const;

/** A job of a prioritised type is due: it enters the list that its type's workers take from, at its place. */
export const makeReady = (job: Pick<Job, "type" | "run">, readyKey: string, now: EpochMs): Transition => ({
  name: "makeReady",
  condition: {
    all: [equal("run", job.run), statusIn(...READY), atMost("runAt", now), absent("readyList")],
  },
  changes: assign({ readyList: job.type, readyKey }),
});

/**
 * Its next attempt has this slot of its rate limit, and waits for it. Of two that come at once, one gets it.
 *
 * @param args.forfeited the slot that it had, as it was read, and did not use in time.
 */
export const takeRateSlot = (args: {
  readonly run: number;
  readonly slotAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly now: EpochMs;
  readonly forfeited?: EpochMs | undefined;
}): Transition => ({
  name: "takeRateSlot",
  condition: {
    all: [
      statusIn(...READY),
      equal("run", args.run),
      atMost("runAt", args.now),
      args.forfeited === undefined ? absent("rateSlotAt") : equal("rateSlotAt", args.forfeited),
    ],
  },
  changes: assign({
    rateSlotAt: args.slotAt,
    runAt: args.slotAt,
    dueAt: args.dueAt,
    permits: 0,
    updatedAt: args.now,
  }),
});

/** Somebody looks at it again at `dueAt`: another job has its concurrency key, or its type is paused. */
export const putOff = (args: {
  readonly run: number;
  readonly runAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly now: EpochMs;
}): Transition => ({
  name: "putOff",
  condition: { all: [statusIn(...READY), equal("run", args.run), atMost("runAt", args.now)] },
  changes: assign({ runAt: args.runAt, dueAt: args.dueAt, permits: 0, updatedAt: args.now }),
});

/** A debounced job gets its newest payload, and waits again. Refused once it has been claimed. */
export const postpone = (args: {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly enqueueToken: string;
  readonly runAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly now: EpochMs;
}): Transition => ({
  name: "postpone",
  condition: { all: [statusIn("pending"), equal("epoch", 0), equal("run", 1)] },
  changes: assign({
    ...args.payload,
    enqueueToken: args.enqueueToken,
    runAt: args.runAt,
    dueAt: args.dueAt,
    permits: 0,
    // It has neither turn nor place until its new time.
    rateSlotAt: undefined,
    readyList: undefined,
    updatedAt: args.now,
  }),
});

/** Another job waits for this one. Refused once it has ended. */
export const addDependant = (id: string, waiter: Waiter): Transition => ({
  name: "addDependant",
  condition: { all: [statusIn(...OPEN)] },
  changes: { set: [{ path: ["dependants", id], value: waiter }], add: [], remove: [] },
});

/** Some of the jobs that it waits for have ended. `updatedAt` is that of the row as it was read. */
export const stillWaiting = (args: {
  readonly updatedAt: EpochMs;
  readonly waitingFor: readonly string[];
  readonly now: EpochMs;
}): Transition => ({
  name: "stillWaiting",
  condition: { all: [statusIn("waiting"), equal("updatedAt", args.updatedAt)] },
  changes: assign({ waitingFor: args.waitingFor, updatedAt: Math.max(args.now, args.updatedAt + 1) }),
});

/** All that it waited for has ended. With `failing`, it fails for one of them: user code does not run. */
export const wake = (args: {
  readonly run: number;
  readonly now: EpochMs;
  readonly graceMs: number;
  readonly failing?: JobError;
}): Transition =>
  move("wake", {
    condition: [equal("run", args.run)],
    changes: assign({
      waitingFor: undefined,
      runAt: args.now,
      dueAt: args.now + args.graceMs,
      permits: 0,
      updatedAt: args.now,
      ...(args.failing && { failing: args.failing }),
    }),
  });

/** One that it waited for did not complete: it is given up. */
export const forgo = (args: {
  readonly type: string;
  readonly run: number;
  readonly now: EpochMs;
  readonly error: JobError;
  readonly retentionDays?: number | undefined;
}): Transition =>
  move("forgo", {
    condition: [equal("run", args.run)],
    changes: mergeChanges(
      assign({
        error: args.error,
        errorCode: args.error.code,
        dueList: undefined,
        dueAt: undefined,
        runAt: undefined,
        updatedAt: args.now,
      }),
      assign(endedNow({ type: args.type, status: "cancelled", now: args.now, days: args.retentionDays })),
    ),
  });
