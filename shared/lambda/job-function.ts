import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

import type { JobContext } from "../engine/job-context.ts";
import { Worker } from "../engine/worker.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { deadlineMarginMs, jobTimes } from "../job/job-times.ts";
import { withSchedules } from "../job/with-schedules.ts";
import type { Messenger } from "../ports/messenger.ts";
import { composeEngine, type Engine } from "./compose-engine.ts";
import { composeServices, type Services } from "./compose-services.ts";
import { consumeBatch, type BatchConsumer } from "./consume-batch.ts";

/** A job type's own work; `services` are what its role allows. */
export type JobHandle<Payload> = (job: JobContext<Payload>, services: Services) => Promise<unknown>;

export interface JobFunctionOptions {
  /** For types that send messages: the provider's package is large, so only their functions carry it. */
  readonly messengerOf?: (engine: Engine) => Messenger;
}

/**
 * The Lambda function of a job type: every function has this shell, and no other code between queue and handler.
 *
 * @returns the function, with what it was made of: the fault harness runs the same handle on services of its own.
 */
export function jobFunction<Payload>(
  definition: JobDefinition<Payload>,
  handle: JobHandle<Payload>,
  { messengerOf = () => NO_MESSENGER }: JobFunctionOptions = {},
) {
  const engine = composeEngine(process.env);
  const services = composeServices(engine, messengerOf(engine));
  const times = jobTimes(definition.run, engine.environment.TIME_SCALE);
  const { receipts } = services;
  const worker = new Worker({
    ...engine,
    receipts,
    definition: withSchedules(definition, engine.environment.SCHEDULES),
    times,
    handler: (job) => handle(job, services),
  });
  const consumer: BatchConsumer = {
    consume: (delivery) => worker.consume(delivery),
    marginMs: deadlineMarginMs(times.timeoutSeconds),
    endProcess: () => process.exit(1),
  };
  const lambda = middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(engine.logger))
    .handler((event, context) => consumeBatch(consumer, event, context));
  return Object.assign(lambda, { definition, handle });
}

const noMessenger = (): Promise<never> =>
  Promise.reject(
    new Error("This function sends no messages. Hand `messengerOf` to its `jobFunction`, as sms-message.ts does."),
  );
const NO_MESSENGER: Messenger = { send: noMessenger, report: noMessenger, findSent: noMessenger };
