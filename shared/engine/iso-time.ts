import type { EpochMs } from "../job/job.ts";

/* oxlint-disable no-restricted-globals -- formats of a given time; no clock is read */

/** ISO 8601 in UTC: `2026-11-22T02:00:00.000Z`. */
export const isoTime = (at: EpochMs): string => new Date(at).toISOString();

/** The same in the alphabet of ids: `20261122T020000Z`. */
export const compactTime = (at: EpochMs): string => isoTime(at).replaceAll(/[-:]|\.\d+/g, "");

/** The time that an ISO 8601 text stands for. */
export const epochOf = (iso: string): EpochMs => Date.parse(iso);
