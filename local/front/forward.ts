import { request as sendRequest } from "node:http";

import type { Upstream } from "../emulators/emulators.ts";
import { LOOPBACK } from "../listener.ts";
import type { AwsRequest, AwsResponse } from "./aws-request.ts";

export type ForwardedRequest = Pick<AwsRequest, "method" | "url" | "headers" | "body">;

/** Headers that belong to one connection, not to the request; the body's length is set anew. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "expect",
  "host",
  "content-length",
]);

/**
 * Carries a request out on an emulator and reads the whole answer. Never aborted, even when whoever asked is gone: an
 * AWS service finishes what it was asked, too (and dynalite crashes on a request cut short).
 */
export async function forward(upstream: Upstream, request: ForwardedRequest): Promise<AwsResponse> {
  const answer = carryOut(upstream, request);
  upstream.underWay.add(answer);
  try {
    return await answer;
  } finally {
    upstream.underWay.delete(answer);
  }
}

function carryOut({ port, agent }: Upstream, request: ForwardedRequest): Promise<AwsResponse> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name, value]) => value !== undefined && !HOP_HEADERS.has(name)),
  );
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      {
        host: LOOPBACK,
        port,
        agent,
        method: request.method,
        path: request.url,
        headers: { ...headers, "content-length": request.body.length },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: answerHeaders(incoming.headers),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}

/** HEAD's length says how long the object is, so only the connection's own headers go. */
function answerHeaders(headers: Record<string, string | string[] | undefined>): AwsResponse["headers"] {
  const { connection: _connection, "keep-alive": _keepAlive, "transfer-encoding": _encoding, ...kept } = headers;
  return kept;
}
