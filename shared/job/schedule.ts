/**
 * What happens when an occurrence comes while the run of an earlier one has not ended: it is left out, it waits its turn, or
 * both run.
 */
export type OverlapPolicy = "skip" | "queue" | "allow";

/** How late an occurrence may still be run unless its schedule says otherwise: a day. */
export const DEFAULT_CATCH_UP_SECONDS = 24 * 60 * 60;

/** A time table that enqueues a job type by itself. */
export interface JobSchedule<Payload = unknown> {
  /** Kebab case, unique in the catalog: part of its jobs' ids and the key of its ledger. */
  readonly name: string;
  /** Minute, hour, day of month, month, day of week, as in crontab(5): `0 2 * * 1-5`. */
  readonly cron: string;
  /** IANA time zone in which `cron` is read; `UTC` by default. */
  readonly timeZone?: string;
  /** Of each of its jobs. It goes through the type's schema when the definition is loaded. */
  readonly payload: Payload;
  /** `skip` by default. */
  readonly overlap?: OverlapPolicy;
  /** How late an occurrence may still be run, whole seconds, 600 at least; a day by default. Later, it is missed. */
  readonly catchUpSeconds?: number;
  /** False stops it; what would have been its occurrences meanwhile are not made up for. True by default. */
  readonly enabled?: boolean;
}
