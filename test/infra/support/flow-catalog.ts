import * as z from "zod";

import type { CatalogEntry } from "../../../shared/catalog/index.ts";
import { defineJob, type JobDefinition } from "../../../shared/job/define-job.ts";
import { fixed } from "../../../shared/job/retry-policy.ts";

/** A job type that needs nothing, but for what a test gives it. */
export const flowEntry = (type: string, given: Partial<JobDefinition> = {}): CatalogEntry => ({
  domain: "flow",
  definition: defineJob({
    type,
    summary: "Takes part in a flow.",
    payload: z.object({}),
    retry: { maxAttempts: 3, backoff: fixed(1000) },
    run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
    ...given,
  }),
});

/** One type of each kind: a campaign spawns letters and is reported on, a newsroom hands on press releases by priority. */
export const flowCatalog: readonly CatalogEntry[] = [
  flowEntry("campaign", { needs: { enqueues: ["letter"] } }),
  flowEntry("letter", { limits: { rate: { name: "post-office", limit: 10, perSeconds: 60 } } }),
  flowEntry("campaign_report", {
    needs: { after: ["letter"] },
    limits: { concurrency: { name: "reports", limit: 1 } },
  }),
  flowEntry("newsroom", { needs: { enqueues: ["letter", "press_release"] } }),
  flowEntry("press_release", { isPrioritised: true }),
  flowEntry("reminder", {
    isPrioritised: true,
    schedules: [{ name: "nightly-reminder", cron: "0 2 * * *", payload: {} }],
  }),
  flowEntry("archive"),
  // The type that the Stripe webhook enqueues, with priorities here.
  flowEntry("stripe_event", { isPrioritised: true }),
];
