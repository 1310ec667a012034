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

/** A claim that the row tells of. */
type KnownClaim = Extract<TimelineEvent, { readonly kind: "claim" | "running" }>;
type Deed = Extract<TimelineEvent, { readonly kind: "resolution" | "edit" | "cancel_requested" }>;

/** What happened to a job, in order: all its claims, also those that ended without a word, and what people did. */
export function timelineOf(job: Job): readonly TimelineEvent[] {
  const known = [...claimsOf(job), ...deedsOf(job)].toSorted((one, other) => timeOf(one) - timeOf(other));
  const line = new Line(job);
  for (const event of known) line.add(event);
  return line.end();
}

/** Claims of a job's present run that ended without a word. */
export function silentClaims(job: Job): readonly ClaimName[] {
  return timelineOf(job).flatMap((event) => (event.kind === "silent" && event.run === job.run ? [event] : []));
}

/**
 * Events in the order of their times; those that have none are put where they must have happened. A person resolves what
 * has stopped, and edits what has failed: a claim that nothing is known of, and a replay, come after that. A cancel is
 * asked for while a claim has the job: it comes after the silent claims.
 */
class Line {
  readonly #job: Job;
  readonly #events: TimelineEvent[];
  #asked: Deed[] = [];
  #before: ClaimName;
  /** Since when the next claim may have begun. */
  #after: EpochMs;
  #run = 1;

  constructor(job: Job) {
    const forgotten = forgottenClaims(job);
    this.#job = job;
    this.#events = [{ kind: "enqueued", at: job.createdAt }];
    if (forgotten > 0) this.#events.push({ kind: "forgotten", claims: forgotten });
    this.#before = { run: 1, epoch: forgotten, attempt: 0 };
    this.#after = job.createdAt;
  }

  add(event: KnownClaim | Deed): void {
    switch (event.kind) {
      case "cancel_requested":
        this.#asked.push(event);
        return;
      case "resolution":
      case "edit":
        this.#put(event);
        this.#after = Math.max(this.#after, event.at);
        return;
      case "claim":
      case "running":
        this.#claim(event);
    }
  }

  end(): readonly TimelineEvent[] {
    const { run, status } = this.#job;
    this.#restartTo(run);
    this.#putAsked();
    if (status === "cancelled") this.#events.push({ kind: "cancelled", at: this.#job.endedAt });
    return this.#events;
  }

  #claim(event: KnownClaim): void {
    for (const silent of silentBetween(this.#before, event, { after: this.#after, before: event.from })) {
      this.#restartTo(silent.run);
      this.#events.push({ kind: "silent", ...silent });
    }
    this.#restartTo(event.run);
    this.#put(event);
    this.#before = event;
    this.#after = event.kind === "claim" ? event.to : event.from;
  }

  #restartTo(run: number): void {
    for (; this.#run < run; this.#run += 1) this.#events.push({ kind: "restart", run: this.#run + 1 });
  }

  #put(event: TimelineEvent): void {
    this.#putAsked();
    this.#events.push(event);
  }

  #putAsked(): void {
    this.#events.push(...this.#asked);
    this.#asked = [];
  }
}

const timeOf = (event: KnownClaim | Deed): EpochMs => ("from" in event ? event.from : event.at);

/** How many claims are older than the oldest that the row remembers. */
function forgottenClaims({ history }: Job): number {
  return history.length >= LONGEST_HISTORY ? (history[0]?.epoch ?? 1) - 1 : 0;
}

function claimsOf(job: Job): KnownClaim[] {
  const settled = job.history.map(
    (attempt) => ({ kind: "claim", durationMs: attempt.to - attempt.from, ...attempt }) as const,
  );
  return job.status === "processing" ? [...settled, runningOf(job)] : settled;
}

function runningOf(job: Extract<Job, { readonly status: "processing" }>): KnownClaim {
  const { run, epoch, attempts, claimedAt, leaseUntil } = job;
  return { kind: "running", run, epoch, attempt: attempts, from: claimedAt, leaseUntil };
}

/** A claim counts its attempt at once, and a silent one never gives it back: so what follows says which attempts they were. */
function silentBetween(
  before: ClaimName,
  next: ClaimName,
  times: { readonly after: EpochMs; readonly before: EpochMs },
): (ClaimName & typeof times)[] {
  return Array.from({ length: next.epoch - before.epoch - 1 }, (_, index) => {
    const epoch = before.epoch + 1 + index;
    const attempt = next.attempt - (next.epoch - epoch);
    return attempt >= 1
      ? { run: next.run, epoch, attempt, ...times }
      : { run: before.run, epoch, attempt: before.attempt + 1 + index, ...times }; // its run was replayed since
  });
}

/** What people did, and when. */
function deedsOf({ resolutions, edits = [], cancelRequestedAt: asked }: Job): Deed[] {
  return [
    ...resolutions.map((each) => ({ kind: "resolution", ...each }) as const),
    ...edits.map((each) => ({ kind: "edit", ...each }) as const),
    ...(asked === undefined ? [] : [{ kind: "cancel_requested", at: asked } as const]),
  ];
}
