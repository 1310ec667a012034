import type { JobDefinition } from "../../job/define-job.ts";
import type { Job } from "../../job/job.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { holdersOf } from "../limits/concurrency-slots.ts";
import { PauseBoard, type Pause } from "../pauses.ts";
import { timeText } from "./time-text.ts";
import type { Circumstances } from "./why.ts";

/** Looks up what keeps a job from being claimed and is not on its row. */
export async function circumstancesOf(
  ports: { readonly records: RecordStore; readonly clock: Clock },
  job: Job,
  definition: Pick<JobDefinition, "type" | "group" | "limits"> = { type: job.type },
): Promise<Circumstances> {
  if (job.status !== "pending" && job.status !== "retrying") return {};
  const pause = await new PauseBoard(ports).pauseOf(definition);
  if (pause !== undefined) return { pausedBy: pausedBy(pause) };
  const { concurrency } = definition.limits ?? {};
  if (concurrency === undefined || job.concurrencyKey === undefined) return {};
  const holders = await holdersOf(ports.records, job.concurrencyKey, ports.clock.now());
  const others = holders.filter((id) => id !== job.id);
  return others.length < concurrency.limit ? {} : { slotHolders: others };
}

/** `ada, until 2026-11-22T14:30:00Z, "stock-taking"`. */
export function pauseText({ by, until, reason }: Pause): string {
  const ends = until === undefined ? "" : `, until ${timeText(until)}`;
  return `${by}${ends}${reason === undefined ? "" : `, "${reason}"`}`;
}

/** The same of a job's own view: it may be its group that is paused. */
export const pausedBy = (found: Pause): string =>
  `${pauseText(found)}${"group" in found.target ? ` (group ${found.target.group})` : ""}`;
