import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

import type { Log } from "../ports/log.ts";

/** What a route answers: a status and a JSON body. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface HttpRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body's bytes as the client sent them. */
  readonly body: Buffer;
  /** API Gateway's id of the request; goes into log lines as the correlation id. */
  readonly requestId: string;
}

/** A short error in JSON; `message` says what is wrong and what to do, never what was sent. */
export const errorAnswer = (status: number, code: string, message: string): HttpAnswer => ({
  status,
  body: { error: { code, message } },
});

/** The Lambda function of an HTTP route. A surprise is logged with its stack and answered 500 without details. */
export function httpFunction(
  { logger, log }: { readonly logger: Logger; readonly log: Log },
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
) {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(injectLambdaContext(logger))
    .handler(async (event) => {
      const requestId = event.requestContext.requestId;
      try {
        return respond(await answer({ headers: event.headers, body: bodyBytes(event), requestId }));
      } catch (error) {
        log.error("Request failed.", error, { correlationId: requestId });
        return respond(errorAnswer(500, "INTERNAL_ERROR", "Something went wrong here. Try again later."));
      }
    });
}

/** API Gateway hands text types over as text and everything else as base64: decode by the flag, never by guess. */
function bodyBytes({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

function respond({ status, body }: HttpAnswer): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
