import pMap from "p-map";

import { describeError } from "../../errors/describe-error.ts";
import type { Job } from "../../job/job.ts";
import { isTerminal } from "../../job/job-state.ts";
import type { JobStore } from "../../ports/job-store.ts";
import { sendPermit } from "../permit.ts";
import { MOST_AT_ONCE, type FlowPorts } from "./dependencies.ts";

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
    const errorCode = describeError(error).code;
    ports.log.warn("Waiting jobs not woken; the ticker looks.", { jobId: job.id, jobType: job.type, errorCode });
  }
}

/** Whether a waiting job wants to know of a failure at once. */
async function isEager(store: JobStore, id: string): Promise<boolean> {
  return (await store.get(id))?.onDependencyFailed !== "run";
}

/**
 * When the parent should look: at once after a failure that it does not take, or when no sibling seems open; a little later
 * while only a few do; not at all while many do, for each look reads them all.
 */
async function wakeDelayOf({ store }: FlowPorts, { id, parent, status }: Job): Promise<number | undefined> {
  if (parent === undefined) return undefined;
  if (status !== "completed" && (await isEager(store, parent.id))) return 0;
  const open = await store.openChildren(parent.id, FEW_SIBLINGS + 2);
  const siblings = open.filter((child) => child !== id).length;
  if (siblings === 0) return 0;
  return siblings <= FEW_SIBLINGS ? INDEX_LAG_MS : undefined;
}
