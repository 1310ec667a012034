import { Logger } from "@aws-lambda-powertools/logger";

import { dynamoClient, sqsClient } from "../aws/clients.ts";
import { DynamoJobStore } from "../aws/dynamo-job-store.ts";
import { DynamoScheduleLedger } from "../aws/dynamo-schedule-ledger.ts";
import { SqsJobQueue } from "../aws/sqs-job-queue.ts";
import { systemClock, systemIds } from "../aws/system-ports.ts";
import { readEnvironment } from "../contracts/environment.ts";
import { createEnqueue } from "../engine/enqueue.ts";
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
  const ports = {
    store: new DynamoJobStore(dynamo, environment.JOBS_TABLE, onUnreadable),
    queue: new SqsJobQueue(sqsClient(clientSettings), environment.QUEUE_URL_PREFIX),
    ledger: new DynamoScheduleLedger(dynamo, environment.RECORDS_TABLE),
    clock: systemClock,
    ids: systemIds,
    log,
    metrics: new PowertoolsMetrics(),
    permitGraceMs: permitGraceMs(environment.TIME_SCALE),
  };
  return { ...ports, enqueue: createEnqueue(ports), logger, dynamo, environment, clientSettings };
}

export type Engine = ReturnType<typeof composeEngine>;
