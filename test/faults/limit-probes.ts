import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Continue } from "../../shared/errors/postponements.ts";
import { note, probe, type ProbeJob } from "./probe.ts";
import type { ProbeServices } from "./subject.ts";

// Job types that may not begin at any time.

const work = async (job: ProbeJob, services: ProbeServices) => {
  await note(job, services, "one");
  await note(job, services, "two");
};

const oneAtATime = { limits: { concurrency: { name: "one-at-a-time", limit: 1 } } };

export const exclusive = probe("probe_exclusive", "Runs alone.", work, oneAtATime);
export const exclusiveToo = probe("probe_exclusive_too", "Shares its limit.", work, oneAtATime);

/** Its second attempt may begin at the very moment at which the first one ends. */
const workInTwo = async (job: ProbeJob, services: ProbeServices) => {
  await note(job, services, "one");
  if (services.outside.isFirst(job.id)) throw new Continue();
  await note(job, services, "two");
};

export const exclusiveAgain = probe("probe_exclusive_again", "Runs alone, and goes on.", workInTwo, oneAtATime);

export const metered = probe("probe_metered", "Begins twice in ten seconds, and goes on.", workInTwo, {
  limits: { rate: { name: "metered", limit: 2, perSeconds: 10 } },
});

export const urgent = probe("probe_urgent", "Has priorities.", work, { isPrioritised: true });
export const urgentAlone = probe("probe_urgent_alone", "Has priorities, and runs alone.", work, {
  isPrioritised: true,
  ...oneAtATime,
});

export const pausable = probe("probe_pausable", "Fails for good until somebody mends it.", async (job, services) => {
  if (!services.outside.isRepaired) throw new PermanentError("BROKEN", "It is broken.");
  await note(job, services, "after");
});

export const patient = probe("probe_patient", "Works when it may.", work);

export const debounced = probe("probe_debounced", "Does what it was told last.", (job, services) =>
  note(job, services, job.payload.to),
);

export const fleeting = probe("probe_fleeting", "Of use for five minutes.", () => Promise.resolve(), {
  ttlSeconds: 300,
});

export const begun = probe(
  "probe_begun",
  "Of use for four seconds, and begins anew after five.",
  async (job, services) => {
    await note(job, services, "one");
    if (services.outside.isFirst("attempt")) throw new Error("Not now.");
    await note(job, services, "two");
  },
  { ttlSeconds: 4 },
);
