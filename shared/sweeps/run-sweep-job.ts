import { email } from "../catalog/messaging.ts";
import { toEnqueue } from "../engine/enqueue.ts";
import type { JobContext } from "../engine/job-context.ts";
import { RunHalted } from "../engine/job-run.ts";
import { redact } from "../errors/describe-error.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { Continue } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { enqueueOnce } from "../payments/enqueue-once.ts";
import { releaseSweep, takeSweep } from "./sweep-lock.ts";
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
  if (!taken.isTaken) return skippedResult(taken.heldBy);
  const result = await sweep(asOf).catch(async (error: unknown) => {
    // It is not tried again: nobody has to wait until the lock runs out.
    if (isEnd(error)) await releaseSweep(records, lock, job.id);
    // Somebody else has the job by now, or it has even ended: an attempt that woke up late leaves no lock behind.
    else if (error instanceof RunHalted) await taken.undo();
    throw error;
  });
  if (!result.success) await tellOwner(job, result, clock.now());
  // Died here: the next attempt finds its sweep done, and gives it back then.
  await releaseSweep(records, lock, job.id);
  return result;
}

/** @throws Continue when the attempt's time is over; what it then still does counts for nothing. */
function assertInTime(job: Pick<JobContext<unknown>, "timeLeftMs">): void {
  if (job.timeLeftMs() <= 0) throw new Continue();
}

/** Whether the job ends with what was thrown. */
const isEnd = (thrown: unknown): boolean =>
  thrown instanceof PermanentError || (thrown instanceof RunHalted && thrown.halt.why === "cancel_requested");

/** One time for all of a job's claims: what is due at the first is due at the last. */
export async function asOfOf(job: JobContext<SweepPayload>, now: EpochMs): Promise<EpochMs> {
  const { asOf } = job.payload;
  if (asOf !== undefined) return Date.parse(asOf);
  return job.occurrence?.at ?? job.step("as-of", () => now);
}

async function tellOwner(job: JobContext<SweepPayload>, result: SweepResult, now: EpochMs): Promise<void> {
  job.log.error("A sweep could not do everything.", undefined, { errorCount: result.errorCount });
  const mail = toEnqueue(
    email,
    {
      type: "system_notification",
      data: {
        severity: "warning",
        title: `${job.type}: ${result.errorCount} could not be done`,
        message: `They are tried again at the next run. The job ${job.id} lists the first hundred.`,
        facts: result.errors.slice(0, MAILED_ERRORS).map((error, index) => ({
          label: String(index + 1),
          value: redact(error).slice(0, 300),
        })),
      },
    },
    { idempotencyKey: `${job.type}-errors-${new Date(now).toISOString().slice(0, 10)}` },
  );
  await enqueueOnce(job, mail);
}
