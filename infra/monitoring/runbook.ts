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

/** Console page of a function's log lines with a text. The console percent-encodes twice, with `$` for `%`. */
export function logDeepLink(scope: Construct, functionName: string, text: string): string {
  const { region } = Stack.of(scope);
  const group = inConsoleLink(`/aws/lambda/${functionName}`);
  const events = `log-events$3FfilterPattern$3D${inConsoleLink(`"${text}"`)}`;
  const start = "https://console.aws.amazon.com/cloudwatch/home?region=";
  return Fn.join("", [start, region, `#logsV2:log-groups/log-group/${group}/${events}`]);
}

const inConsoleLink = (text: string): string => encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
