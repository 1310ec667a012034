import { Logger } from "@aws-lambda-powertools/logger";

import { dynamoClient, s3Client, sqsClient } from "../aws/clients.ts";
import { DynamoJobStore } from "../aws/dynamo-job-store.ts";
import { DynamoRateLimiter } from "../aws/dynamo-rate-limiter.ts";
import { DynamoRecordStore } from "../aws/dynamo-record-store.ts";
import { DynamoScheduleLedger } from "../aws/dynamo-schedule-ledger.ts";
import { S3FileStore, S3ValueStore } from "../aws/s3-file-store.ts";
import { SqsJobQueue } from "../aws/sqs-job-queue.ts";
import { systemClock, systemIds } from "../aws/system-ports.ts";
import { bucketVariable, type BucketName } from "../contracts/buckets.ts";
import { readEnvironment } from "../contracts/environment.ts";
import { createEnqueue } from "../engine/enqueue.ts";
import { PauseBoard } from "../engine/pauses.ts";
import { clientTimeoutMs, permitGraceMs } from "../job/job-times.ts";
import { PowertoolsLog } from "../telemetry/powertools-log.ts";
import { PowertoolsMetrics } from "../telemetry/powertools-metrics.ts";

/**
 * Puts the engine and its adapters together for one function, from its environment. Runs once, at cold start: a wrong
 * environment stops the function with all its problems listed.
 */
export function composeEngine(variables: NodeJS.ProcessEnv) {
  const environment = readEnvironment(variables);
  const clientSettings = { timeoutMs: clientTimeoutMs(environment.TIME_SCALE) };
  const dynamo = dynamoClient(clientSettings);
  const logger = new Logger();
  const log = new PowertoolsLog(logger);
  const onUnreadable = (error: unknown) => log.error("A row of the jobs table cannot be read.", error);
  const records = new DynamoRecordStore(dynamo, environment.RECORDS_TABLE);
  const files = new S3FileStore(s3Client(clientSettings), (bucket) => bucketName(variables, bucket));
  const ports = {
    store: new DynamoJobStore(dynamo, environment.JOBS_TABLE, onUnreadable),
    queue: new SqsJobQueue(sqsClient(clientSettings), environment.QUEUE_URL_PREFIX),
    ledger: new DynamoScheduleLedger(dynamo, environment.RECORDS_TABLE),
    records,
    values: new S3ValueStore(files),
    limiter: new DynamoRateLimiter(dynamo, environment.RECORDS_TABLE),
    pauses: new PauseBoard({ records, clock: systemClock }),
    clock: systemClock,
    ids: systemIds,
    log,
    metrics: new PowertoolsMetrics(),
    permitGraceMs: permitGraceMs(environment.TIME_SCALE),
  };
  return { ...ports, enqueue: createEnqueue(ports), files, logger, dynamo, environment, clientSettings };
}

function bucketName(variables: NodeJS.ProcessEnv, bucket: BucketName): string {
  const name = variables[bucketVariable(bucket)];
  if (name !== undefined) return name;
  throw new Error(`This function has no access to the bucket "${bucket}". Add it to \`needs.files\` of its job type.`);
}

export type Engine = ReturnType<typeof composeEngine>;
