// The public surface of `@backline/client`: what is exported here stays.

export { createClient, type ClientSettings } from "./create-client.ts";
export type { BacklineClient, JobPage, ListQuery, WaitOptions } from "./client.ts";
export type * from "./job-view.ts";
export { isSettled } from "./job-view.ts";
export {
  InvalidCallError,
  MissingSettingsError,
  OutOfReachError,
  StackAccessError,
  UnknownJobError,
  WaitTimeoutError,
} from "./errors.ts";

export { toEnqueue, type Enqueued, type ToEnqueue } from "../shared/engine/enqueue.ts";
export { toChild, type Child, type SpawnOptions } from "../shared/engine/flow/children.ts";
export {
  BatchConflictError,
  type Batch,
  type Completion,
  type CompletionOptions,
  type EnqueuedBatch,
} from "../shared/engine/flow/batch.ts";
export type { Debounce, EnqueueOptions } from "../shared/engine/new-job.ts";
export type { JobSummary } from "../shared/engine/insight/list-jobs.ts";
export type { Pause, PauseOptions, PauseTarget } from "../shared/engine/pauses.ts";
export type { Decision } from "../shared/engine/control.ts";
export type { JobDefinition, PayloadOf } from "../shared/job/define-job.ts";
export type { JobStatus } from "../shared/job/job-state.ts";

export { BacklineError } from "../shared/errors/backline-error.ts";
export { InvalidPauseError, NotPausedError, PausesContendedError } from "../shared/errors/control-errors.ts";
export {
  IdempotencyConflictError,
  IllegalMoveError,
  InvalidCursorError,
  InvalidOptionError,
  InvalidPayloadError,
  InvalidRunAtError,
  InvalidTenantError,
  PayloadTooLargeError,
} from "../shared/errors/job-errors.ts";
