import { subjectListOf } from "../../shared/engine/new-job.ts";
import { dueListOf, endedListOf, REVIEW_LIST } from "../../shared/job/job-lists.ts";
import type { EpochMs, FailedJob, Job } from "../../shared/job/job.ts";
import { isTerminal, type JobStatus } from "../../shared/job/job-state.ts";
import { START } from "./virtual-clock.ts";

export interface RowOptions {
  readonly id: string;
  readonly type?: string;
  readonly status?: JobStatus;
  /** Where it stands in its list: `dueAt`, or `endedAt`. */
  readonly at?: EpochMs;
  readonly createdAt?: EpochMs;
  readonly tenant?: string;
  readonly subject?: string;
  /** Of a failed one: `CODE`, and what its error says. */
  readonly errorCode?: string;
  readonly fingerprint?: string;
}

const YEAR_SECONDS = 366 * 24 * 60 * 60;

/** A row as the engine would have left it, in any status, with a secret payload. */
export function aRow(options: RowOptions): Job {
  const { id, type = "greeting", status = "pending", at = START, createdAt = START, tenant = "default" } = options;
  const { subject, errorCode, fingerprint } = options;
  const core = {
    id,
    type,
    run: 1,
    epoch: 1,
    attempts: 1,
    payload: { secret: "zoe@example.com" },
    payloadHash: "hash",
    enqueueToken: "token",
    tenant,
    correlationId: "correlation",
    createdAt,
    updatedAt: at,
    steps: {},
    effects: {},
    dependants: {},
    permits: 0,
    resolutions: [],
    history: [],
    ...(tenant !== "default" && { tenantList: tenant }),
    ...(subject !== undefined && { subjectList: subjectListOf(subject) }),
    ...(errorCode !== undefined && { errorCode, error: errorOf(errorCode, at) }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
  const due = { dueList: status === "needs_review" ? REVIEW_LIST : dueListOf(type), dueAt: at, runAt: at };
  if (isTerminal(status)) {
    const ended = { endedList: endedListOf(type, status), endedAt: at, expiresAt: START / 1000 + YEAR_SECONDS };
    const error = errorOf(errorCode ?? "BROKEN", at);
    if (status === "failed") return { ...core, ...ended, status, error, errorCode: error.code };
    return { ...core, ...ended, status };
  }
  if (status === "processing") {
    return { ...core, ...due, status, claimToken: "claim", claimedAt: createdAt, leaseUntil: at };
  }
  if (status === "needs_review") return { ...core, ...due, status, review: { effect: "mail", at } };
  if (status === "waiting") return { ...core, ...due, status, waitingFor: ["other"] };
  return { ...core, ...due, status };
}

const errorOf = (code: string, at: EpochMs): FailedJob["error"] => ({ code, message: `It says ${code}.`, at });
