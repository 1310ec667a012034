import { jobIdFor } from "../../shared/engine/new-job.ts";
import { compactTime, isoTime } from "../../shared/engine/iso-time.ts";
import type { Job } from "../../shared/job/job.ts";
import type { RowMonitors } from "./row-monitors.ts";
import type { ClientCall, HandledType, Subject } from "./subject.ts";

/** The idempotency key of a root job that a client or an event enqueues. */
export const ROOT_KEY = "root";

/** The id of the job that a subject is about. */
export function rootIdOf({ root, occurrence }: Subject): string {
  const key = occurrence === undefined ? ROOT_KEY : `${occurrence.schedule}-${compactTime(occurrence.at)}`;
  return idUnder(root, key);
}

/** The id of a type's job that is enqueued under a key. */
export const idUnder = ({ definition }: HandledType, key: string): string => jobIdFor(definition.type, key);

/** The row of the job that a subject is about; where its id cannot be known beforehand, the newest of the root's type. */
export function rootRowOf({
  subject,
  rows,
}: {
  readonly subject: Subject;
  readonly rows: RowMonitors;
}): Job | undefined {
  const all = rows.rows();
  const { type } = subject.root.definition;
  const known = all.find(({ id }) => id === rootIdOf(subject));
  return subject.calls === undefined ? known : (known ?? all.findLast((job) => job.type === type));
}

/** What a subject's client asks for. */
export const callsOf = (subject: Subject): readonly ClientCall[] =>
  subject.calls ?? [({ enqueue }) => enqueue(subject.root.definition, subject.payload, { idempotencyKey: ROOT_KEY })];

/** The first message that its queue gets for it: a permit, an event or a tick. */
export function rootBodyOf(subject: Subject): string {
  const { root, occurrence, payload } = subject;
  const { type, triggers } = root.definition;
  const head = { v: 1, type };
  if (occurrence !== undefined) {
    return JSON.stringify({ ...head, tick: { schedule: occurrence.schedule, at: isoTime(occurrence.at) } });
  }
  if (triggers !== undefined) return JSON.stringify({ ...head, event: { id: ROOT_KEY, data: payload } });
  return JSON.stringify({ ...head, id: rootIdOf(subject), run: 1 });
}
