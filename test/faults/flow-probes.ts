import { toChild } from "../../shared/engine/flow/children.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Continue, Snooze } from "../../shared/errors/postponements.ts";
import { EXAMPLE, itemMail, note, probe, type ProbeJob } from "./probe.ts";

// Job types that wait for others, put themselves off, or go on in another claim.

/** The payload of a job that fails for good. */
export const BROKEN = { to: "broken" };

const workOrBreak = async ({ payload }: ProbeJob) => {
  if (payload.to === BROKEN.to) throw new PermanentError("BROKEN", "It is broken.");
  return Promise.resolve({ to: payload.to });
};

export const source = probe("probe_source", "What others wait for.", workOrBreak);
export const link = probe("probe_link", "Waits, and is waited for.", workOrBreak, { after: ["probe_source"] });
export const sink = probe("probe_sink", "Waits for two.", workOrBreak, { after: ["probe_link"] });

export const leaf = probe("probe_leaf", "A child.", workOrBreak);

const spawnLeaves = (job: ProbeJob, names: readonly string[]) =>
  job.spawnMany(names.map((name) => toChild(name, leaf.definition, name === BROKEN.to ? BROKEN : EXAMPLE)));

export const strict = probe("probe_strict", "Fails with its children.", async (job) => {
  await spawnLeaves(job, ["one", BROKEN.to, "three"]);
  return job.waitForChildren();
});

export const lenient = probe("probe_lenient", "Is told how its children ended.", async (job, services) => {
  await spawnLeaves(job, ["one", BROKEN.to, "three", "four"]);
  const outcomes = await job.waitForChildren({ onFailed: "return" });
  await note(job, services, "after");
  return outcomes.map(({ status }) => status);
});

export const late = probe("probe_late", "Waits for children that have ended.", async (job, { outside }) => {
  await spawnLeaves(job, ["one", "two"]);
  if (outside.isFirst("snooze")) throw new Snooze({ delayMs: 60_000 });
  return job.waitForChildren();
});

export const middle = probe("probe_middle", "A child with a child.", async (job) => {
  await job.spawn("leaf", leaf.definition, job.payload);
  return job.waitForChildren();
});

export const nested = probe("probe_nested", "A parent of a parent.", async (job) => {
  await job.spawn("middle", middle.definition, job.payload);
  return job.waitForChildren();
});

export const completion = probe(
  "probe_completion",
  "Ends a batch.",
  async (job, services) => {
    const outcomes = await job.waitForChildren({ onFailed: "return" });
    await note(job, services, "after");
    return outcomes.map(({ status }) => status);
  },
  { after: ["probe_leaf"] },
);

/** What a client enqueues together. */
export const BATCH = {
  key: "root",
  jobs: ["one", BROKEN.to, "three", "four"].map((name) =>
    toChild(name, leaf.definition, name === BROKEN.to ? BROKEN : EXAMPLE),
  ),
  completion: { definition: completion.definition, payload: EXAMPLE },
};

export const snoozing = probe(
  "probe_snoozing",
  "Puts itself off by a minute and by half a day, and has one attempt.",
  async (job, services) => {
    await note(job, services, "before");
    if (services.outside.isFirst("minute")) throw new Snooze({ delayMs: 60_000 });
    if (services.outside.isFirst("day")) throw new Snooze({ delayMs: 12 * 60 * 60_000 });
    await note(job, services, "after");
  },
  { maxAttempts: 1 },
);

export const continuing = probe(
  "probe_continuing",
  "Goes on three times, and has two attempts.",
  async (job, services) => {
    for (const name of ["one", "two", "three"]) {
      await note(job, services, name);
      if (services.outside.isFirst(name)) throw new Continue();
    }
  },
  { maxAttempts: 2 },
);

const PAGE = 2;
const ITEMS = ["a", "b", "c", "d", "e", "f"];
const pageOf = (items: readonly string[], from = 0) =>
  Promise.resolve({ items: items.slice(from, from + PAGE), ...(from + PAGE < items.length && { next: from + PAGE }) });

export const sweeping = probe("probe_sweeping", "Sends each of six a mail, two a page.", (job, services) =>
  job.sweep("mails", {
    page: (cursor: number | undefined) => pageOf(ITEMS, cursor),
    key: (item) => item,
    each: (item, context) => itemMail(context, services, `${item}@example.com`),
  }),
);

export const sweepingOn = probe(
  "probe_sweeping_on",
  "Visits two pages, and has nothing to do for an hour.",
  async (job, services) => {
    await job.sweep("visits", {
      page: (cursor: number | undefined) => pageOf(ITEMS.slice(0, 2 * PAGE), cursor),
      key: (item) => item,
      each: () => Promise.resolve(),
    });
    if (services.outside.isFirst("snooze")) throw new Snooze({ delayMs: 60 * 60_000 });
    await note(job, services, "after");
  },
  { maxAttempts: 2 },
);
