import type { EpochMs } from "../job.ts";
import { assign, equal, increment, mergeChanges, type Transition } from "./transition.ts";

// Writes that do not change a status.

/** The dead letter of a failed run is in the DLQ. Refused after a restart: then nothing is owed any more. */
export const payDeadLetter = (run: number, now: EpochMs): Transition => ({
  name: "payDeadLetter",
  condition: { all: [equal("status", "failed"), equal("run", run), equal("dlqOwed", true)] },
  changes: assign({ dlqOwed: undefined, dueList: undefined, dueAt: undefined, runAt: undefined, updatedAt: now }),
});

/** The ticker sent a permit; it looks at the row again at `dueAt`, unless somebody has moved it meanwhile. */
export const permitSent = (seenDueAt: EpochMs, dueAt: EpochMs): Transition => ({
  name: "permitSent",
  condition: { all: [equal("dueAt", seenDueAt)] },
  changes: mergeChanges(assign({ dueAt }), increment("permits", 1)),
});
