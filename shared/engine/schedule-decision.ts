import { isTerminal } from "../job/job-state.ts";
import type { EpochMs, Job } from "../job/job.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../job/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { LedgerEntry, ScheduleLedger, ScheduleSlot } from "../ports/schedule-ledger.ts";
import { compactTime } from "./iso-time.ts";

export interface DecisionPorts {
  readonly store: JobStore;
  readonly ledger: ScheduleLedger;
  readonly clock: Clock;
  /** For how long a slot whose job has no row yet counts as taken: its worker may be about to put the row. */
  readonly leaseMs: number;
}

export interface Occurrence {
  readonly schedule: JobSchedule;
  readonly at: EpochMs;
  readonly jobId: string;
  readonly source: LedgerEntry["source"];
}

/**
 * Decides what becomes of an occurrence: once, whoever asks how often. The decision is in the ledger before anything follows
 * from it, so that a doubled tick finds it there, and a crash right after it leaves what the next tick goes on with.
 */
export async function decideOccurrence(ports: DecisionPorts, occurrence: Occurrence): Promise<LedgerEntry> {
  const known = await ports.ledger.get(occurrence.schedule.name, occurrence.at);
  if (known !== undefined && known.decision !== "queued") return known;
  return ports.ledger.decide({
    schedule: occurrence.schedule.name,
    at: occurrence.at,
    decidedAt: ports.clock.now(),
    source: known?.source ?? occurrence.source,
    ...(await judge(ports, occurrence, known !== undefined)),
  });
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
  const obstacle = await obstacleOf(ports, occurrence, overlap);
  if (obstacle === undefined) return { decision: "run", jobId };
  return { decision: overlap === "skip" ? "skipped" : "queued", reason: obstacle };
}

/** Takes the schedule's slot, or says why it cannot be had. */
async function obstacleOf(
  ports: DecisionPorts,
  occurrence: Occurrence,
  overlap: "skip" | "queue",
): Promise<string | undefined> {
  const { schedule, at, jobId } = occurrence;
  for (;;) {
    const { value: slot, version } = await ports.ledger.slot(schedule.name);
    if (slot?.at === at) return undefined; // taken by me, before a crash
    if (slot !== undefined && (await isOccupied(ports, slot)))
      return `the run of ${compactTime(slot.at)} had not ended`;
    const earlier = overlap === "queue" ? await earlierInQueue(ports, occurrence) : undefined;
    if (earlier !== undefined) return `the run of ${compactTime(earlier)} comes first`;
    // Died after this: the slot names an occurrence that is not decided. Its tick comes again, from the queue or from the
    // ticker, and finds the slot its own; until then others find it occupied, for a lease's time.
    const isTaken = await ports.ledger.takeSlot(schedule.name, { at, jobId, takenAt: ports.clock.now() }, version);
    if (isTaken) return undefined;
  }
}

async function isOccupied({ store, clock, leaseMs }: DecisionPorts, slot: ScheduleSlot): Promise<boolean> {
  const job = await store.get(slot.jobId);
  return job === undefined ? clock.now() - slot.takenAt < leaseMs : isUnderWay(job);
}

/** What waits for a person does not keep the schedule waiting as well: it has an alarm of its own, and may take days. */
const isUnderWay = (job: Job): boolean => !isTerminal(job.status) && job.status !== "needs_review";

/** The ticker's cursor never passes an occurrence that is queued: whatever is, lies behind it. */
async function earlierInQueue({ ledger }: DecisionPorts, { schedule, at }: Occurrence): Promise<EpochMs | undefined> {
  const cursor = (await ledger.cursors()).value[schedule.name];
  if (cursor === undefined) return undefined;
  const before = await ledger.list(schedule.name, { from: cursor.until, until: at - 1, limit: 1000 });
  return before.find(({ decision }) => decision === "queued")?.at;
}
