import { BacklineError } from "../shared/errors/backline-error.ts";
import type { JobStatus } from "../shared/job/job-state.ts";

/** A call of the client that cannot be: the message lists every problem. Nothing was read or written. */
export class InvalidCallError extends BacklineError {
  constructor(call: string, problems: readonly string[]) {
    super("INVALID_CALL", `${call} was called wrongly; nothing is done. ${problems.join("; ")}.`);
  }
}

/** There is no job of this id: it never was, or ended so long ago that its row has expired. */
export class UnknownJobError extends BacklineError {
  readonly jobId: string;

  constructor(jobId: string) {
    super("UNKNOWN_JOB", `There is no job ${jobId}.`);
    this.jobId = jobId;
  }
}

/** `wait` has waited as long as it was told to. The job goes on all the same; wait again, or ask later. */
export class WaitTimeoutError extends BacklineError {
  readonly jobId: string;
  readonly status: JobStatus;
  /** One sentence that says why the job is where it is. */
  readonly why: string;

  constructor(jobId: string, { status, why, timeoutMs }: { status: JobStatus; why: string; timeoutMs: number }) {
    super("WAIT_TIMEOUT", `Job ${jobId} is still ${status} after ${timeoutMs} ms. ${why}`);
    this.jobId = jobId;
    this.status = status;
    this.why = why;
  }
}
