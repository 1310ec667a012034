import { BacklineError } from "./backline-error.ts";

/** A person's change of a job that somebody, or something, has changed since it was read. */
export class ChangedMeanwhileError extends BacklineError {
  constructor(jobId: string) {
    super("CHANGED_MEANWHILE", `Job ${jobId} has changed since it was read; nothing is written. Look at it again.`);
  }
}

/** A bulk operation that cannot be begun; the message lists every problem. */
export class InvalidBulkError extends BacklineError {
  constructor(problems: readonly string[]) {
    super("INVALID_BULK", `The bulk operation is not right; nothing is done. ${problems.join("; ")}.`);
  }
}

/** There is no bulk operation of this id. */
export class UnknownBulkError extends BacklineError {
  constructor(id: string) {
    super("UNKNOWN_BULK", `There is no bulk operation ${id}.`);
  }
}

/** The id belongs to a bulk operation that does something else. */
export class BulkConflictError extends BacklineError {
  constructor(id: string) {
    super("BULK_CONFLICT", `Bulk operation ${id} exists with another action or filter. Resume it, or use another id.`);
  }
}

/** Another process has resumed the operation: this one does nothing any more. */
export class BulkTakenOverError extends BacklineError {
  constructor(id: string) {
    super("BULK_TAKEN_OVER", `Another process goes on with bulk operation ${id}; this one has stopped.`);
  }
}

/** A pause that cannot be; the message lists every problem. */
export class InvalidPauseError extends BacklineError {
  constructor(problems: readonly string[]) {
    super("INVALID_PAUSE", `The pause is not right; nothing is written. ${problems.join("; ")}.`);
  }
}

/** Nothing to resume. `target` in words: `type invoice_email`. */
export class NotPausedError extends BacklineError {
  constructor(target: string) {
    super(
      "NOT_PAUSED",
      `The ${target} is not paused; nothing is written. The pause of a group ends with the group's resume, not a type's.`,
    );
  }
}

/** Others change the pauses again and again, and this change never got its turn. */
export class PausesContendedError extends BacklineError {
  constructor() {
    super("PAUSES_CONTENDED", "Others kept changing the pauses meanwhile; nothing is written. Try again.");
  }
}
