import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import type { JobDefinition, RecordAccess } from "../../shared/job/define-job.ts";
import { acknowledge } from "../acknowledge.ts";
import type { BucketReference, DataReferences } from "../stacks/data-stack.ts";
import { jobQueueArn } from "./job-names.ts";
import type { JobQueueProps } from "./job-queue.ts";

/** Receipts of effects: every worker looks up whether a mail went out before it sends again. */
const RECEIPT_KIND = "receipt";
/** The ledger of a schedule's occurrences: the worker writes down there what became of each. */
const SCHEDULE_KIND = "schedule";

/**
 * What a job type's function may do besides taking from its own queue: no more than its definition says it needs. One
 * statement per need, named by a Sid, so that a reader of the role sees why it is there.
 */
export function needsStatements(scope: Construct, props: JobQueueProps): PolicyStatement[] {
  const { definition } = props.entry;
  return [
    useJobRows(props),
    ...enqueueJobs(scope, props),
    ...useRecords(definition, props),
    ...useFiles(definition, props),
    ...sendMail(scope, props),
  ];
}

function useJobRows({ entry: { definition }, data }: JobQueueProps): PolicyStatement {
  // An event and a tick come without a row; the consumer puts it.
  const createsRows =
    definition.trigger !== undefined || hasSchedules(definition) || (definition.needs.enqueues ?? []).length > 0;
  return new PolicyStatement({
    sid: "UseJobRows",
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem", ...(createsRows ? ["dynamodb:PutItem"] : [])],
    resources: [data.jobsTable.arn],
  });
}

const hasSchedules = ({ schedules = [] }: JobDefinition): boolean => schedules.length > 0;

function enqueueJobs(scope: Construct, { entry: { definition }, config }: JobQueueProps): PolicyStatement[] {
  const types = definition.needs.enqueues ?? [];
  if (types.length === 0) return [];
  return [
    new PolicyStatement({
      sid: "EnqueueJobs",
      actions: ["sqs:SendMessage"],
      resources: types.map((type) => jobQueueArn(scope, config.name, type)),
    }),
  ];
}

function useRecords(definition: JobDefinition, { data }: JobQueueProps): PolicyStatement[] {
  const ofSchedules = hasSchedules(definition) ? [SCHEDULE_KIND] : [];
  const kindsWith = (...access: RecordAccess[]): string[] =>
    Object.entries(definition.needs.records ?? {})
      .filter(([, given]) => access.includes(given))
      .map(([kind]) => kind);
  const readable = new Set([RECEIPT_KIND, ...kindsWith("read", "write"), ...ofSchedules]);
  const writable = new Set([...kindsWith("write"), ...ofSchedules]);
  return [
    allowKinds(data, { sid: "ReadRecords", actions: READ_RECORDS, kinds: readable }),
    ...(writable.size > 0 ? [allowKinds(data, { sid: "WriteRecords", actions: WRITE_RECORDS, kinds: writable })] : []),
  ];
}

const READ_RECORDS = ["dynamodb:GetItem", "dynamodb:Query"] as const;
const WRITE_RECORDS = ["dynamodb:PutItem", "dynamodb:UpdateItem"] as const;

/** Allows actions on the records of some kinds only. */
function allowKinds({ recordsTable }: DataReferences, allowed: AllowedKinds): PolicyStatement {
  const leadingKeys = [...allowed.kinds].map((kind) => `${kind}#*`);
  return new PolicyStatement({
    sid: allowed.sid,
    actions: [...allowed.actions],
    resources: [recordsTable.arn],
    // All four actions always name a partition key, so `ForAllValues` never meets an empty set, which it would let pass.
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": leadingKeys } },
  });
}

interface AllowedKinds {
  readonly sid: string;
  readonly actions: readonly (typeof READ_RECORDS | typeof WRITE_RECORDS)[number][];
  readonly kinds: Iterable<string>;
}

/** The ledger, for the ticker: it looks for occurrences without a trace, and keeps how far it has looked. */
export function keepScheduleLedger(data: DataReferences): PolicyStatement {
  const actions = [...READ_RECORDS, ...WRITE_RECORDS];
  return allowKinds(data, { sid: "KeepScheduleLedger", actions, kinds: [SCHEDULE_KIND] });
}

function useFiles(definition: JobDefinition, { data }: JobQueueProps): PolicyStatement[] {
  const allow = (sid: string, folders: readonly Folder[]): PolicyStatement =>
    new PolicyStatement({
      sid,
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: folders.map(({ bucket, keys }) => `${bucketOf(data, bucket).arn}/${keys}`),
    });
  const files = fileFolders(definition);
  return [allow("StoreStepResults", [stepFolder(definition)]), ...(files.length > 0 ? [allow("UseFiles", files)] : [])];
}

/** The objects that a function may use: one bucket, one pattern of keys. */
interface Folder {
  readonly bucket: string;
  readonly keys: string;
}

const stepFolder = ({ type }: JobDefinition): Folder => ({ bucket: "jobdata", keys: `steps/${type}/*` });

const fileFolders = ({ needs }: JobDefinition): Folder[] =>
  (needs.files ?? []).map((bucket) => ({ bucket, keys: "*" }));

/** @throws RangeError for a name that is not in `contracts/buckets`. */
export function bucketOf({ buckets }: DataReferences, name: string): BucketReference {
  const bucket = buckets[name];
  if (bucket === undefined) throw new RangeError(`There is no bucket "${name}" in shared/contracts/buckets.ts.`);
  return bucket;
}

/** cdk-nag reports every `*` in a resource; objects have no names yet when a role is made. */
export function acknowledgeObjectWildcards(scope: Construct, { entry: { definition }, data }: JobQueueProps): void {
  for (const { bucket, keys } of [stepFolder(definition), ...fileFolders(definition)]) {
    const finding = `Resource::${bucketOf(data, bucket).arnExport}/${keys}` as const;
    acknowledge(
      scope,
      `AwsSolutions-IAM5[${finding}]`,
      `A ${definition.type} job names its objects in ${bucket} itself.`,
    );
  }
}

function sendMail(scope: Construct, { entry: { definition }, config, configurationSetName }: JobQueueProps) {
  if (definition.needs.email !== true) return [];
  const ses = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: "ses", resource, resourceName });
  return [
    new PolicyStatement({
      sid: "SendMail",
      actions: ["ses:SendRawEmail"],
      resources: [ses("identity", config.senderIdentity), ses("configuration-set", configurationSetName)],
    }),
  ];
}
