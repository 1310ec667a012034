import { email } from "../catalog/messaging.ts";
import { SWEEP_RETRY } from "../catalog/sweep-run.ts";
import { toEnqueue } from "../engine/enqueue.ts";
import type { JobContext } from "../engine/job-context.ts";
import { RunHalted } from "../engine/job-run.ts";
import { redact } from "../errors/describe-error.ts";
import { InvalidPayloadError, PermanentError } from "../errors/job-errors.ts";
import { Continue, Snooze } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { enqueueOnce } from "../engine/enqueue-once.ts";
import { releaseSweep, takeSweep, type SweepTaken } from "./sweep-lock.ts";
import type { SweepPayload } from "../contracts/sweep-payload.ts";
import { skippedResult, type SweepResult } from "./sweep-result.ts";

/** Errors that the owner's mail names. */
const MAILED_ERRORS = 20;

/**
 * The frame of every sweep's handler: one time that its cut-offs count from, one run at a time, and a mail to the owner about
 * what could not be done, once a day at most. What is not done stays due, so that the next run tries it again.
 *
 * ```
 * take the sweep ──► sweep, over as many claims as it takes ──► mail about errors ──► give it back
 *  │                  └─ an attempt fails: the job keeps it for the next one
 *  └─ another run has it: the result says so, and nothing is done
 * ```
 *
 * A job that was silent for so long that another one has taken its place goes on beside it, and counts what it has done: items
 * are safe against two runs, and the other one may count from another time.
 *
 * @param options.lock what only one run at a time does: the job's type by default. Part of a type's work is another lock
 *   where it must not hold up the rest.
 */
export async function runSweepJob<Payload extends SweepPayload, Result extends SweepResult>(
  job: JobContext<Payload>,
  services: Pick<Services, "records" | "clock">,
  sweep: (asOf: EpochMs) => Promise<Result>,
  { lock = job.type }: { readonly lock?: string } = {},
): Promise<Result | SweepResult> {
  const { records, clock } = services;
  const asOf = await asOfOf(job, clock.now());
  if (job.payload.dryRun) return sweep(asOf);
  const taken = await takeSweep(records, lock, {
    jobId: job.id,
    now: clock.now(),
    assertInTime: () => assertInTime(job),
  });
  try {
    const hasBegun = await noteBeginning(job, taken);
    if (!taken.isTaken && !hasBegun) return skippedResult(taken.heldBy);
    const result = await sweep(asOf);
    if (!result.success) await tellOwner(job, lock, result, clock.now());
    // Died here: the next attempt finds its sweep done, and gives it back then.
    await releaseSweep(records, lock, job.id);
    return result;
  } catch (error) {
    // It is not tried again: nobody has to wait until the lock runs out.
    if (isEnd(job, error)) await releaseSweep(records, lock, job.id);
    // Somebody else has the job by now, or it has even ended: an attempt that woke up late leaves no lock behind.
    else if (error instanceof RunHalted && taken.isTaken) await taken.undo();
    throw error;
  }
}

/** Whether the job has the sweep, or had it at an earlier attempt: only then is it noted, for what throws is not. */
async function noteBeginning(job: Pick<JobContext<unknown>, "step">, { isTaken }: SweepTaken): Promise<boolean> {
  const notBegun = new Error("Another job has the sweep.");
  const begin = () => (isTaken ? true : Promise.reject(notBegun));
  return job.step("begun", begin).catch((error: unknown) => {
    if (error === notBegun) return false;
    throw error;
  });
}

/** @throws Continue when the attempt's time is over; what it then still does counts for nothing. */
function assertInTime(job: Pick<JobContext<unknown>, "timeLeftMs">): void {
  if (job.timeLeftMs() <= 0) throw new Continue();
}

/** Whether the job ends with what was thrown: a lock that it left behind would have the next hour's run skipped as well. */
function isEnd({ attempt }: Pick<JobContext<unknown>, "attempt">, thrown: unknown): boolean {
  if (thrown instanceof RunHalted) return thrown.halt.why === "cancel_requested";
  if (thrown instanceof Continue || thrown instanceof Snooze) return false;
  const isPermanent = thrown instanceof PermanentError || thrown instanceof InvalidPayloadError;
  return isPermanent || attempt >= SWEEP_RETRY.maxAttempts;
}

/** One time for all of a job's claims: what is due at the first is due at the last. */
export async function asOfOf(job: JobContext<SweepPayload>, now: EpochMs): Promise<EpochMs> {
  const { asOf } = job.payload;
  if (asOf !== undefined) return Date.parse(asOf);
  return job.occurrence?.at ?? job.step("as-of", () => now);
}

/** Once a day for each lock: what somebody has mistyped by hand must not use up the night run's mail. */
async function tellOwner(
  job: JobContext<SweepPayload>,
  lock: string,
  result: SweepResult,
  now: EpochMs,
): Promise<void> {
  job.log.error("A sweep could not do everything.", undefined, { errorCount: result.errorCount });
  const mail = toEnqueue(
    email,
    {
      type: "system_notification",
      data: {
        severity: "warning",
        title: `${job.type}: ${result.errorCount} could not be done`,
        message:
          `They are tried again at the next run. The first hundred: npm run job -- show ${job.id} --payload\n` +
          "What to do: docs/runbook.md#a-sweep-could-not-do-everything",
        facts: result.errors.slice(0, MAILED_ERRORS).map((error, index) => ({
          label: String(index + 1),
          value: redact(error).slice(0, 300),
        })),
      },
    },
    { idempotencyKey: `${lock}-errors-${new Date(now).toISOString().slice(0, 10)}` },
  );
  await enqueueOnce(job, mail);
}
