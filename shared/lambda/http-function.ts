import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

import type { Log } from "../ports/log.ts";

/** What a route answers: nothing, a JSON body, a page, or another place. */
export type HttpAnswer =
  | { readonly status: 204 }
  | {
      readonly status: number;
      readonly body: Readonly<Record<string, unknown>>;
      /** Besides its content type; names in lower case. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly status: number; readonly html: string }
  | { readonly status: number; readonly location: string };

export interface HttpRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly method: string;
  /** Path as the client sent it, without the query. */
  readonly path: string;
  /** The query as the client sent it, without its question mark. */
  readonly query: string;
  /** What the route's `{name}` stands for. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
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
      const { requestId } = event.requestContext;
      try {
        return respond(await answer(requestOf(event)));
      } catch (error) {
        log.error("Request failed.", error, { correlationId: requestId });
        return respond(errorAnswer(500, "INTERNAL_ERROR", "Something went wrong here. Try again later."));
      }
    });
}

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    headers: event.headers,
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: event.rawQueryString,
    parameters: event.pathParameters ?? {},
    body: bodyBytes(event),
    requestId: event.requestContext.requestId,
  };
}

/** API Gateway hands text types over as text and everything else as base64: decode by the flag, never by guess. */
function bodyBytes({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

/** Pages of our own: no scripts, nothing from elsewhere, in nobody's frame. Links are secrets: no cache, no referrer. */
const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};
const PRIVATE_HEADERS = { "cache-control": "no-store", "referrer-policy": "no-referrer" };

function respond(answer: HttpAnswer): APIGatewayProxyStructuredResultV2 {
  const statusCode = answer.status;
  if ("html" in answer) return { statusCode, headers: { ...PAGE_HEADERS, ...PRIVATE_HEADERS }, body: answer.html };
  if ("location" in answer) return { statusCode, headers: { ...PRIVATE_HEADERS, location: answer.location } };
  if (!("body" in answer)) return { statusCode };
  const headers = { "content-type": "application/json", ...answer.headers };
  return { statusCode, headers, body: JSON.stringify(answer.body) };
}
