import { jobId as jobIdSchema } from "../shared/contracts/messages.ts";
import { BacklineError } from "../shared/errors/backline-error.ts";
import type { JobView } from "./job-view.ts";

/** A call of the client that cannot be: the message lists every problem. Nothing was read or written. */
export class InvalidCallError extends BacklineError {
  /** One sentence each, with the name of what is wrong; without the values. */
  readonly problems: readonly string[];

  constructor(call: string, problems: readonly string[]) {
    super("INVALID_CALL", `${call} was called wrongly; nothing is done. ${problems.join("; ")}.`);
    this.problems = problems;
  }
}

/** Neither the settings nor the environment say what the client needs; the message says it all, and where to find it. */
export class MissingSettingsError extends BacklineError {
  constructor(message: string) {
    super("MISSING_SETTINGS", message);
  }
}

/** There is no job of this id: it never was or cannot be, or ended so long ago that its row has expired. */
export class UnknownJobError extends BacklineError {
  readonly jobId: string;

  constructor(jobId: string) {
    super("UNKNOWN_JOB", isJobId(jobId) ? `There is no job ${jobId}.` : "There is no such job: its id cannot be one.");
    this.jobId = jobId;
  }
}

/** Whether there can be a job of this id. What cannot be one is in no message: it may be anything, of any length. */
export const isJobId = (id: string): boolean => jobIdSchema.safeParse(id).success;

/** `wait` has waited as long as it was told to. The job goes on all the same; wait again, or ask later. */
export class WaitTimeoutError extends BacklineError {
  readonly jobId: string;
  /** The job as it was last read. */
  readonly job: JobView;

  constructor(job: JobView, timeoutMs: number) {
    super("WAIT_TIMEOUT", `Job ${job.id} is still ${job.status} after ${timeoutMs} ms; \`why\` says what keeps it.`);
    this.jobId = job.id;
    this.job = job;
  }
}

/**
 * AWS cannot be reached, does not answer in time, throttles or is out of order, each after three tries, or there are no
 * credentials. Try again later; what was to be written may be there or not. `cause` is the SDK's error.
 */
export class OutOfReachError extends BacklineError {
  constructor(what: string, options: ErrorOptions) {
    super("OUT_OF_REACH", `AWS cannot be reached, or is throttling (${what}). Try again.`, options);
  }
}

/**
 * AWS refuses the program, or has no such table, queue or bucket: no repetition helps until somebody mends credentials,
 * their permissions, the region or the stack's names. `cause` is the SDK's error, which says more.
 */
export class StackAccessError extends BacklineError {
  constructor(what: string, options: ErrorOptions) {
    super(
      "STACK_ACCESS",
      `The stack cannot be used (${what}). Look at the program's credentials and their permissions, the region, and the ` +
        "names of the stack; the cause says more.",
      options,
    );
  }
}
