import pMap from "p-map";

import { InvalidOptionError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { Job } from "../../job/job.ts";
import { isTerminal, type JobStatus } from "../../job/job-state.ts";
import { addDependant } from "../../job/transitions/flow.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { Log } from "../../ports/log.ts";
import { sendPermit, type Permitted } from "../permit.ts";

const MOST_AT_ONCE = 10;
/** DynamoDB's limit of one BatchGetItem. */
const MOST_A_READ = 100;
/** A job is told of by so many at most: its row pays for each of them. Those beyond are found out by the ticker's look. */
const MOST_DEPENDANTS = 200;

interface FlowPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly log: Log;
}

const inReads = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / MOST_A_READ) }, (_, index) =>
    ids.slice(index * MOST_A_READ, (index + 1) * MOST_A_READ),
  );

/** Rows of many jobs, those that exist. */
export async function rowsOf(store: JobStore, ids: readonly string[]): Promise<Map<string, Job>> {
  const rows = await pMap(inReads(ids), (chunk) => store.getMany(chunk), { concurrency: MOST_AT_ONCE });
  return new Map(rows.flat().map((job) => [job.id, job]));
}

/** Statuses of many jobs, of those that exist. */
export async function statusesOf(store: JobStore, ids: readonly string[]): Promise<Map<string, JobStatus>> {
  const read = await pMap(inReads(ids), (chunk) => store.statuses(chunk), { concurrency: MOST_AT_ONCE });
  return new Map(read.flatMap((statuses) => [...statuses]));
}

/**
 * Refuses dependencies that could never be, before anything is put.
 *
 * @throws InvalidOptionError for a job that does not exist, or of a type that may not wake this one.
 */
export async function assertDependencies(
  { store }: Pick<FlowPorts, "store">,
  definition: Pick<JobDefinition, "type" | "needs">,
  after: readonly string[] = [],
): Promise<void> {
  if (after.length === 0) return;
  const rows = await rowsOf(store, after);
  for (const id of after) {
    const row = rows.get(id);
    if (row === undefined) throw new InvalidOptionError(`\`after\` names job ${id}, which does not exist`);
    assertMayWake(row.type, definition);
  }
}

/** @throws InvalidOptionError */
export function assertMayWake(type: string, { type: waiting, needs }: Pick<JobDefinition, "type" | "needs">): void {
  if (needs.after?.includes(type) === true) return;
  throw new InvalidOptionError(
    `jobs of type ${waiting} cannot wait for one of type ${type}; add "${type}" to \`needs.after\` of its definition`,
  );
}

/**
 * Tells the jobs that a new one waits for, so that they wake it at their end. Where one has ended already, somebody is
 * sent to look. Dying anywhere in here only makes it later: the waiting row is due, and the ticker has somebody look.
 */
export async function registerWith(ports: FlowPorts, job: Permitted, dependencies: readonly string[]): Promise<void> {
  const { id, type, run, tenant } = job;
  const register = addDependant(id, { type, run, tenant });
  try {
    const told = await pMap(
      dependencies,
      async (dependency) => {
        const row = await ports.store.get(dependency);
        if (Object.keys(row?.dependants ?? {}).length >= MOST_DEPENDANTS) return true;
        return (await ports.store.apply(dependency, register)).isApplied;
      },
      { concurrency: MOST_AT_ONCE },
    );
    if (told.includes(false)) await sendPermit(ports, job, 0);
  } catch (error) {
    ports.log.warn("Dependencies not told; the ticker looks.", { jobId: id, jobType: type, error: String(error) });
  }
}

/** A wake that lags behind an index comes so much later. */
const INDEX_LAG_MS = 5_000;
/** With so many siblings open or fewer, each end is worth a later look: the index may not show the last ends yet. */
const FEW_SIBLINGS = 10;

/**
 * Tells those who wait for a job that it has ended. A wake is only a permit, leave to look: one too many does no harm, and
 * one that is lost comes late, from the ticker.
 */
export async function announceEnd(ports: FlowPorts, job: Job): Promise<void> {
  if (!isTerminal(job.status)) return;
  try {
    await pMap(Object.entries(job.dependants), ([id, waiter]) => sendPermit(ports, { id, ...waiter }, 0), {
      concurrency: MOST_AT_ONCE,
    });
    const delayMs = await wakeDelayOf(ports, job);
    if (job.parent !== undefined && delayMs !== undefined) await sendPermit(ports, job.parent, delayMs);
  } catch (error) {
    ports.log.warn("Waiting jobs not woken; the ticker looks.", { jobId: job.id, error: String(error) });
  }
}

/** Whether a waiting job wants to know of a failure at once. */
async function isEager(store: JobStore, id: string): Promise<boolean> {
  return (await store.get(id))?.onDependencyFailed !== "run";
}

/**
 * When the parent should look: at once after a failure that it does not take, or when no sibling seems open; a little later while only a few
 * do; not at all while many do, for each look reads them all.
 */
async function wakeDelayOf({ store }: FlowPorts, { id, parent, status }: Job): Promise<number | undefined> {
  if (parent === undefined) return undefined;
  if (status !== "completed" && (await isEager(store, parent.id))) return 0;
  const open = await store.openChildren(parent.id, FEW_SIBLINGS + 2);
  const siblings = open.filter((child) => child !== id).length;
  if (siblings === 0) return 0;
  return siblings <= FEW_SIBLINGS ? INDEX_LAG_MS : undefined;
}
