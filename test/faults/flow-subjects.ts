import { BatchConflictError, enqueueBatch } from "../../shared/engine/flow/batch.ts";
import type { OnDependencyFailed } from "../../shared/job/job.ts";
import * as probes from "./flow-probes.ts";
import { EXAMPLE } from "./probe.ts";
import { idUnder, ROOT_KEY } from "./root-job.ts";
import { subjectOf, type ClientCall, type Subject } from "./subject.ts";

const { source, link, sink } = probes;

/**
 * A client enqueues four jobs, each naming those that it waits for; one of the two in the middle fails for good.
 *
 * ```
 *          ┌─► link b (fails) ─┐
 * source ──┤                   ├─► sink
 *          └─► link c ─────────┘
 * ```
 */
function diamond(onDependencyFailed: OnDependencyFailed): Subject {
  const [a, b, c] = [idUnder(source, ROOT_KEY), idUnder(link, "b"), idUnder(link, "c")];
  const calls: ClientCall[] = [
    ({ enqueue }) => enqueue(source.definition, EXAMPLE, { idempotencyKey: ROOT_KEY }),
    ({ enqueue }) => enqueue(link.definition, probes.BROKEN, { idempotencyKey: "b", after: [a] }),
    ({ enqueue }) => enqueue(link.definition, EXAMPLE, { idempotencyKey: "c", after: [a] }),
    ({ enqueue }) => enqueue(sink.definition, EXAMPLE, { idempotencyKey: "d", after: [b, c], onDependencyFailed }),
  ];
  return subjectOf(source, {
    name: `probe_diamond/${onDependencyFailed}`,
    types: [source, link, sink],
    calls,
    // What a dependency's end brings, whatever becomes of that one later.
    alsoEnds: ["cancelled", "completed"],
  });
}

/** A client that is told of a cancel does not ask again. */
const enqueueingBatch: ClientCall = (ports) =>
  enqueueBatch(ports, probes.BATCH).catch((error: unknown) => {
    const id = idUnder(probes.completion, ROOT_KEY);
    if (error instanceof BatchConflictError && error.message.includes("is cancelled")) return { id, isNew: false };
    throw error;
  });

const strictId = idUnder(probes.strict, ROOT_KEY);
const withLeaves = { types: [probes.leaf] };

const subjects: readonly Subject[] = [
  diamond("cancel"),
  diamond("fail"),
  diamond("run"),
  subjectOf(probes.strict, {
    ...withLeaves,
    // It may have used up its attempts before it had spawned them all.
    isRightToo: ({ rootStatus }, rows) =>
      rootStatus === "failed" &&
      rows.rows().some(({ id, error }) => id === strictId && error?.code !== "DEPENDENCY_FAILED"),
  }),
  subjectOf(probes.lenient, withLeaves),
  subjectOf(probes.late, withLeaves),
  subjectOf(probes.nested, { types: [probes.middle, probes.leaf] }),
  subjectOf(probes.completion, {
    name: "probe_batch",
    ...withLeaves,
    calls: [enqueueingBatch],
  }),
  subjectOf(probes.snoozing),
  subjectOf(probes.continuing),
  subjectOf(probes.sweeping),
  subjectOf(probes.sweepingOn),
];

/** Job types that wait for others, in the scenarios that they are for. */
export const flowSubjects: readonly Subject[] = subjects.map((subject) => ({ ...subject, isLong: true }));
