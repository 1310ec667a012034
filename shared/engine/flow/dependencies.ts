import pMap from "p-map";

import { describeError } from "../../errors/describe-error.ts";
import { InvalidOptionError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { Job } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-state.ts";
import { addDependant } from "../../job/transitions/flow.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { Log } from "../../ports/log.ts";
import { sendPermit, type Permitted } from "../permit.ts";

export const MOST_AT_ONCE = 10;
/** DynamoDB's limit of one BatchGetItem. */
const MOST_A_READ = 100;
/** A job is told of by so many at most: its row pays for each of them. Those beyond are found out by the ticker's look. */
const MOST_DEPENDANTS = 200;

export interface FlowPorts {
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
 * @returns those that are to be told of the job, see `registerWith`.
 * @throws InvalidOptionError for a job that does not exist, or of a type that may not wake this one.
 */
export async function assertDependencies(
  { store }: Pick<FlowPorts, "store">,
  definition: Pick<JobDefinition, "type" | "needs">,
  after: readonly string[] = [],
): Promise<readonly string[]> {
  if (after.length === 0) return [];
  const rows = await rowsOf(store, after);
  return after.filter((id) => {
    const row = rows.get(id);
    if (row === undefined) throw new InvalidOptionError(`\`after\` names job ${id}, which does not exist`);
    assertMayWake(row.type, definition);
    return Object.keys(row.dependants).length < MOST_DEPENDANTS;
  });
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
      async (dependency) => (await ports.store.apply(dependency, register)).isApplied,
      { concurrency: MOST_AT_ONCE },
    );
    if (told.includes(false)) await sendPermit(ports, job, 0);
  } catch (error) {
    const errorCode = describeError(error).code;
    ports.log.warn("Dependencies not told; the ticker looks.", { jobId: id, jobType: type, errorCode });
  }
}
