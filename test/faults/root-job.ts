import { jobIdFor } from "../../shared/engine/new-job.ts";
import { compactTime, isoTime } from "../../shared/engine/iso-time.ts";
import type { Subject } from "./subject.ts";

/** The idempotency key of a root job that a client or an event enqueues. */
export const ROOT_KEY = "root";

/** The id of the job that a subject is about. */
export function rootIdOf({ root, occurrence }: Subject): string {
  const key = occurrence === undefined ? ROOT_KEY : `${occurrence.schedule}-${compactTime(occurrence.at)}`;
  return jobIdFor(root.definition.type, key);
}

/** The first message that its queue gets for it: a permit, an event or a tick. */
export function rootBodyOf(subject: Subject): string {
  const { root, occurrence, payload } = subject;
  const { type, trigger } = root.definition;
  const head = { v: 1, type };
  if (occurrence !== undefined) {
    return JSON.stringify({ ...head, tick: { schedule: occurrence.schedule, at: isoTime(occurrence.at) } });
  }
  if (trigger !== undefined) return JSON.stringify({ ...head, event: { id: ROOT_KEY, data: payload } });
  return JSON.stringify({ ...head, id: rootIdOf(subject), run: 1 });
}
