import type { Job } from "../../shared/job/job.ts";
import type { Transition } from "../../shared/job/transitions/transition.ts";
import type { Applied, DueEntry, JobStore, ReadyEntry } from "../../shared/ports/job-store.ts";
import type { Process } from "./process.ts";
import type { RowMonitors, RowWrite } from "./row-monitors.ts";
import { plainCopy } from "../support/plain-copy.ts";

export interface MonitoredStoreOptions {
  readonly store: JobStore;
  readonly rows: RowMonitors;
  /** Sees each row that is read alone, or refuses a write. */
  readonly onRead: (job: Job | undefined) => void;
  /** Sees each new row. */
  readonly onCreate: (job: Job) => void;
  /** Sees each write that was accepted. */
  readonly onWrite: (write: RowWrite) => void;
  /** How many versions behind the due index is for one row, as of now. */
  readonly lag: () => number;
  readonly say: (line: string) => void;
}

/** The jobs table as one process sees it: the monitors see each write, and the indexes may lag. */
export function monitoredStore(process: Process, options: MonitoredStoreOptions): JobStore {
  const { store, rows, onCreate, onRead, onWrite, lag, say } = options;
  const own = {
    create: async (job: Job): ReturnType<JobStore["create"]> => {
      const created = await store.create(job);
      if (created.isCreated) onCreate(job);
      say(`${process.name}: row of ${job.id} ${created.isCreated ? "created" : "was there"}`);
      return created;
    },
    apply: async (jobId: string, transition: Transition): Promise<Applied> => {
      const before = await store.get(jobId);
      const applied = await store.apply(jobId, transition);
      if (applied.isApplied && before !== undefined) {
        onWrite({ process, name: transition.name, before, after: applied.job });
      }
      if (!applied.isApplied) onRead(applied.job);
      say(`${process.name}: ${transition.name} ${applied.isApplied ? "" : "REFUSED "}${summaryOf(applied.job)}`);
      return applied;
    },
    get: async (jobId: string): Promise<Job | undefined> => {
      const job = await store.get(jobId);
      onRead(job);
      return job;
    },
    due: (list: string, now: number): AsyncIterable<readonly DueEntry[]> =>
      lag() === 0 ? store.due(list, now) : staleDue(rows, lag, list, now),
    ready: (type: string, limit: number, prefix = ""): Promise<readonly ReadyEntry[]> =>
      lag() === 0 ? store.ready(type, limit, prefix) : staleReady(rows, lag, { type, limit, prefix }),
    openChildren: async (parentId: string, limit: number): Promise<readonly string[]> => {
      if (lag() === 0) return store.openChildren(parentId, limit);
      const open = stale(rows, lag).filter(({ openChildOf }) => openChildOf === parentId);
      return open.slice(0, limit).map(({ id }) => id);
    },
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
const stale = ({ versions }: RowMonitors, lag: () => number): Job[] =>
  [...versions.values()].flatMap((all) => all.slice(Math.max(0, all.length - 1 - lag())).slice(0, 1));

function staleReady(
  rows: RowMonitors,
  lag: () => number,
  { type, limit, prefix }: { readonly type: string; readonly limit: number; readonly prefix: string },
): Promise<readonly ReadyEntry[]> {
  const ready = stale(rows, lag).flatMap(({ id, run, readyList, readyKey, concurrencyKey }) =>
    readyList === type && readyKey?.startsWith(prefix) === true
      ? [{ id, run, readyKey, ...(concurrencyKey !== undefined && { concurrencyKey }) }]
      : [],
  );
  return Promise.resolve(ready.toSorted((a, b) => (a.readyKey < b.readyKey ? -1 : 1)).slice(0, limit));
}

async function* staleDue(
  rows: RowMonitors,
  lag: () => number,
  list: string,
  now: number,
): AsyncGenerator<readonly DueEntry[]> {
  const entries = stale(rows, lag).filter(
    (job) => "dueList" in job && job.dueList === list && (job.dueAt ?? now + 1) <= now,
  );
  // A row that is in the list has all that an entry has.
  if (entries.length > 0) yield await Promise.resolve(plainCopy(entries) as unknown as DueEntry[]);
}

function summaryOf(job: Job | undefined): string {
  if (job === undefined) return "→ no row";
  const { id, status, run, epoch, attempts } = job;
  return `→ ${id} ${status} run ${run} epoch ${epoch} attempts ${attempts}`;
}
