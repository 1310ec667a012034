import type { EpochMs } from "../job.ts";
import { MOVES } from "../job-state.ts";
import { assign, atMost, equal, increment, mergeChanges, statusIn, type Transition } from "./transition.ts";

/** What the state table lets a worker take, less those that another one holds. */
const READY = MOVES.claim.from.filter((status) => status !== "processing");

/**
 * A worker takes a job: it is due, or the last worker's lease has ended.
 *
 * ```
 * pending ──┐
 * retrying ─┴ runAt ≤ now ──────┐
 *                               ├─► processing   epoch + 1, attempts + 1, lease, token
 * processing ── lease ≤ now ────┘
 * ```
 *
 * The attempt is counted here, before any user code, so that a worker that crashes is counted too.
 */
export function claim(args: {
  readonly type: string;
  readonly run: number;
  readonly now: EpochMs;
  readonly token: string;
  readonly leaseMs: number;
  /** Takes it only if nobody has claimed it since its row was read. */
  readonly epoch?: number;
  /** Takes a job only that no attempt of this run has failed or left behind; see `consumeBatch`. */
  readonly isFirstAttemptOnly?: boolean;
}): Transition {
  const leaseUntil = args.now + args.leaseMs;
  return {
    name: "claim",
    to: MOVES.claim.to,
    condition: {
      all: [
        equal("type", args.type),
        equal("run", args.run),
        ...(args.epoch === undefined ? [] : [equal("epoch", args.epoch)]),
        ...(args.isFirstAttemptOnly === true ? [atMost("attempts", 0)] : []),
      ],
      any: [
        [statusIn(...READY), atMost("runAt", args.now)],
        [statusIn("processing"), atMost("leaseUntil", args.now)],
      ],
    },
    changes: mergeChanges(
      assign({
        status: MOVES.claim.to,
        claimToken: args.token,
        claimedAt: args.now,
        leaseUntil,
        // If this worker dies, the ticker finds the row when the lease ends.
        dueAt: leaseUntil,
        permits: 0,
        runAt: leaseUntil,
        updatedAt: args.now,
        // Used up, whether it had them or not.
        readyList: undefined,
        rateSlotAt: undefined,
      }),
      increment("epoch", 1),
      increment("attempts", 1),
    ),
  };
}
