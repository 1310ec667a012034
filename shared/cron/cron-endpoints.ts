import { cleanup, reminders } from "../catalog/bookings.ts";
import {
  analyticsAggregation,
  storeCleanup,
  subscriptionExpiryCheck,
  subscriptionPaymentReminders,
} from "../catalog/stores.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { cleanupAnswer, remindersAnswer, resultsAnswer, type CronAnswer } from "./cron-answers.ts";

/** What one path runs, and how it answers. */
export interface CronEndpoint {
  readonly path: string;
  readonly definition: JobDefinition;
  /** What a caller may say of the payload; nothing else. Never `asOf`: a day in the future would delete everything. */
  readonly options: readonly string[];
  readonly answer: CronAnswer;
}

const DRY_RUN = ["dryRun"];

/** Paths that schedulers elsewhere call, with `GET` or `POST`. Infrastructure makes their routes and permissions from it. */
export const CRON_ENDPOINTS: readonly CronEndpoint[] = [
  { path: "/api/cron/cleanup", definition: cleanup, options: DRY_RUN, answer: cleanupAnswer },
  { path: "/api/cron/reminders", definition: reminders, options: DRY_RUN, answer: remindersAnswer },
  {
    path: "/api/admin/subscriptions/expiry-checker",
    definition: subscriptionExpiryCheck,
    options: DRY_RUN,
    answer: resultsAnswer,
  },
  {
    path: "/api/admin/subscriptions/payment-reminders",
    definition: subscriptionPaymentReminders,
    options: DRY_RUN,
    answer: resultsAnswer,
  },
  {
    path: "/api/admin/analytics/aggregate",
    definition: analyticsAggregation,
    options: ["dryRun", "tenantId", "from", "to"],
    answer: resultsAnswer,
  },
  { path: "/api/admin/cleanup", definition: storeCleanup, options: DRY_RUN, answer: resultsAnswer },
];

/** The endpoint of a path as the client sent it: a domain of one's own may be mapped with more in front. */
export const endpointAt = (path: string): CronEndpoint | undefined =>
  CRON_ENDPOINTS.find((endpoint) => path.endsWith(endpoint.path));
