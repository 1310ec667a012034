import type { EpochMs } from "../job/job.ts";

/** What was decided about one occurrence of a schedule. `queued` is decided again once the run before it has ended. */
export interface LedgerEntry {
  readonly schedule: string;
  /** The occurrence's scheduled time. */
  readonly at: EpochMs;
  readonly decision: "run" | "skipped" | "missed" | "queued";
  readonly decidedAt: EpochMs;
  /** The scheduler's own tick, or the ticker's because that one left no trace. */
  readonly source: "tick" | "catch_up";
  /** Of a run: its job. */
  readonly jobId?: string;
  /** Why it was skipped, missed or queued. */
  readonly reason?: string;
}

/** The occurrence that has a schedule's only place to run; for schedules whose runs must not overlap. */
export interface ScheduleSlot {
  readonly at: EpochMs;
  readonly jobId: string;
  readonly takenAt: EpochMs;
}

/** Until when a schedule's occurrences are accounted for; kept by the ticker. */
export interface ScheduleCursor {
  readonly until: EpochMs;
  /** Cron and time zone that it counts by: with others, it would begin anew. */
  readonly expression: string;
  /**
   * Set while occurrences after it have left no trace: how often the ticker has sent ticks for all of them, when it may again,
   * and up to which it has sent some.
   */
  readonly asked?: { readonly times: number; readonly askAgainAt: EpochMs; readonly upTo: EpochMs };
}

/** By schedule name. */
export type ScheduleCursors = Readonly<Record<string, ScheduleCursor>>;

/** Something with the version that a conditional write of it names. 0 when it does not exist yet. */
export interface Versioned<Value> {
  readonly value: Value;
  readonly version: number;
}

/** Accounts for every expected occurrence of every schedule. Reads are strongly consistent. */
export interface ScheduleLedger {
  get(schedule: string, at: EpochMs): Promise<LedgerEntry | undefined>;
  /** Records a decision; the first one stands, only `queued` gives way. Returns the one that stands. */
  decide(entry: LedgerEntry): Promise<LedgerEntry>;
  /** Decisions from `from` until `until`, both inclusive, oldest first; the first `limit`, 1,000 at most. */
  list(schedule: string, range: { from: EpochMs; until: EpochMs; limit: number }): Promise<readonly LedgerEntry[]>;
  slot(schedule: string): Promise<Versioned<ScheduleSlot | undefined>>;
  /** False when somebody has taken it since `version`. */
  takeSlot(schedule: string, slot: ScheduleSlot, version: number): Promise<boolean>;
  cursors(): Promise<Versioned<ScheduleCursors>>;
  /** False when somebody has saved others since `version`. */
  saveCursors(cursors: ScheduleCursors, version: number): Promise<boolean>;
}
