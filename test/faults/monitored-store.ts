import type { Job } from "../../shared/job/job.ts";
import type { Transition } from "../../shared/job/transitions/transition.ts";
import type { Applied, DueEntry, JobStore } from "../../shared/ports/job-store.ts";
import type { EffectMonitors } from "./effect-monitors.ts";
import type { Process } from "./process.ts";
import type { RowMonitors } from "./row-monitors.ts";

export interface MonitoredStoreOptions {
  readonly store: JobStore;
  readonly rows: RowMonitors;
  readonly effects: EffectMonitors;
  /** How many versions behind the due index is for one row, as of now. */
  readonly lag: () => number;
  readonly say: (line: string) => void;
}

/** The jobs table as one process sees it: the monitors see each write, and the due index may lag. */
export function monitoredStore(process: Process, options: MonitoredStoreOptions): JobStore {
  const { store, rows, effects, lag, say } = options;
  const own = {
    create: async (job: Job): ReturnType<JobStore["create"]> => {
      const created = await store.create(job);
      if (created.isCreated) rows.created(job);
      say(`${process.name}: row of ${job.id} ${created.isCreated ? "created" : "was there"}`);
      return created;
    },
    apply: async (jobId: string, transition: Transition): Promise<Applied> => {
      const before = await store.get(jobId);
      const applied = await store.apply(jobId, transition);
      if (applied.isApplied && before !== undefined) {
        const write = { process, name: transition.name, before, after: applied.job };
        rows.wrote(write);
        effects.wrote(write);
      }
      say(`${process.name}: ${transition.name} ${applied.isApplied ? "" : "REFUSED "}${summaryOf(applied.job)}`);
      return applied;
    },
    due: (list: string, now: number): AsyncIterable<readonly DueEntry[]> =>
      lag() === 0 ? store.due(list, now) : staleDue(rows, lag, list, now),
  };
  return new Proxy(store, {
    get: (target, property) => {
      if (Object.hasOwn(own, property)) return own[property as keyof typeof own];
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

/** What an index that lags shows: each row as it was some writes ago. */
async function* staleDue(
  { versions }: RowMonitors,
  lag: () => number,
  list: string,
  now: number,
): AsyncGenerator<readonly DueEntry[]> {
  const seen = [...versions.values()].flatMap((all) => all.slice(Math.max(0, all.length - 1 - lag())).slice(0, 1));
  const entries = seen.filter((job) => "dueList" in job && job.dueList === list && (job.dueAt ?? now + 1) <= now);
  // A row that is in the list has all that an entry has.
  if (entries.length > 0) yield await Promise.resolve(structuredClone(entries) as unknown as DueEntry[]);
}

function summaryOf(job: Job | undefined): string {
  if (job === undefined) return "→ no row";
  const { id, status, run, epoch, attempts } = job;
  return `→ ${id} ${status} run ${run} epoch ${epoch} attempts ${attempts}`;
}
