import { flowSubjects } from "./flow-subjects.ts";
import { limitSubjects } from "./limit-subjects.ts";
import * as probes from "./probe-types.ts";
import { scheduledSubjects } from "./scheduled-subject.ts";
import { subjectOf, type Subject } from "./subject.ts";

const redriven = { person: { redrives: 1 } };

/** Not JSON, a job that does not exist, a type of another queue, a job of another type, a run that never was. */
const strangeMessages = (rootId: string) => {
  const permit = (queue: string, rest: object) => ({
    queue,
    body: JSON.stringify({ v: 1, type: queue, run: 1, ...rest }),
  });
  return [
    { queue: "probe_parcel", body: "not JSON" },
    permit("probe_parcel", { id: "nobody" }),
    permit("probe_parcel", { id: rootId, type: "probe_child" }),
    permit("probe_child", { id: rootId }),
    permit("probe_parcel", { id: rootId, run: 7 }),
  ];
};

/** The harness's own job types, each in the scenario that it is for. */
export const probeSubjects: readonly Subject[] = [
  subjectOf(probes.parcel),
  subjectOf(probes.parcel, { name: "probe_parcel/permit-lost", isPermitLost: true }),
  subjectOf(probes.parcel, {
    name: "probe_parcel/strange-messages",
    strangeMessages,
    types: [probes.child],
  }),
  subjectOf(probes.parcel, { name: "probe_parcel/unreported", isUnreported: true }),
  subjectOf(probes.onlyOnce),
  subjectOf(probes.unsure, { isUnreported: true }),
  subjectOf(probes.unsure, { name: "probe_unsure/again", person: { decides: "again" }, reportLagMs: 20 * 60_000 }),
  subjectOf(probes.permanent, redriven),
  subjectOf(probes.failing, redriven),
  subjectOf(probes.poison, redriven),
  subjectOf(probes.parallel),
  subjectOf(probes.spilled),
  subjectOf(probes.parent, { types: [probes.child] }),
  subjectOf(probes.hanging),
  subjectOf(probes.swallowing),
  subjectOf(probes.doubtful),
  ...scheduledSubjects(subjectOf(probes.nightly)),
  ...flowSubjects,
  ...limitSubjects,
];
