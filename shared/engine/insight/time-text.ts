import type { EpochMs } from "../../job/job.ts";
import { isoTime } from "../iso-time.ts";

const UNITS = [
  ["day", 24 * 60 * 60 * 1000],
  ["hour", 60 * 60 * 1000],
  ["minute", 60 * 1000],
  ["second", 1000],
] as const;

/** ISO 8601 in UTC, to the second: `2026-11-22T02:00:00Z`. */
export const timeText = (at: EpochMs): string => isoTime(at).replace(/\.\d+Z$/, "Z");

/** About how long, in the largest unit that fits: `3 minutes`, `less than a second`. Rounded down. */
export function durationText(ms: number): string {
  const [unit, length] = UNITS.find(([, each]) => ms >= each) ?? [];
  if (unit === undefined || length === undefined) return "less than a second";
  return counted(Math.floor(ms / length), unit);
}

/** `1 attempt`, `3 attempts`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
