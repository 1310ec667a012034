import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { APIGatewayProxyEventV2 } from "aws-lambda";

import { LOCAL_ACCOUNT } from "../template/intrinsics.ts";

/** A request read whole. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly sourceIp: string;
}

/**
 * Whether a body of this type reaches a function as text. Measured on AWS: `text/*` and these three are text, whatever
 * their parameters; all else, a missing type too, arrives base64-encoded.
 */
export function isTextType(contentType: string | undefined): boolean {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return type.startsWith("text/") || ["application/json", "application/xml", "application/javascript"].includes(type);
}

export interface RouteMatch {
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The event of API Gateway's HTTP APIs, payload format 2.0. */
export function httpEvent(request: HttpRequest, { routeKey, pathParameters }: RouteMatch): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = request.url;
  const headers = joinHeaders(request.headers);
  const cookies = request.headers.cookie?.split(/;\s*/);
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name).join(",")]),
  );
  const { body, isBase64Encoded } = eventBody(request);
  return {
    version: "2.0",
    routeKey,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters: { ...pathParameters } }),
    requestContext: requestContext(request, { routeKey, path: pathname }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}

/** Names in lower case, repeated ones joined; cookies have a field of their own. */
function joinHeaders({ cookie: _cookie, ...headers }: IncomingHttpHeaders): Record<string, string> {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : (value ?? "")]),
  );
}

function eventBody({ headers, body }: HttpRequest): { body: string | undefined; isBase64Encoded: boolean } {
  if (body.length === 0) return { body: undefined, isBase64Encoded: false };
  const isText = isTextType(headers["content-type"]);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

function requestContext(
  { method, headers, sourceIp }: HttpRequest,
  { routeKey, path }: { readonly routeKey: string; readonly path: string },
): APIGatewayProxyEventV2["requestContext"] {
  const now = new Date();
  const domainName = headers.host ?? "localhost";
  return {
    accountId: LOCAL_ACCOUNT,
    apiId: "local",
    domainName,
    domainPrefix: domainName.split(".")[0] ?? "local",
    http: { method, path, protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
    requestId: randomUUID(),
    routeKey,
    stage: "$default",
    time: now.toISOString(),
    timeEpoch: now.getTime(),
  };
}
