import * as z from "zod";

import { dynamoClient, s3Client, sqsClient } from "../shared/aws/clients.ts";
import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import { DynamoReceiptStore } from "../shared/aws/dynamo-receipt-store.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { DynamoScheduleLedger } from "../shared/aws/dynamo-schedule-ledger.ts";
import { S3FileStore, S3ValueStore } from "../shared/aws/s3-file-store.ts";
import { SqsDeadLetters } from "../shared/aws/sqs-dead-letters.ts";
import { SqsJobQueue } from "../shared/aws/sqs-job-queue.ts";
import { systemClock, systemIds } from "../shared/aws/system-ports.ts";
import { clientTimeoutMs, permitGraceMs } from "../shared/job/job-times.ts";
import { MissingSettingsError } from "./errors.ts";

/** Which stack is meant. */
export interface StackSettings {
  /** The output `JobsTableName` of the stacks; JOBS_TABLE in the environment. */
  readonly jobsTable: string;
  /** The output `RecordsTableName`; RECORDS_TABLE. */
  readonly recordsTable: string;
  /** The output `QueueUrlPrefix`: URL of any job queue up to its type; QUEUE_URL_PREFIX. */
  readonly queueUrlPrefix: string;
  /** The output `JobDataBucketName`; BUCKET_JOBDATA. Only needed where a payload or result has more than 32 KB. */
  readonly jobDataBucket?: string;
  /** The stacks' region; where the AWS SDK finds one (AWS_REGION, a profile) by default. */
  readonly region?: string;
}

/** By variable, the output of the stacks that says its value. */
const OUTPUTS: Readonly<Record<string, string>> = {
  JOBS_TABLE: "JobsTableName",
  RECORDS_TABLE: "RecordsTableName",
  QUEUE_URL_PREFIX: "QueueUrlPrefix",
};

const variables = z.object({
  JOBS_TABLE: z.string().min(1),
  RECORDS_TABLE: z.string().min(1),
  QUEUE_URL_PREFIX: z.url(),
});

/**
 * The stack that the environment names, or what is given in its place.
 *
 * @throws MissingSettingsError that lists what is missing and where to find it.
 */
export function stackSettings(
  environment: Readonly<Record<string, string | undefined>>,
  given: Partial<StackSettings> = {},
): StackSettings {
  const parsed = variables.safeParse({
    JOBS_TABLE: given.jobsTable ?? environment["JOBS_TABLE"],
    RECORDS_TABLE: given.recordsTable ?? environment["RECORDS_TABLE"],
    QUEUE_URL_PREFIX: given.queueUrlPrefix ?? environment["QUEUE_URL_PREFIX"],
  });
  if (!parsed.success) throw unnamedStack(parsed.error.issues.map(({ path }) => path.join(".")));
  const { JOBS_TABLE, RECORDS_TABLE, QUEUE_URL_PREFIX } = parsed.data;
  const bucket = given.jobDataBucket ?? environment["BUCKET_JOBDATA"];
  return {
    jobsTable: JOBS_TABLE,
    recordsTable: RECORDS_TABLE,
    queueUrlPrefix: QUEUE_URL_PREFIX,
    ...(bucket !== undefined && bucket !== "" && { jobDataBucket: bucket }),
    ...(given.region !== undefined && { region: given.region }),
  };
}

function unnamedStack(missing: readonly string[]): MissingSettingsError {
  const outputs = missing.map((name) => `${name} to the output ${OUTPUTS[name]}`).join(", ");
  return new MissingSettingsError(
    `The environment does not say which stack is meant. Set ${outputs} (of your stacks).`,
  );
}

/**
 * The ports of a deployed (or embedded) stack, for programs outside of it. Credentials and endpoints come from where the AWS
 * SDK finds them.
 *
 * @param timeoutMs after which a request is given up, to be tried again; as a worker's by default.
 */
export function openStack(
  { jobsTable, recordsTable, queueUrlPrefix, jobDataBucket, region }: StackSettings,
  timeoutMs = clientTimeoutMs(),
) {
  const settings = { timeoutMs, ...(region !== undefined && { region }) };
  const documents = dynamoClient(settings);
  const sqs = sqsClient(settings);
  const s3 = s3Client(settings);
  const files = new S3FileStore(s3, () => {
    if (jobDataBucket !== undefined) return jobDataBucket;
    throw new MissingSettingsError(
      "A payload or result lies in S3. Set BUCKET_JOBDATA to the output JobDataBucketName (of your stacks).",
    );
  });
  return {
    ports: {
      store: new DynamoJobStore(documents, jobsTable),
      ledger: new DynamoScheduleLedger(documents, recordsTable),
      receipts: new DynamoReceiptStore(documents, recordsTable),
      records: new DynamoRecordStore(documents, recordsTable),
      values: new S3ValueStore(files),
      queue: new SqsJobQueue(sqs, queueUrlPrefix),
      deadLetters: new SqsDeadLetters(sqs, queueUrlPrefix),
      clock: systemClock,
      ids: systemIds,
      permitGraceMs: permitGraceMs(),
    },
    /** Closes the connections. */
    close: () => {
      for (const client of [documents, sqs, s3]) client.destroy();
    },
  };
}
