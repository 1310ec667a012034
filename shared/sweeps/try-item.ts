import * as z from "zod";

import { RunHalted } from "../engine/job-run.ts";
import { BacklineError } from "../errors/backline-error.ts";
import { Continue, Snooze } from "../errors/postponements.ts";

/** So often is an item tried within one visit. */
const TRIES = 3;

/**
 * Does an item's work, up to three times: a call that was throttled, or whose answer was lost, is nothing that is wrong with the
 * item, and its next run may be tomorrow, or too late. What the item itself is wrong in is thrown at once, and so is what
 * ends the attempt. No pauses: the AWS clients have made theirs, and where the tables are out of reach the page's checkpoint
 * fails as well, so that all of it is visited again.
 *
 * @param work idempotent; from the second time on, `isAgain`, it begins with a fresh read: the time before may have done it.
 * @throws what the last try threw.
 */
export async function tryItem<Result>(work: (isAgain: boolean) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(tries > 1);
    } catch (error) {
      if (tries === TRIES || isFinal(error)) throw error;
    }
  }
}

/** Whether it would be the same again, or is no error at all. */
function isFinal(thrown: unknown): boolean {
  const kinds = [BacklineError, z.ZodError, Snooze, Continue, RunHalted];
  return kinds.some((kind) => thrown instanceof kind);
}
