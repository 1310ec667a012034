import * as z from "zod";

import type { EpochMs, Job } from "../../job/job.ts";
import { makeReady } from "../../job/transitions/flow.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { RecordKey, RecordStore } from "../../ports/record-store.ts";

/** A tenant's last place in a type's line of one priority. */
const lane = z.object({ place: z.number() });

/** 1 to 9, higher first. */
export const DEFAULT_PRIORITY = 5;
/** Beyond this, two jobs of a tenant get the same place, and age decides. */
const MOST_TRIES = 3;
/** Longer than anything waits in a line; see `placeAfter`. */
const LANE_DAYS = 30;
const DAY_SECONDS = 24 * 60 * 60;
const WIDTH = 15;

interface Lines {
  readonly store: JobStore;
  readonly records: RecordStore;
}

/** What a job's place in line follows from. */
type InLine = Pick<Job, "type" | "tenant" | "createdAt" | "epoch" | "priority">;

/**
 * Where a job stands among the ready ones of its type: by priority, then tenants in turn, then age. Sorted as text.
 *
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs of equal cost: each tenant counts its own jobs on, from
 * the place of the one that is served next. So a tenant with ten jobs gets its turns between those of one with a thousand,
 * whenever it comes. An empty line begins at the time of day in milliseconds: no tenant has counted further than that,
 * unless a thousand jobs a second have run. Jobs that have begun before and come back have
 * a lane of their own: a single one is next, and a thousand take turns with the others.
 */
export async function readyKeyFor({ store, records }: Lines, job: InLine, now: EpochMs): Promise<string> {
  const { type, tenant, createdAt, epoch, priority = DEFAULT_PRIORITY } = job;
  const prefix = `${9 - priority}-`;
  const [head] = await store.ready(type, 1, prefix);
  const next = head === undefined ? now : placeOf(head.readyKey);
  const key: RecordKey = { kind: "lane", id: type, part: `${priority}${epoch > 0 ? "again" : ""}-${tenant}` };
  const place = await placeAfter(records, key, { floor: next - 1, now });
  return `${prefix}${padded(place)}-${padded(createdAt)}`;
}

/**
 * A job that is ready and not in line yet enters it: it was delayed, retried, replayed, or waited for others. Refused by the
 * row: it is not ready any more.
 */
export async function enterLine(lines: Lines, job: Job, now: EpochMs): Promise<void> {
  const isReady = (job.status === "pending" || job.status === "retrying") && job.runAt <= now;
  if (!isReady || job.readyList !== undefined) return;
  await lines.store.apply(job.id, makeReady(job, await readyKeyFor(lines, job, now), now));
}

/** The lane's next place. One that was given out twice does no harm: among equals, age decides. */
async function placeAfter(
  records: RecordStore,
  key: RecordKey,
  { floor, now }: { readonly floor: number; readonly now: EpochMs },
): Promise<number> {
  let place = floor + 1;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const known = await records.get(key);
    place = Math.max(known === undefined ? 0 : lane.parse(known.body).place, floor) + 1;
    const body = { place, expiresAt: Math.ceil(now / 1000) + LANE_DAYS * DAY_SECONDS };
    const isMine =
      known === undefined
        ? (await records.create(key, body)).isCreated
        : await records.replace(key, known.version, body);
    if (isMine) return place;
  }
  return place;
}

const padded = (value: number): string => String(value).padStart(WIDTH, "0");
const placeOf = (readyKey: string): number => Number(readyKey.split("-")[1]);
