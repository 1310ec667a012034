import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

import type { JobContext } from "../engine/execute.ts";
import { Worker } from "../engine/worker.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { deadlineMarginMs, jobTimes } from "../job/job-times.ts";
import { composeEngine } from "./compose-engine.ts";
import { composeServices, type Services } from "./compose-services.ts";
import { consumeBatch, type BatchConsumer } from "./consume-batch.ts";

/**
 * The Lambda function of a job type: every function has this shell, and no other code between queue and handler.
 *
 * @param handle the job type's own work; `services` are what its role allows.
 */
export function jobFunction<Payload>(
  definition: JobDefinition<Payload>,
  handle: (job: JobContext<Payload>, services: Services) => Promise<unknown>,
) {
  const engine = composeEngine(process.env);
  const { services, values } = composeServices(engine, process.env);
  const times = jobTimes(definition.run, engine.environment.TIME_SCALE);
  const { receipts } = services;
  const worker = new Worker({
    ...engine,
    values,
    receipts,
    definition,
    times,
    handler: (job) => handle(job, services),
  });
  const consumer: BatchConsumer = {
    consume: (delivery) => worker.consume(delivery),
    marginMs: deadlineMarginMs(times.timeoutSeconds),
    endProcess: () => process.exit(1),
  };
  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(engine.logger))
    .handler((event, context) => consumeBatch(consumer, event, context));
}
