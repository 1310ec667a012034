import type { Attempt, EpochMs, Job, PayloadEdit, Resolution } from "../../job/job.ts";
import { LONGEST_HISTORY } from "../job-run.ts";

/** Something that happened to a job. */
export type TimelineEvent =
  | { readonly kind: "enqueued"; readonly at: EpochMs }
  /** Claims whose endings the row does not remember any more. */
  | { readonly kind: "forgotten"; readonly claims: number }
  /** A claim that was settled. */
  | ({ readonly kind: "claim"; readonly durationMs: number } & Attempt)
  /** A claim without an ending: its process crashed, was killed, or lost its lease. It began after `after`, and before `before`. */
  | ({ readonly kind: "silent"; readonly after: EpochMs; readonly before?: EpochMs } & ClaimName)
  /** The claim that has the job now. */
  | ({ readonly kind: "running"; readonly from: EpochMs; readonly leaseUntil: EpochMs } & ClaimName)
  /** Its dead letter was replayed: the next run began, some time before what follows. */
  | { readonly kind: "restart"; readonly run: number }
  | ({ readonly kind: "resolution" } & Resolution)
  | ({ readonly kind: "edit" } & PayloadEdit)
  | { readonly kind: "cancel_requested"; readonly at: EpochMs }
  | { readonly kind: "cancelled"; readonly at: EpochMs };

export type ClaimName = Pick<Attempt, "run" | "epoch" | "attempt">;

/** An event, and where it belongs among those that have no time of their own. */
interface Placed {
  readonly at: EpochMs;
  readonly event: TimelineEvent;
}

/** What happened to a job, in order: all its claims, also those that ended without a word, and what people did. */
export function timelineOf(job: Job): readonly TimelineEvent[] {
  const placed = [
    { at: job.createdAt, event: { kind: "enqueued", at: job.createdAt } } as const,
    ...withRestarts(job, claimsOf(job)),
    ...deedsOf(job),
  ];
  return placed.toSorted((one, other) => one.at - other.at).map(({ event }) => event);
}

/** Claims of a job's present run that ended without a word. */
export function silentClaims(job: Job): readonly ClaimName[] {
  return claimsOf(job).flatMap(({ event }) => (event.kind === "silent" && event.run === job.run ? [event] : []));
}

/** Every epoch, in order. */
function claimsOf(job: Job): readonly Placed[] {
  const known: Placed[] = job.history.map((attempt) => ({
    at: attempt.from,
    event: { kind: "claim", durationMs: attempt.to - attempt.from, ...attempt },
  }));
  if (job.status === "processing") known.push(runningOf(job));
  const claims: Placed[] = [];
  let before: ClaimName = { run: 1, epoch: 0, attempt: 0 };
  let after = job.createdAt;
  for (const each of known) {
    const { event } = each;
    if (event.kind !== "claim" && event.kind !== "running") continue;
    const missing = event.epoch - before.epoch - 1;
    const isForgotten = before.epoch === 0 && job.history.length >= LONGEST_HISTORY;
    if (missing > 0 && isForgotten) claims.push({ at: after, event: { kind: "forgotten", claims: missing } });
    else claims.push(...silentBetween(before, event, { after, before: event.from }));
    claims.push(each);
    before = event;
    after = event.kind === "claim" ? event.to : event.from;
  }
  return claims;
}

function runningOf({
  run,
  epoch,
  attempts,
  claimedAt,
  leaseUntil,
}: Extract<Job, { readonly status: "processing" }>): Placed {
  return { at: claimedAt, event: { kind: "running", run, epoch, attempt: attempts, from: claimedAt, leaseUntil } };
}

/** A claim counts its attempt at once, and a silent one never gives it back: so what follows says which attempts they were. */
function silentBetween(
  before: ClaimName,
  next: ClaimName,
  times: { readonly after: EpochMs; readonly before: EpochMs },
): readonly Placed[] {
  return Array.from({ length: next.epoch - before.epoch - 1 }, (_, index) => {
    const epoch = before.epoch + 1 + index;
    const attempt = next.attempt - (next.epoch - epoch);
    const name =
      attempt >= 1
        ? { run: next.run, epoch, attempt }
        : { run: before.run, epoch, attempt: before.attempt + 1 + index }; // its run was replayed since
    return { at: times.after, event: { kind: "silent", ...name, ...times } } as const;
  });
}

function withRestarts(job: Job, claims: readonly Placed[]): readonly Placed[] {
  const events: Placed[] = [];
  let run = 1;
  const restartTo = (next: number, at: EpochMs) => {
    for (; run < next; run += 1) events.push({ at, event: { kind: "restart", run: run + 1 } });
  };
  for (const claim of claims) {
    if ("run" in claim.event) restartTo(claim.event.run, claim.at);
    events.push(claim);
  }
  restartTo(job.run, job.updatedAt);
  return events;
}

/** What people did. */
function deedsOf(job: Job): readonly Placed[] {
  const { resolutions, edits = [], cancelRequestedAt: asked } = job;
  return [
    ...resolutions.map((each) => ({ at: each.at, event: { kind: "resolution", ...each } }) as const),
    ...edits.map((each) => ({ at: each.at, event: { kind: "edit", ...each } }) as const),
    ...(asked === undefined ? [] : [{ at: asked, event: { kind: "cancel_requested", at: asked } } as const]),
    ...(job.status === "cancelled"
      ? [{ at: job.endedAt, event: { kind: "cancelled", at: job.endedAt } } as const]
      : []),
  ];
}
