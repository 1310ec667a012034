import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import type { FailedJob, Job, NeedsReviewJob } from "../../shared/job/job.ts";
import { isAllowed, isTerminal, JOB_STATUSES, MOVES, type MoveName } from "../../shared/job/job-state.ts";
import { claim } from "../../shared/job/transitions/claim.ts";
import {
  cancel,
  dismiss,
  editPayload,
  requestCancel,
  resolve,
  restart,
  runNow,
} from "../../shared/job/transitions/control.ts";
import type { Transition } from "../../shared/job/transitions/transition.ts";
import { payDeadLetter, permitSent } from "../../shared/job/transitions/upkeep.ts";
import {
  complete,
  fail,
  intend,
  record,
  release,
  retry,
  review,
  stop,
} from "../../shared/job/transitions/worker-writes.ts";
import { aJob, aWrite } from "../support/job-store-suite.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { START } from "../support/virtual-clock.ts";

const unwritten = { set: [], add: [], remove: [] };
const error = { code: "BROKEN", message: "Broken.", at: START };

/** Every transition there is, with arguments that may fit the row or be stale. */
const transition = (now: number, epoch: number, run: number): Record<string, Transition> => {
  const write = aWrite({ epoch, now, unwritten });
  const later = { runAt: now + 5, dueAt: now + 5 };
  return {
    claim: claim({ type: "greeting", run, now, token: `token-${now}`, leaseMs: 10 }),
    record: record(write),
    intend: intend(write),
    complete: complete(write, undefined),
    retry: retry(write, { ...later, error }),
    release: release(write, { ...later, isAttemptUsed: false }),
    fail: fail(write, { error, isAttemptUsed: true }),
    review: review(write, "mail", undefined),
    stop: stop(write),
    cancel: cancel("greeting", now),
    dismiss: dismiss("greeting", now),
    requestCancel: requestCancel(now),
    resolve: resolve({
      // As it was read: only its id, its epoch and what was resolved before matter.
      job: { ...aJob(), epoch } as unknown as NeedsReviewJob,
      decision: { again: true },
      resolution: { effect: "mail", decision: "again", by: "ada", at: now },
      graceMs: 5,
    }),
    restart: restart({ type: "greeting", run, now, graceMs: 5 }),
    runNow: runNow(now, 5),
    editPayload: editPayload(
      { ...aJob(), run, updatedAt: now } as unknown as FailedJob,
      { to: "Grace" },
      { by: "ada", at: now, hashBefore: "hash", hashAfter: "other" },
    ),
    payDeadLetter: payDeadLetter(run, now),
    permitSent: permitSent(now, now + 5),
  };
};
const names = Object.keys(transition(0, 0, 0));

const move = fc.record({
  name: fc.constantFrom(...names),
  passesMs: fc.integer({ min: 0, max: 12 }),
  epochsBehind: fc.constantFrom(0, 0, 0, 1),
  runsBehind: fc.constantFrom(0, 0, 0, 1),
});

describe("any sequence of transitions, fitting or stale", () => {
  it("only makes moves of the state table, and keeps what the engine relies on", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 60 }), async (moves) => {
        const store = new MemoryJobStore();
        const created = aJob();
        await store.create(created);
        let before: Job = created;
        let now = START;
        for (const { name, passesMs, epochsBehind, runsBehind } of moves) {
          now += passesMs;
          const chosen = transition(now, before.epoch - epochsBehind, before.run - runsBehind)[name];
          const { isApplied, job: after } = await store.apply(created.id, chosen as Transition);
          if (after === undefined) throw new Error("The row is gone.");
          expect(violations(before, after, name)).toEqual([]);
          expect(isApplied ? before : after).toEqual(before);
          expect(after.epoch - before.epoch).toBe(isApplied && name === "claim" ? 1 : 0);
          before = after;
        }
      }),
      { numRuns: 500 },
    );
  });
});

function violations(before: Job, after: Job, name: string): string[] {
  const hasMoved = after.status !== before.status;
  const isOwed = after.status === "failed" && after.dlqOwed === true;
  const isInDueIndex = "dueList" in after && after.dueList !== undefined;
  const rules = {
    "the table allows the move": !hasMoved || isAllowed(before.status, after.status),
    "the move is the table's row of that name": !hasMoved || MOVES[name as MoveName].to === after.status,
    "an end is left by a person's restart or dismissal only":
      !hasMoved || !isTerminal(before.status) || ["restart", "dismiss"].includes(name),
    "runs never go back": after.run >= before.run,
    // Nothing is lost: the ticker finds whatever has not ended, and each dead letter that is owed.
    "what has ended is in the list of its end, and nothing else is in one":
      ("endedList" in after ? after.endedList : undefined) ===
      (isTerminal(after.status) ? `greeting#${after.status}` : undefined),
    "what is not done is in the due index": isInDueIndex === (!isTerminal(after.status) || isOwed),
  };
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${name}: ${rule}`]));
}

describe("the state table", () => {
  it("leads from every status that is not an end to an end", () => {
    for (const status of JOB_STATUSES.filter((each) => !isTerminal(each))) {
      expect(Object.values(MOVES).some(({ from }) => from.some((each) => each === status))).toBe(true);
    }
  });
});
