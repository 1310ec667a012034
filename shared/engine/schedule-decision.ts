import { isTerminal } from "../job/job-state.ts";
import type { EpochMs, Job } from "../job/job.ts";
import { occurrencesBetween } from "../job/occurrences.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../job/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { LedgerEntry, ScheduleLedger, ScheduleSlot } from "../ports/schedule-ledger.ts";
import { compactTime } from "./iso-time.ts";

/** A run that was decided on, but whose row is not there, is about to come: the ticker sees to that within minutes. */
const LONGEST_WITHOUT_ROW_MS = 24 * 60 * 60 * 1000;
/** Occurrences between the ticker's cursor and one that waits its turn; more than these need not be looked at. */
const MOST_BEFORE = 1_000;

export interface DecisionPorts {
  readonly store: JobStore;
  readonly ledger: ScheduleLedger;
  readonly clock: Clock;
  /** For how long a slot counts as taken whose occurrence is not decided: its worker may be about to. */
  readonly leaseMs: number;
}

export interface Occurrence {
  readonly schedule: JobSchedule;
  readonly at: EpochMs;
  readonly jobId: string;
  readonly source: LedgerEntry["source"];
}

export interface Decided {
  readonly entry: LedgerEntry;
  /** This call made the decision that stands. */
  readonly isNew: boolean;
}

/**
 * Decides what becomes of an occurrence: once, whoever asks how often. The decision is in the ledger before anything follows
 * from it, so that a doubled tick finds it there, and a crash right after it leaves what the next tick goes on with.
 */
export async function decideOccurrence(ports: DecisionPorts, occurrence: Occurrence): Promise<Decided> {
  const { schedule, at, source } = occurrence;
  const known = await ports.ledger.get(schedule.name, at);
  if (known !== undefined && known.decision !== "queued") return { entry: known, isNew: false };
  const judgement = await judge(ports, occurrence, known !== undefined);
  if (known !== undefined && judgement.decision === "queued") return { entry: known, isNew: false };
  const decidedAt = ports.clock.now();
  const mine = { schedule: schedule.name, at, decidedAt, source: known?.source ?? source, ...judgement };
  const entry = await ports.ledger.decide(mine);
  return { entry, isNew: entry.decision === mine.decision && entry.decidedAt === decidedAt };
}

type Judgement = Pick<LedgerEntry, "decision" | "jobId" | "reason">;

async function judge(ports: DecisionPorts, occurrence: Occurrence, isQueued: boolean): Promise<Judgement> {
  const { schedule, at, jobId } = occurrence;
  const { overlap = "skip", catchUpSeconds = DEFAULT_CATCH_UP_SECONDS } = schedule;
  if (schedule.enabled === false) return { decision: "skipped", reason: "the schedule is disabled" };
  // What waits its turn is not late: it came in time.
  if (!isQueued && ports.clock.now() - at > catchUpSeconds * 1000) {
    return { decision: "missed", reason: `its tick came more than ${catchUpSeconds} s late` };
  }
  if (overlap === "allow") return { decision: "run", jobId };
  const obstacle = await takeTurn(ports, occurrence, overlap);
  if (obstacle === undefined) return { decision: "run", jobId };
  return { decision: overlap === "skip" ? "skipped" : "queued", reason: obstacle };
}

/** Takes the schedule's slot, or says why it is not this occurrence's turn. */
async function takeTurn(
  ports: DecisionPorts,
  occurrence: Occurrence,
  overlap: "skip" | "queue",
): Promise<string | undefined> {
  const { schedule, at, jobId } = occurrence;
  for (;;) {
    const { value: slot, version } = await ports.ledger.slot(schedule.name);
    if (slot?.at === at) return undefined; // taken by me, before a crash
    if (slot !== undefined && (await isOccupied(ports, schedule.name, slot))) {
      return `the run of ${compactTime(slot.at)} had not ended`;
    }
    const earlier = overlap === "queue" ? await firstInLineBefore(ports, occurrence) : undefined;
    if (earlier !== undefined) return `the run of ${compactTime(earlier)} comes first`;
    // Died after this: the slot names an occurrence that is not decided. Its tick comes again, from the queue or from the
    // ticker, and finds the slot its own; until then others find it occupied, for a lease's time.
    const isTaken = await ports.ledger.takeSlot(schedule.name, { at, jobId, takenAt: ports.clock.now() }, version);
    if (isTaken) return undefined;
  }
}

async function isOccupied(
  { store, ledger, clock, leaseMs }: DecisionPorts,
  name: string,
  slot: ScheduleSlot,
): Promise<boolean> {
  const job = await store.get(slot.jobId);
  if (job !== undefined) return isUnderWay(job);
  const decided = await ledger.get(name, slot.at);
  const ageMs = clock.now() - slot.takenAt;
  switch (decided?.decision) {
    case "run":
      return ageMs < LONGEST_WITHOUT_ROW_MS;
    case "skipped":
    case "missed":
      return false; // another copy of its tick was decided about before this one took the slot
    case "queued":
    case undefined:
      return ageMs < leaseMs;
  }
}

/** What waits for a person does not keep the schedule waiting as well: it has an alarm of its own, and may take days. */
const isUnderWay = (job: Job): boolean => !isTerminal(job.status) && job.status !== "needs_review";

/** The oldest occurrence before this one that has not had its turn. The ticker's cursor never passes such a one. */
async function firstInLineBefore(
  { ledger }: DecisionPorts,
  { schedule, at }: Occurrence,
): Promise<EpochMs | undefined> {
  const cursor = (await ledger.cursors()).value[schedule.name];
  if (cursor === undefined) return undefined;
  const entries = await ledger.list(schedule.name, { from: cursor.until, until: at - 1, limit: MOST_BEFORE });
  const had = new Set(entries.filter(({ decision }) => decision !== "queued").map((entry) => entry.at));
  return occurrencesBetween(schedule, cursor.until, at - 1, MOST_BEFORE).find((before) => !had.has(before));
}
