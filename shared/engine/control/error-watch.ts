import type { Job } from "../../job/job.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { ChunkEntry } from "./bulk-operation.ts";
import { MOST_ROWS } from "./selected-jobs.ts";

/** Fewer verdicts than this say nothing. */
const FEWEST_VERDICTS = 20;
/** The last so many count, so that a fault is seen also when it begins late. */
const MOST_VERDICTS = 100;
/** Jobs whose end is awaited at a time; more are not watched until some have ended. */
const MOST_WATCHED = 500;

/** Looks, by samples, at what becomes of jobs that were restarted. */
export class ErrorWatch {
  readonly #store: JobStore;
  readonly #highestRate: number;
  #watched: ChunkEntry[] = [];
  /** Latest last: whether a job failed again. */
  #verdicts: boolean[] = [];

  /** @param highestRate share of failures past which `look` says so; 1: nothing is looked at. */
  constructor(store: JobStore, highestRate: number) {
    this.#store = store;
    this.#highestRate = highestRate;
  }

  /** @param entries jobs with the runs that were begun. */
  watch(entries: readonly ChunkEntry[]): void {
    if (this.#highestRate >= 1) return;
    this.#watched.push(...entries.slice(0, Math.max(MOST_WATCHED - this.#watched.length, 0)));
  }

  /** Reads some of the watched rows. Returns, in words, that too many have failed; nothing otherwise. */
  async look(): Promise<string | undefined> {
    const sample = this.#watched.slice(0, MOST_ROWS);
    if (sample.length === 0) return undefined;
    const runs = new Map(sample.map(({ id, run }) => [id, run]));
    const undecided: ChunkEntry[] = [];
    for (const row of await this.#store.getMany([...runs.keys()])) {
      const run = runs.get(row.id) ?? row.run;
      const hasFailed = hasFailedAgain(row, run);
      if (hasFailed === undefined) undecided.push({ id: row.id, run });
      else this.#verdicts.push(hasFailed);
    }
    // To the end of the row: a few that take long must not hide the others.
    this.#watched = [...this.#watched.slice(sample.length), ...undecided];
    this.#verdicts = this.#verdicts.slice(-MOST_VERDICTS);
    return this.#judge();
  }

  #judge(): string | undefined {
    const looked = this.#verdicts.length;
    const failed = this.#verdicts.filter((hasFailed) => hasFailed).length;
    if (looked < FEWEST_VERDICTS || failed <= this.#highestRate * looked) return undefined;
    const percent = Math.round((100 * failed) / looked);
    return `${failed} of the last ${looked} jobs that came to an end of an attempt failed again (${percent} %)`;
  }
}

/** By its row's own history, so that no two clocks are compared. Nothing while no attempt of the run has ended. */
function hasFailedAgain(job: Job, run: number): boolean | undefined {
  switch (job.status) {
    case "completed":
    case "cancelled":
      return false;
    case "failed":
    case "needs_review":
      return true;
    case "pending":
    case "processing":
    case "retrying":
    case "waiting":
      if (job.run > run) return true; // failed, and was restarted once more
      return job.history.some((attempt) => attempt.run === run && attempt.ending === "retry") ? true : undefined;
  }
}
