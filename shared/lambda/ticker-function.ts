import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";

import { sqsClient } from "../aws/clients.ts";
import { SqsDeadLetters } from "../aws/sqs-dead-letters.ts";
import { DeadLetterWatch } from "../engine/dead-letter-watch.ts";
import type { TypeSchedule } from "../engine/schedule-sweep.ts";
import { tick } from "../engine/ticker.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { withSchedules } from "../job/with-schedules.ts";
import { composeEngine } from "./compose-engine.ts";

/** Left of the function's time for the metrics; what is still due then is due at the next tick. */
const MARGIN_MS = 5_000;

/** The Lambda function that runs every minute; see `tick` and `DeadLetterWatch`. */
export function tickerFunction(catalog: readonly { readonly definition: JobDefinition }[]) {
  const { logger, metrics, environment, clientSettings, ...engine } = composeEngine(process.env);
  const types = catalog.map(({ definition }) => withSchedules(definition, environment.SCHEDULES));
  const ports = { ...engine, types, schedules: schedulesOf(types) };
  const watch = new DeadLetterWatch({
    ...ports,
    types: types.map(({ type }) => type),
    deadLetters: new SqsDeadLetters(sqsClient(clientSettings), environment.QUEUE_URL_PREFIX),
  });
  return middy<unknown, void>()
    .use(injectLambdaContext(logger))
    .handler(async (_event, context: Context) => {
      const deadlineAt = ports.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
      const { permitsSent, oldestDueAgeMs, needsReview, missedRuns } = await tick(ports, deadlineAt);
      // Only what is not zero: CloudWatch bills a metric by the hours in which it is written, and no data is no alarm.
      if (oldestDueAgeMs > 0) metrics.gauge("oldestDueAge", Math.round(oldestDueAgeMs / 1000), "Seconds");
      if (needsReview > 0) metrics.gauge("needsReview", needsReview, "Count");
      if (missedRuns > 0) metrics.gauge("missedRuns", missedRuns, "Count");
      if (permitsSent > 0) ports.log.info("Permits sent.", { permitsSent });
      // Last: whatever SQS does with these questions, permits and metrics are out.
      const deadLetters = await watch.look();
      if (deadLetters > 0) metrics.gauge("deadLetters", deadLetters, "Count");
    });
}

function schedulesOf(types: readonly JobDefinition[]): TypeSchedule[] {
  return types.flatMap(({ type, schedules = [] }) => schedules.map((schedule) => ({ type, schedule })));
}
