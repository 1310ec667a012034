import {
  openEffects,
  type CancelledJob,
  type CompletedJob,
  type EpochMs,
  type FailedJob,
  type Job,
  type JobError,
  type NeedsReviewJob,
  type PendingJob,
  type ProcessingJob,
  type RetryingJob,
  type WaitingJob,
} from "../../job/job.ts";
import { isTerminal } from "../../job/job-state.ts";
import { silentClaims } from "./timeline.ts";
import { counted, durationText, timeText } from "./time-text.ts";

/** What stands in a job's way and is not on its row; whoever asks looks it up. */
export interface Circumstances {
  /** Who paused the type. */
  readonly pausedBy?: string;
  /** Ids of the jobs that hold every slot of its concurrency key. */
  readonly slotHolders?: readonly string[];
}

export interface WhyOptions {
  /** The type's maximum. */
  readonly maxAttempts?: number;
  readonly circumstances?: Circumstances;
}

/** A permit needs seconds, and the ticker comes every minute: until then, being due is nothing to explain. */
const ON_TIME_MS = 60_000;
/** The ticker trusts a permit for a minute, then sends its own within one more. */
const TICKER_SILENT_MS = 3 * 60_000;

interface Asked extends WhyOptions {
  readonly now: EpochMs;
}

/** One sentence, in one line, that says why a job waits, what it does just now, or how it ended. Holds no payload. */
export function why(job: Job, now: EpochMs, options: WhyOptions = {}): string {
  return oneLine(`${reasonOf(job, { now, ...options })}${cancelAsked(job, now)}.`);
}

function reasonOf(job: Job, asked: Asked): string {
  switch (job.status) {
    case "pending":
      return whyPending(job, asked);
    case "processing":
      return whyProcessing(job, asked);
    case "retrying":
      return whyRetrying(job, asked);
    case "waiting":
      return whyWaiting(job, asked);
    case "needs_review":
      return whyInReview(job, asked);
    case "completed":
      return howCompleted(job);
    case "failed":
      return whyFailed(job);
    case "cancelled":
      return whyCancelled(job);
    default:
      return job satisfies never;
  }
}

/** Where no part of the sentence speaks of it. */
function cancelAsked(job: Job, now: EpochMs): string {
  const isSaid = isTerminal(job.status) || (job.status === "processing" && job.leaseUntil > now);
  if (isSaid || job.cancelRequestedAt === undefined) return "";
  return `; a cancel was asked for at ${timeText(job.cancelRequestedAt)}`;
}

function whyPending(job: PendingJob, asked: Asked): string {
  const origin = originOf(job);
  const isAhead = job.runAt > asked.now;
  const due = isAhead ? delayOf(job, asked) : `due since ${ago(job.runAt, asked)}: ${obstacleTo(job, asked)}`;
  if (origin !== undefined) return `${origin}, ${due}`;
  return job.epoch === 0 && !isAhead ? `Never executed, ${due}` : sentence(due);
}

/** Most are delayed by whoever enqueued them. */
function delayOf(job: PendingJob | RetryingJob, asked: Asked): string {
  const until = ahead(job.runAt, asked);
  return job.rateSlotAt === undefined
    ? `delayed until ${until}`
    : `its turn in the rate limit ${job.rateKey} is at ${until}`;
}

/** What made it pending again. A resolution follows the claim that stopped for a person; a restart, one that failed. */
function originOf({ history, resolutions, run }: PendingJob): string | undefined {
  const resolution = history.at(-1)?.ending === "review" ? resolutions.at(-1) : undefined;
  if (resolution !== undefined) {
    const { by, effect, decision } = resolution;
    return `Resolved by ${by} (effect "${effect}": ${decision === "sent" ? "it was sent" : "to be sent again"})`;
  }
  return run > 1 ? `Replayed as run ${run}` : undefined;
}

function whyProcessing(job: ProcessingJob, asked: Asked): string {
  const attempt = attemptOf(job, asked);
  if (job.leaseUntil <= asked.now) {
    const permit = job.dueAt > asked.now ? `is sent at ${timeText(job.dueAt)}` : "is due now";
    return (
      `${sentence(attempt)} ended without a word, its worker died: its lease ended at ${ago(job.leaseUntil, asked)}, ` +
      `and the next permit ${permit}${endOf(job, asked)}`
    );
  }
  const held = `${attempt} began at ${ago(job.claimedAt, asked)} and holds the lease until ${timeText(job.leaseUntil)}`;
  if (job.cancelRequestedAt !== undefined) {
    return `Stops before its next step or effect, a cancel was asked for at ${timeText(job.cancelRequestedAt)}: ${held}`;
  }
  if (job.failing !== undefined) return `About to fail with ${errorText(job.failing)}; ${held}`;
  return `Running: ${held}`;
}

/** What the claim after a silent one does, in place of another attempt; in the order in which the worker looks. */
function endOf({ failing, attempts, cancelRequestedAt }: ProcessingJob, { maxAttempts }: Asked): string {
  if (cancelRequestedAt !== undefined) return " and stops it";
  if (failing !== undefined) return ` and fails it with ${errorText(failing)}`;
  return maxAttempts !== undefined && attempts >= maxAttempts
    ? " and fails it as CRASH_LOOP: no attempts are left"
    : "";
}

function whyRetrying(job: RetryingJob, asked: Asked): string {
  const [open] = openEffects(job);
  const isHeldBack = open !== undefined && (job.failing !== undefined || job.history.at(-1)?.ending === "release");
  const reason = isHeldBack ? receiptReason(job, open) : lastFailure(job, asked);
  if (job.runAt > asked.now) {
    return isHeldBack
      ? `${reason} until ${ahead(job.runAt, asked)}`
      : `${reason}; ${job.rateSlotAt === undefined ? `the next is at ${ahead(job.runAt, asked)}` : delayOf(job, asked)}`;
  }
  return `${reason}; due again since ${ago(job.runAt, asked)}: ${obstacleTo(job, asked)}`;
}

function receiptReason(job: RetryingJob, effect: string): string {
  const held = job.failing === undefined ? "" : `Held back before it fails with ${errorText(job.failing)}: `;
  return sentence(`${held}waits for the receipt of ${effectText(job, effect)}`);
}

function lastFailure(job: RetryingJob, asked: Asked): string {
  const { error } = job;
  const failed = sentence(attemptOf(job, asked));
  return error === undefined ? `${failed} was given back` : `${failed} failed with ${errorText(error)}`;
}

const MOST_NAMED = 5;

function whyWaiting({ waitingFor, dueAt }: WaitingJob, asked: Asked): string {
  const more = waitingFor.length > MOST_NAMED ? ", …" : "";
  const named = `${waitingFor.slice(0, MOST_NAMED).join(", ")}${more}`;
  return `Waits for ${counted(waitingFor.length, "job")} (${named}) to end; looked at again at ${ahead(dueAt, asked)} at the latest`;
}

function whyInReview(job: NeedsReviewJob, asked: Asked): string {
  const { review } = job;
  return (
    `Waits for a person since ${ago(review.at, asked)}: nobody knows the outcome of ${effectText(job, review.effect)}; ` +
    "resolve it as sent, or to be sent again"
  );
}

function howCompleted({ attempts, endedAt, run, result }: CompletedJob): string {
  const but = notSentOf(result);
  const ending = but === undefined ? "" : `, but nothing was sent: ${but}`;
  return `Completed${ofAttempts("in", attempts)}${ofRun(run)} at ${timeText(endedAt)}${ending}`;
}

/** Nothing for none: a sweep's count begins anew with each page that it has noted. */
const ofAttempts = (word: string, attempts: number): string =>
  attempts === 0 ? "" : ` ${word} ${counted(attempts, "attempt")}`;

/** A handler that had a reason not to send says it as `{ notSent, since? }` in its result; see `sendMail`. */
function notSentOf(result: CompletedJob["result"]): string | undefined {
  if (result === undefined || !("json" in result)) return undefined;
  const value: unknown = JSON.parse(result.json ?? "null");
  if (typeof value !== "object" || value === null || !("notSent" in value)) return undefined;
  const since = "since" in value && typeof value.since === "string" ? ` since ${value.since}` : "";
  return typeof value.notSent === "string" ? `${value.notSent.replaceAll("_", " ")}${since}` : undefined;
}

function whyFailed(job: FailedJob): string {
  const silent = silentClaims(job).map(({ attempt }) => attempt);
  const parts = [
    `Failed${ofAttempts("after", job.attempts)}${ofRun(job.run)} with ${errorText(job.error)}`,
    ...(silent.length === 0 ? [] : [`${numbered("attempt", silent)} ended without a word`]),
    job.dlqOwed === true
      ? "its dead letter is owed to the DLQ, and the ticker sees to it"
      : "its dead letter was sent to the DLQ",
  ];
  return parts.join("; ");
}

function whyCancelled({ endedAt, cancelRequestedAt, error, history }: CancelledJob): string {
  // A job that was cancelled after a failed attempt has that attempt's error.
  if (error !== undefined && (error.code === "DEPENDENCY_FAILED" || history.at(-1)?.ending === "expire")) {
    return `Cancelled at ${timeText(endedAt)} with ${errorText(error)}`;
  }
  const asked = cancelRequestedAt === undefined ? "" : `, as was asked for at ${timeText(cancelRequestedAt)}`;
  return `Cancelled at ${timeText(endedAt)}${asked}`;
}

/** Why nobody has taken a job that is due. */
function obstacleTo(job: PendingJob | RetryingJob, { now, circumstances = {} }: Asked): string {
  const { pausedBy, slotHolders = [] } = circumstances;
  if (pausedBy !== undefined) return `its type was paused by ${pausedBy}`;
  if (slotHolders.length > 0) {
    const others = slotHolders.slice(0, MOST_NAMED).join(", ");
    return `other jobs (${others}) hold every slot of the concurrency key ${job.concurrencyKey}`;
  }
  const lateMs = now - job.runAt;
  if (lateMs < ON_TIME_MS) return "its permit is under way";
  if (job.permits === 0) {
    return lateMs < TICKER_SILENT_MS
      ? "nobody has taken its permit yet, and the ticker sends another"
      : "the ticker has sent no permit for it, and may not be running";
  }
  return (
    `the ticker has sent ${counted(job.permits, "permit")} and nobody has taken one, so its type's function is ` +
    "throttled, switched off or failing at its start, or busy with older work"
  );
}

/** `effect "mail" (sent at … to …)`. */
function effectText({ effects }: Job, name: string): string {
  const { intent } = effects[name] ?? {};
  if (intent === undefined) return `effect "${name}"`;
  return `effect "${name}" (sent at ${timeText(intent.at)}${intent.to === undefined ? "" : ` to ${intent.to}`})`;
}

/** `attempt 2 of 3`; just `attempt 4` for the claim that finds all attempts used up. */
function attemptOf({ attempts }: Job, { maxAttempts }: Asked): string {
  return maxAttempts === undefined || attempts > maxAttempts
    ? `attempt ${attempts}`
    : `attempt ${attempts} of ${maxAttempts}`;
}

/** `CODE (what it says)`; just `CODE` where it says nothing. */
function errorText({ code, message }: JobError): string {
  const said = oneLine(message).replace(/\.$/, "");
  return said === "" ? code : `${code} (${said})`;
}

/** Messages come from whatever was thrown: stack traces and escape sequences too. */
const oneLine = (text: string): string => text.replaceAll(/\s*\p{Cc}[\p{Cc}\s]*/gu, " ").trim();
const ofRun = (run: number): string => (run === 1 ? "" : ` of run ${run}`);
const ago = (at: EpochMs, { now }: Asked): string => `${timeText(at)} (${durationText(now - at)} ago)`;
const ahead = (at: EpochMs, { now }: Asked): string =>
  at > now ? `${timeText(at)} (in ${durationText(at - now)})` : timeText(at);
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `attempt 2`, `attempts 1 and 3`, `attempts 1, 2 and 3`. */
function numbered(what: string, numbers: readonly number[]): string {
  const last = numbers.at(-1);
  if (numbers.length <= 1) return `${what} ${last}`;
  return `${what}s ${numbers.slice(0, -1).join(", ")} and ${last}`;
}
