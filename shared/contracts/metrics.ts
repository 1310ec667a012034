/** CloudWatch namespace of the few custom metrics (each costs $0.30 a month; SQS's and Lambda's own are free). */
export const METRIC_NAMESPACE = "Backline";

export const METRICS = {
  /** Webhook events that no job type handles; dimension `EventType`. */
  webhookIgnored: "WebhookIgnored",
  /** Attempts that ended in an error, over all types; the log line beside it names the type. */
  jobErrors: "JobErrors",
  /** Attempts that used over 80 % of their timeout, over all types. */
  nearTimeouts: "NearTimeouts",
  /** Age in seconds of the oldest job that is due and not running; published by the ticker. */
  oldestDueAge: "OldestDueAge",
  /** Occurrences of schedules that did not run, because nothing noticed them within their catch-up window. */
  missedRuns: "MissedRuns",
  /** Jobs that wait for a person; published by the ticker. */
  needsReview: "NeedsReview",
  /** Messages in all dead-letter queues; published by the ticker every five minutes. The log line beside it names the type. */
  deadLetters: "DeadLetters",
} as const;
