import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

import type { JobContext } from "../engine/execute.ts";
import { Worker, type Delivery } from "../engine/worker.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { deadlineMarginMs, jobTimes } from "../job/job-times.ts";
import { composeEngine } from "./compose-engine.ts";
import { composeServices, type Services } from "./compose-services.ts";

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
  const marginMs = deadlineMarginMs(times.timeoutSeconds);
  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(engine.logger))
    .handler((event, context) => consumeBatch(worker, event, context, marginMs));
}

/** Every record ends on its own: exactly those that are not done are reported, and come back. */
async function consumeBatch<Payload>(
  worker: Worker<Payload>,
  event: SQSEvent,
  context: Context,
  marginMs: number,
): Promise<SQSBatchResponse> {
  const deadlineAt = Date.now() + context.getRemainingTimeInMillis() - marginMs;
  const consumed = await Promise.all(event.Records.map((record) => worker.consume(deliveryOf(record, deadlineAt))));
  if (consumed.some(({ isRuntimeStuck }) => isRuntimeStuck)) endProcess();
  const returned = event.Records.filter((_, index) => consumed[index]?.isDone !== true);
  return { batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function deliveryOf({ body, receiptHandle, attributes }: SQSRecord, deadlineAt: number): Delivery {
  return { body, receiptHandle, receiveCount: Number(attributes.ApproximateReceiveCount), deadlineAt };
}

/**
 * Ends a runtime in which a handler goes on after its deadline: frozen with the function, it would wake up inside a later
 * invocation. Its attempt is recorded; what its batch neighbours have done is recorded too, and their messages find that.
 */
function endProcess(): never {
  process.exit(1);
}
