import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import type { CatalogEntry } from "../../shared/catalog/index.ts";
import { JOBS_TABLE } from "../../shared/contracts/tables.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { Config } from "../config.ts";
import type { DataReferences } from "../stacks/data-stack.ts";
import { jobQueueArn } from "./job-names.ts";
import { allowObjects, payloadFolder } from "./object-permissions.ts";
import { keepDebounces, keepLanes } from "./record-permissions.ts";

// What it takes to enqueue: rows, their payloads and places, and permits. Workers and webhooks alike; a worker whose type
// has a trigger or schedules only puts rows, of its own type, and has the permit already.

/** A type that is enqueued, as far as roles depend on it. */
export type EnqueueTarget = Pick<JobDefinition, "type" | "isPrioritised">;

/** The definitions behind names; a type that is not deployed is taken for a plain one. */
export function targetsOf(catalog: readonly CatalogEntry[], types: readonly string[]): EnqueueTarget[] {
  const definitions = new Map(catalog.map(({ definition }) => [definition.type, definition]));
  return types.map((type) => definitions.get(type) ?? { type });
}

/** Reading and changing any job's row: a job waits for jobs of other types, and is woken by them. */
export const USE_JOB_ROWS = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"] as const;
export const CREATE_JOB_ROWS = [...USE_JOB_ROWS, "dynamodb:PutItem"] as const;

/** What goes with the rows of new jobs: payloads that are too large for them. */
export const storePayloads = (data: DataReferences, targets: readonly EnqueueTarget[]): PolicyStatement[] =>
  allowObjects(data, {
    sid: "StorePayloads",
    actions: ["s3:PutObject"],
    folders: targets.map(({ type }) => payloadFolder(type)),
  });

export interface Permits {
  readonly config: Config;
  readonly data: DataReferences;
  readonly targets: readonly EnqueueTarget[];
}

/** Permits for new jobs, and their debounce keys. */
export function sendPermits(scope: Construct, { config, data, targets }: Permits): PolicyStatement[] {
  if (targets.length === 0) return [];
  return [
    new PolicyStatement({
      sid: "EnqueueJobs",
      actions: ["sqs:SendMessage"],
      resources: targets.map(({ type }) => jobQueueArn(scope, config.name, type)),
    }),
    keepDebounces(data),
  ];
}

/** The line of ready jobs, for who takes from it or lets jobs in; nothing where no type has priorities. */
export function useLines(data: DataReferences, types: readonly EnqueueTarget[]): PolicyStatement[] {
  if (!types.some(isPrioritised)) return [];
  return [
    new PolicyStatement({
      sid: "FindReadyJobs",
      actions: ["dynamodb:Query"],
      resources: [`${data.jobsTable.arn}/index/${JOBS_TABLE.indexes.ready.name}`],
    }),
    keepLanes(data),
  ];
}

const isPrioritised = (target: EnqueueTarget): boolean => target.isPrioritised === true;
