import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import { isReadOnlyBucket } from "../../shared/contracts/buckets.ts";
import { JOBS_TABLE } from "../../shared/contracts/tables.ts";
import type { JobDefinition, RecordAccess } from "../../shared/job/define-job.ts";
import {
  CREATE_JOB_ROWS,
  type EnqueueTarget,
  sendPermits,
  storePayloads,
  targetsOf,
  USE_JOB_ROWS,
  useLines,
} from "./enqueue-permissions.ts";
import { jobQueueArn } from "./job-names.ts";
import type { JobQueueProps } from "./job-queue.ts";
import { MAIL_RECORDS, messagingStatements } from "./messaging-permissions.ts";
import { acknowledgeFolders, allowObjects, type Folder, payloadFolder, stepFolder } from "./object-permissions.ts";
import {
  allowKinds,
  ENGINE_KINDS,
  keepLimits,
  READ_RECORDS,
  readLists,
  REMOVE_RECORDS,
  WRITE_RECORDS,
} from "./record-permissions.ts";

/**
 * What a job type's function may do besides taking from its own queue: no more than its definition says it needs. One
 * statement per need, named by a Sid, so that a reader of the role sees why it is there.
 */
export function needsStatements(scope: Construct, props: JobQueueProps): PolicyStatement[] {
  const { data, entry } = props;
  return [
    useJobRows(props),
    findOpenChildren(props),
    ...useLines(data, [entry.definition, ...puts(props)]),
    ...wakeWaiters(scope, props),
    ...sendPermits(scope, { ...props, targets: targetsOf(props.catalog, enqueues(props)) }),
    ...storePayloads(data, puts(props)),
    ...useRecords(props),
    ...useObjects(props),
    ...messagingStatements(scope, props),
  ];
}

const enqueues = ({ entry }: JobQueueProps): readonly string[] => entry.definition.needs.enqueues ?? [];

/** The types whose rows it puts. An event and a tick come without a row; the consumer puts that of its own type. */
function puts({ entry: { definition }, catalog }: Pick<JobQueueProps, "entry" | "catalog">): EnqueueTarget[] {
  const hasOwn = (definition.triggers ?? []).length > 0 || hasSchedules(definition);
  return [...(hasOwn ? [definition] : []), ...targetsOf(catalog, definition.needs.enqueues ?? [])];
}

const hasSchedules = ({ schedules = [] }: JobDefinition): boolean => schedules.length > 0;

function useJobRows(props: JobQueueProps): PolicyStatement {
  return new PolicyStatement({
    sid: "UseJobRows",
    actions: [...(puts(props).length > 0 ? CREATE_JOB_ROWS : USE_JOB_ROWS)],
    resources: [props.data.jobsTable.arn],
  });
}

/** Whoever ends a spawned job asks whether it was the parent's last. */
function findOpenChildren({ data: { jobsTable } }: JobQueueProps): PolicyStatement {
  return new PolicyStatement({
    sid: "FindOpenChildren",
    actions: ["dynamodb:Query"],
    resources: [`${jobsTable.arn}/index/${JOBS_TABLE.indexes.children.name}`],
  });
}

/**
 * Permits for jobs that waited for one of this type: for their parents, for what was enqueued `after` them, and for who is
 * next in line for a slot of the same concurrency limit.
 */
function wakeWaiters(scope: Construct, { entry, catalog, config }: JobQueueProps): PolicyStatement[] {
  const { type: own, limits } = entry.definition;
  const slots = limits?.concurrency?.name;
  const waiters = catalog
    .map(({ definition }) => definition)
    .filter(
      ({ needs, limits: others }) =>
        [needs.enqueues, needs.after].some((types) => types?.includes(own)) ||
        (slots !== undefined && others?.concurrency?.name === slots),
    );
  if (waiters.length === 0) return [];
  return [
    new PolicyStatement({
      sid: "WakeWaiters",
      actions: ["sqs:SendMessage"],
      resources: waiters.map(({ type }) => jobQueueArn(scope, config.name, type)),
    }),
  ];
}

function useRecords({ entry: { definition }, data }: JobQueueProps): PolicyStatement[] {
  const { rate, concurrency } = definition.limits ?? {};
  const { email: mails = false, records = {}, lists = [] } = definition.needs;
  const ofSchedules = hasSchedules(definition) ? [ENGINE_KINDS.schedule] : [];
  const kindsWith = (...access: RecordAccess[]): string[] =>
    [...Object.entries(mails ? MAIL_RECORDS : {}), ...Object.entries(records)]
      .filter(([, given]) => access.includes(given))
      .map(([kind]) => kind);
  const ofEveryWorker = [ENGINE_KINDS.receipt, ENGINE_KINDS.pause];
  const readable = new Set([...ofEveryWorker, ...kindsWith("read", "write", "remove"), ...ofSchedules]);
  const writable = new Set([...kindsWith("write", "remove"), ...ofSchedules]);
  const removable = kindsWith("remove");
  return [
    allowKinds(data, { sid: "ReadRecords", actions: READ_RECORDS, kinds: readable }),
    ...(writable.size > 0 ? [allowKinds(data, { sid: "WriteRecords", actions: WRITE_RECORDS, kinds: writable })] : []),
    ...(removable.length > 0
      ? [allowKinds(data, { sid: "RemoveRecords", actions: REMOVE_RECORDS, kinds: removable })]
      : []),
    ...(lists.length > 0 ? [readLists(data, lists)] : []),
    // A mail takes its turn from the account's limiter.
    ...(rate === undefined && concurrency === undefined && !mails ? [] : [keepLimits(data)]),
  ];
}

function useObjects({ entry: { definition }, data }: JobQueueProps): PolicyStatement[] {
  const { ownPayloads, ownSteps, childResults, files, readOnlyFiles, removedFiles } = foldersOf(definition);
  return [
    ...allowObjects(data, { sid: "ReadOwnPayloads", actions: ["s3:GetObject"], folders: [ownPayloads] }),
    ...allowObjects(data, { sid: "StoreStepResults", actions: ["s3:GetObject", "s3:PutObject"], folders: [ownSteps] }),
    ...allowObjects(data, { sid: "ReadChildResults", actions: ["s3:GetObject"], folders: childResults }),
    ...allowObjects(data, { sid: "ReadFiles", actions: ["s3:GetObject"], folders: readOnlyFiles }),
    ...allowObjects(data, { sid: "UseFiles", actions: ["s3:GetObject", "s3:PutObject"], folders: files }),
    ...allowObjects(data, { sid: "RemoveFiles", actions: ["s3:DeleteObject"], folders: removedFiles }),
  ];
}

function foldersOf({ type, needs }: JobDefinition) {
  const folders = (buckets: readonly string[]) => buckets.map((bucket): Folder => ({ bucket, keys: "*" }));
  const files = needs.files ?? [];
  return {
    ownPayloads: payloadFolder(type),
    ownSteps: stepFolder(type),
    childResults: [...new Set([...(needs.enqueues ?? []), ...(needs.after ?? [])])].map(stepFolder),
    files: folders(files.filter((bucket) => !isReadOnlyBucket(bucket))),
    readOnlyFiles: folders(files.filter(isReadOnlyBucket)),
    removedFiles: folders(needs.removesFiles ?? []),
  };
}

export function acknowledgeObjectWildcards(scope: Construct, props: JobQueueProps): void {
  const { ownPayloads, ownSteps, childResults, files, readOnlyFiles } = foldersOf(props.entry.definition);
  const newPayloads = puts(props).map(({ type }) => payloadFolder(type));
  const ofFiles = [...files, ...readOnlyFiles];
  acknowledgeFolders(scope, props.data, [ownPayloads, ownSteps, ...childResults, ...ofFiles, ...newPayloads]);
}
