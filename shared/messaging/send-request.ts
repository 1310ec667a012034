import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface OutgoingRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for all of it, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request, once, on a connection of its own. Twilio has no idempotency key, so nothing is repeated; and a kept
 * connection may have ended while a function was frozen, which only the sending would show, as an outcome that nobody knows.
 *
 * @throws what Node throws: a code such as `ECONNREFUSED`, or `TimeoutError`.
 */
export function sendRequest({ method, url, headers, body, timeoutMs }: OutgoingRequest): Promise<Answer> {
  const open = url.protocol === "http:" ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = open(url, { method, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
