/** Every status a job can have. */
export const JOB_STATUSES = [
  "pending",
  "processing",
  "retrying",
  "completed",
  "failed",
  "waiting",
  "cancelled",
  "needs_review",
] as const;
/** One of `JOB_STATUSES`; docs/job-states.md says what leads from one to another. */
export type JobStatus = (typeof JOB_STATUSES)[number];

interface Move {
  readonly from: readonly JobStatus[];
  readonly to: JobStatus;
  /** One line for the docs' diagram and table. */
  readonly when: string;
}

/**
 * The one table of allowed moves. Conditions of writes (`transitions/`), the docs' diagram (`docs/job-states.md`) and the
 * property tests come from it.
 */
export const MOVES = {
  claim: {
    from: ["pending", "retrying", "processing"],
    to: "processing",
    when: "a worker takes it: it is due, or its last worker's lease has ended",
  },
  complete: { from: ["processing"], to: "completed", when: "the handler returned" },
  retry: { from: ["processing"], to: "retrying", when: "the attempt failed and another one is allowed" },
  release: {
    from: ["processing"],
    to: "retrying",
    when: "an effect's outcome is unknown: wait for its receipt, no attempt used",
  },
  snooze: { from: ["processing"], to: "retrying", when: "the handler asked to run later; no attempt used" },
  continue: { from: ["processing"], to: "retrying", when: "long work goes on in another claim; attempts count anew" },
  wait: { from: ["processing"], to: "waiting", when: "the handler waits for its children" },
  wake: { from: ["waiting"], to: "pending", when: "what it waited for has ended" },
  expire: { from: ["processing"], to: "cancelled", when: "its time to live had passed before it began" },
  forgo: { from: ["waiting"], to: "cancelled", when: "a job that it waited for did not complete" },
  fail: { from: ["processing"], to: "failed", when: "a permanent error, or no attempts left" },
  review: {
    from: ["processing"],
    to: "needs_review",
    when: "an effect's outcome stays unknown and its type wants a person",
  },
  stop: { from: ["processing"], to: "cancelled", when: "the worker saw that a cancel was asked for" },
  cancel: { from: ["pending", "retrying", "waiting", "needs_review"], to: "cancelled", when: "a person cancels it" },
  dismiss: { from: ["failed"], to: "cancelled", when: "a person gives a failed job up" },
  resolve: { from: ["needs_review"], to: "pending", when: "a person says whether the effect happened" },
  restart: { from: ["failed"], to: "pending", when: "its dead letter is replayed" },
} as const satisfies Record<string, Move>;

export type MoveName = keyof typeof MOVES;

/** Statuses that no worker, ticker or duplicate message leaves; `failed` is left only by a person, who replays or dismisses it. */
export const TERMINAL_STATUSES = ["completed", "failed", "cancelled"] as const satisfies readonly JobStatus[];

/** How a job can end. */
export type EndStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: JobStatus): status is EndStatus {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/** Whether the table allows `from` → `to`. */
export function isAllowed(from: JobStatus, to: JobStatus): boolean {
  return Object.values<Move>(MOVES).some((move) => move.to === to && move.from.includes(from));
}
