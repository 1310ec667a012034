import { setTimeout as delay } from "node:timers/promises";

import type { InvocationResult } from "../host/invocation.ts";
import { readBody, type RequestHandler } from "../listener.ts";
import type { HttpRoute } from "../template/installation.ts";
import { httpEvent, type HttpRequest } from "./http-event.ts";
import { answerOfPayload, gatewayAnswer, type HttpAnswer, writeAnswer } from "./http-response.ts";
import { RouteTable } from "./route-table.ts";

export interface HttpApiOptions {
  readonly routes: readonly HttpRoute[];
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationResult>;
  /** API Gateway's limit of 30 s, unless a test cannot wait for it. */
  readonly timeoutMs?: number | undefined;
}

/** API Gateway's limits: 10 MB a request, 30 s an integration. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;

/** API Gateway's HTTP API with the template's routes. */
export function createHttpApi({ routes, invoke, timeoutMs = INTEGRATION_TIMEOUT_MS }: HttpApiOptions): RequestHandler {
  const table = new RouteTable(routes);
  return async (incoming, outgoing, url) => {
    const { method = "GET", headers, socket } = incoming;
    const body = await readBody(incoming, MAX_BODY_BYTES);
    if (body === undefined) {
      writeAnswer(outgoing, gatewayAnswer(413, "Request Entity Too Large"));
      return;
    }
    const request = { method, url, headers, body, sourceIp: socket.remoteAddress ?? "127.0.0.1" };
    writeAnswer(outgoing, await answer(request));
  };

  async function answer(request: HttpRequest): Promise<HttpAnswer> {
    const route = table.match(request.method, request.url.pathname);
    if (route === undefined) return gatewayAnswer(404, "Not Found");
    const result = await withTimeout(invoke(route.functionName, httpEvent(request, route)), timeoutMs);
    if (result === undefined) return gatewayAnswer(503, "Service Unavailable");
    if (!result.ok) return gatewayAnswer(500, "Internal Server Error");
    return answerOfPayload(result.payload);
  }
}

/** Undefined when the time is over first; the function itself runs on, as it does behind API Gateway. */
async function withTimeout<Value>(value: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  const finished = new AbortController();
  try {
    return await Promise.race([value, delay(timeoutMs, undefined, { signal: finished.signal })]);
  } finally {
    finished.abort();
  }
}
