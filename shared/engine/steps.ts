import { PermanentError } from "../errors/job-errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ValueStore } from "../ports/value-store.ts";
import type { JobRun } from "./job-run.ts";
import { loadValue, storeValue } from "./stored-value.ts";

/** Names of steps and effects end up in row paths, S3 keys and SES tags. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export function assertName(kind: "step" | "effect", name: string): void {
  if (NAME.test(name)) return;
  throw new PermanentError(
    "INVALID_NAME",
    `A ${kind}'s name begins with a letter and may hold A-Z, a-z, 0-9, _ and -, 64 at most.`,
  );
}

/**
 * Runs `work` once per job: its result is memoised on the row, and later attempts get it from there. The result is
 * written together with the next step, effect or ending; a crash before that runs `work` again.
 */
export async function runStep<Result>(
  { run, values, clock }: { readonly run: JobRun; readonly values: ValueStore; readonly clock: Clock },
  name: string,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  assertName("step", name);
  run.assertRunning();
  const known = run.step(name);
  // The value was a Result when it was stored; only a deployment that changes the step's type could break that.
  if (known !== undefined) return (await loadValue(values, known)) as Result;
  // Results of earlier steps must be on the row before this one begins, or a crash in it would run them again.
  // And the job must still be mine: a cancel, or another worker after a stall, is seen here.
  await run.flushOrCheck();
  run.assertRunning();
  const result = await work();
  run.assertRunning();
  const stored = await storeValue({ values, run }, `${name}.json`, result);
  run.keepStep(name, { ...stored, at: clock.now() });
  return (await loadValue(values, stored)) as Result;
}
