import type { EpochMs } from "../job/job.ts";
import { MAX_RETURNS } from "../job/job-times.ts";

/** What becomes of a received message. Each one ends in exactly one of these. */
export type Outcome =
  /** Its work is done, or the due index covers it: delete it. */
  | { readonly kind: "acknowledge"; readonly ended?: "completed" | "failed" | "cancelled" | "needs_review" }
  /** Return it, hidden until then. */
  | { readonly kind: "hide"; readonly until: EpochMs }
  /** Nothing was done, because other jobs run beside it. Consume it again, alone, or else it comes back then. */
  | { readonly kind: "alone"; readonly attempts: number; readonly until: EpochMs }
  /** Nobody can do anything with it: into the DLQ as it is, for a person. */
  | { readonly kind: "park"; readonly code: string };

export const ACKNOWLEDGE: Outcome = { kind: "acknowledge" };
export const ended = (status: "completed" | "failed" | "cancelled" | "needs_review"): Outcome => ({
  kind: "acknowledge",
  ended: status,
});
export const hiddenUntil = (until: EpochMs): Outcome => ({ kind: "hide", until });
/** Hidden until then, unless it came often already: then the row is in the due index, and the ticker sends the next permit. */
export const returnedUntil = (until: EpochMs, receiveCount: number): Outcome =>
  receiveCount >= MAX_RETURNS ? ACKNOWLEDGE : hiddenUntil(until);

/** A waiting job's dependencies are looked at after this; then after twice as long, and so on. */
const FIRST_LOOK_MS = 5_000;
/** The message comes back to look again, a few times; then the ticker sends one now and then. */
export const lookAgain = (now: EpochMs, receiveCount: number): Outcome =>
  returnedUntil(now + FIRST_LOOK_MS * 2 ** (receiveCount - 1), receiveCount);

export const park = (code: string): Outcome => ({ kind: "park", code });
