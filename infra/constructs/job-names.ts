import { Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

import { deadLetterQueueName } from "../../shared/contracts/queues.ts";

// Physical names are deliberate: a function gets the prefix once and finds any queue by type. Forty queue URLs would
// not fit into the 4 KB that Lambda gives to environment variables.

/** Name of a job type's queue and of its function. */
export const jobResourceName = (name: string, type: string): string => `${name}-${type}`;

/** Name of a job type's dead-letter queue. */
export const deadLetterResourceName = (name: string, type: string): string =>
  jobResourceName(name, deadLetterQueueName(type));

/** Name of one of a job type's schedules: 23 + 1 + 40 characters at most, which is EventBridge Scheduler's limit. */
export const jobScheduleName = (name: string, schedule: string): string => `${name}-${schedule}`;

/** ARN of a job queue by name, so that types may enqueue each other in a circle. */
export function jobQueueArn(scope: Construct, name: string, type: string): string {
  return Stack.of(scope).formatArn({ service: "sqs", resource: jobResourceName(name, type) });
}

/** ARN of a job type's dead-letter queue by name. */
export function deadLetterArn(scope: Construct, name: string, type: string): string {
  return Stack.of(scope).formatArn({ service: "sqs", resource: deadLetterResourceName(name, type) });
}

/** `QUEUE_URL_PREFIX`: the URL of any job queue up to its type. */
export function queueUrlPrefix(scope: Construct, name: string): string {
  const { region, account, urlSuffix } = Stack.of(scope);
  return Fn.join("", ["https://sqs.", region, ".", urlSuffix, "/", account, "/", name, "-"]);
}

/** `invoice_email` → `InvoiceEmail`, for construct ids. */
export function constructIdOf(type: string): string {
  return type
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
