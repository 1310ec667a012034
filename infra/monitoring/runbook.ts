import { Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Headings of `docs/runbook.md`; a test compares. The value is the heading's anchor. */
export const RUNBOOK_HEADINGS = {
  deadLetters: "dead-letters",
  oldestDueJob: "oldest-due-job",
  jobErrors: "job-errors",
  nearTimeouts: "near-timeouts",
  needsReview: "needs-review",
  missedRuns: "missed-runs",
  tickerNotRunning: "ticker-not-running",
  apiErrors: "api-errors",
} as const;
export type RunbookHeading = keyof typeof RUNBOOK_HEADINGS;

/** An alarm's text: what it means, and where it is written what to do. Whoever reads it may have been asleep. */
export function alarmDescription(meaning: string, heading: RunbookHeading, deepLink?: string): string {
  const look = deepLink === undefined ? "" : ` Look: ${deepLink}`;
  return `${meaning} What to do: docs/runbook.md#${RUNBOOK_HEADINGS[heading]}${look}`;
}

/** Console page of a queue. The console addresses a queue by its URL, percent-encoded. */
export function queueDeepLink(scope: Construct, queueName: string): string {
  const { region, account, urlSuffix } = Stack.of(scope);
  return Fn.join("", [
    `https://console.aws.amazon.com/sqs/v3/home?region=`,
    region,
    "#/queues/https%3A%2F%2Fsqs.",
    region,
    `.${urlSuffix}%2F`,
    account,
    `%2F${queueName}`,
  ]);
}
