import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";

import { tick } from "../../shared/engine/ticker.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";

/** Left of the function's time for the metrics; what is still due then is due at the next tick. */
const MARGIN_MS = 5_000;

const { logger, metrics, ...ports } = composeEngine(process.env);

export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger))
  .handler(async (_event, context: Context) => {
    const deadlineAt = ports.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    const { permitsSent, oldestDueAgeMs, needsReview } = await tick(ports, deadlineAt);
    metrics.gauge("oldestDueAge", Math.round(oldestDueAgeMs / 1000), "Seconds");
    metrics.gauge("needsReview", needsReview, "Count");
    if (permitsSent > 0) ports.log.info("Permits sent.", { permitsSent });
  });
