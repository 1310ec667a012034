import { BacklineError } from "./backline-error.ts";

/** Thrown by a handler when no retry can help (an unknown order, a wrong amount): the job fails at once. */
export class PermanentError extends BacklineError {}

/**
 * Thrown by an effect's `send` when the other side has certainly not done it (throttled, rejected, refused before it was
 * sent). Anything else that `send` throws counts as "nobody knows".
 */
export class EffectRefusedError extends BacklineError {
  /** True when another attempt would be refused too. */
  readonly isPermanent: boolean;

  constructor(code: string, message: string, options: ErrorOptions & { readonly isPermanent: boolean }) {
    super(code, message, options);
    this.isPermanent = options.isPermanent;
  }
}

/** A payload that its job type's schema refuses; the message lists every problem. */
export class InvalidPayloadError extends BacklineError {
  /** Each with its place in the payload, `lines.0.amount: …`; without the values. */
  readonly problems: readonly string[];

  constructor(type: string, problems: readonly string[]) {
    super("INVALID_PAYLOAD", `The payload is not right for a job of type ${type}: ${problems.join("; ")}.`);
    this.problems = problems;
  }
}

/** A payload over the limit. */
export class PayloadTooLargeError extends BacklineError {
  constructor(type: string, sizeBytes: number, limitBytes: number) {
    super(
      "PAYLOAD_TOO_LARGE",
      `The payload of a job of type ${type} has ${sizeBytes} bytes; the limit is ${limitBytes}. Store the data in S3 and pass its key.`,
    );
  }
}

/** A tenant that cannot be a message group. */
export class InvalidTenantError extends BacklineError {
  constructor() {
    super("INVALID_TENANT", "A tenant may hold A-Z, a-z, 0-9 and _ . : @ -, 128 at most.");
  }
}

/** A time at which no job can run. */
export class InvalidRunAtError extends BacklineError {
  constructor(problem: string) {
    super("INVALID_RUN_AT", `The job cannot be scheduled: ${problem}.`);
  }
}

/** A page token that no page of this list has given. */
export class InvalidCursorError extends BacklineError {
  constructor() {
    super("INVALID_CURSOR", "The page token is not one of this list. Begin at the first page.");
  }
}

/** The same idempotency key came with another payload. */
export class IdempotencyConflictError extends BacklineError {
  /** The job that has the key. */
  readonly jobId: string;

  constructor(jobId: string) {
    super(
      "IDEMPOTENCY_CONFLICT",
      `Job ${jobId} exists with another payload. Use another idempotency key, or the same payload.`,
    );
    this.jobId = jobId;
  }
}

/** A person's command that the job's present state does not allow. */
export class IllegalMoveError extends BacklineError {
  constructor(move: string, jobId: string, status: string | undefined) {
    super(
      "ILLEGAL_MOVE",
      status === undefined ? `There is no job ${jobId}.` : `Job ${jobId} is ${status}: ${move} does not apply to it.`,
    );
  }
}

/** An option of an enqueue that cannot be: what is wrong, and what to do. */
export class InvalidOptionError extends BacklineError {
  constructor(problem: string) {
    super("INVALID_OPTION", `The job cannot be enqueued: ${problem}.`);
  }
}

/** A job that this one waited for did not complete. */
export class DependencyFailedError extends PermanentError {
  constructor(jobId: string, ending: string) {
    super("DEPENDENCY_FAILED", `Job ${jobId}, which this one waited for, ${ending}.`);
  }
}
