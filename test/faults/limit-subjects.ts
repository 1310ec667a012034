import { isDeepStrictEqual } from "node:util";

import * as probes from "./limit-probes.ts";
import { EXAMPLE, type ProbeType } from "./probe.ts";
import { ROOT_KEY } from "./root-job.ts";
import { subjectOf, type ClientCall, type PlannedPause, type Subject } from "./subject.ts";

/** A client's call for a job under a key; the root's is `ROOT_KEY`. */
const enqueueing =
  ({ definition }: ProbeType, idempotencyKey: string, priority?: number): ClientCall =>
  ({ enqueue }) =>
    enqueue(definition, EXAMPLE, { idempotencyKey, ...(priority !== undefined && { priority }) });

const paused = (from: PlannedPause["from"]) => ({ from, forMs: 10 * 60_000 });

const { exclusive, exclusiveToo, exclusiveAgain, metered, urgent, urgentAlone, debounced } = probes;

/** The first and the last of them have the wrong order. */
const byPriority = (type: ProbeType) => [
  enqueueing(type, "low", 1),
  enqueueing(type, ROOT_KEY),
  enqueueing(type, "high", 9),
];

const DEBOUNCE = { key: "doorbell", delayMs: 120_000 };
const ringing =
  (to: string): ClientCall =>
  ({ enqueue }) =>
    enqueue(debounced.definition, { to }, { debounce: DEBOUNCE });

const subjects: readonly Subject[] = [
  subjectOf(exclusive, {
    types: [exclusiveToo],
    calls: [enqueueing(exclusive, ROOT_KEY), enqueueing(exclusiveToo, "other"), enqueueing(exclusive, "second")],
  }),
  subjectOf(exclusiveAgain, {
    calls: [enqueueing(exclusiveAgain, ROOT_KEY), enqueueing(exclusiveAgain, "second")],
  }),
  subjectOf(metered, {
    calls: [enqueueing(metered, ROOT_KEY), enqueueing(metered, "second")],
  }),
  subjectOf(urgent, { calls: byPriority(urgent) }),
  subjectOf(urgentAlone, { calls: byPriority(urgentAlone) }),
  subjectOf(urgent, {
    name: "probe_urgent/paused",
    calls: byPriority(urgent).slice(1),
    pause: paused("start"),
  }),
  subjectOf(probes.patient, { name: "probe_pausable/start", pause: paused("start") }),
  subjectOf(probes.pausable, {
    name: "probe_pausable/redriven",
    pause: paused("redrive"),
    person: { redrives: 1 },
  }),
  subjectOf(debounced, {
    calls: [ringing("first"), ringing("second"), ringing("third")],
    isDebounced: true,
    // A job that had begun does not take what comes after it. The last one has the last payload, whatever becomes of it.
    isRightToo: ({ records }, rows) => {
      const last = rows.rows().at(-1);
      const isDone = last?.status !== "completed" || records.some((record) => record.includes("/third = "));
      return isDone && isDeepStrictEqual(last?.payload, { to: "third" });
    },
  }),
  // The pause outlasts it, but one that was enqueued late. A claim that ended without a word may have begun it: it goes on.
  subjectOf(probes.fleeting, {
    pause: paused("start"),
    isRightToo: ({ rootStatus }) => rootStatus === "completed",
  }),
  // Where its first claim comes late, it expires: what has begun does not.
  subjectOf(probes.begun, { isRightToo: ({ rootStatus }) => rootStatus === "cancelled" }),
];

/** Job types that may not begin at any time, in the scenarios that they are for. */
export const limitSubjects: readonly Subject[] = subjects.map((subject) => ({ ...subject, isLong: true }));
