import * as z from "zod";

import type { EpochMs, Job } from "../../job/job.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { RecordKey, RecordStore } from "../../ports/record-store.ts";

/** A tenant's last place in a type's line of one priority. */
const lane = z.object({ place: z.number() });

/** Beyond this, two jobs of a tenant get the same place, and age decides. */
const MOST_TRIES = 3;
/** Longer than anything waits in a line; see `placeAfter`. */
const LANE_DAYS = 30;
const DAY_SECONDS = 24 * 60 * 60;
const WIDTH = 15;

/**
 * Where a new job stands among the ready ones of its type: by priority, then tenants in turn, then age. Sorted as text.
 *
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs of equal cost: each tenant counts its own jobs on, from
 * the place of the one that is served next. So a tenant with ten jobs gets its turns between those of one with a thousand,
 * whenever it comes. An empty line begins at the time of day in milliseconds: no tenant has counted further than that,
 * unless a thousand jobs a second have run.
 */
export async function readyKeyFor(
  { store, records }: { readonly store: JobStore; readonly records: RecordStore },
  { type, tenant, createdAt }: Pick<Job, "type" | "tenant" | "createdAt">,
  priority: number,
): Promise<string> {
  const prefix = `${9 - priority}-`;
  const [head] = await store.ready(type, 1, prefix);
  const floor = head === undefined ? createdAt : placeOf(head.readyKey) - 1;
  const key: RecordKey = { kind: "lane", id: type, part: `${priority}-${tenant}` };
  const place = await placeAfter(records, key, { floor, now: createdAt });
  return `${prefix}${padded(place)}-${padded(createdAt)}`;
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
