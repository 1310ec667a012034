import type { ServerResponse } from "node:http";

import * as z from "zod";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const structuredResponse = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

/** An answer of API Gateway's own, in its words. */
export const gatewayAnswer = (status: number, message: string): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ message })),
});

/**
 * What API Gateway makes of a function's result: one with a `statusCode` is the response, anything else is its JSON body
 * with status 200; a response that cannot be read is an internal error.
 */
export function answerOfPayload(payload: unknown): HttpAnswer {
  const isStructured = typeof payload === "object" && payload !== null && "statusCode" in payload;
  if (!isStructured) {
    const body = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
  }
  const response = structuredResponse.safeParse(payload);
  if (!response.success) return gatewayAnswer(500, "Internal Server Error");
  const { statusCode, headers, cookies, body, isBase64Encoded } = response.data;
  return {
    status: statusCode,
    headers: {
      "content-type": "text/plain;charset=UTF-8",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ...(cookies.length === 0 ? {} : { "set-cookie": cookies }),
    },
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

export function writeAnswer(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  for (const [name, value] of Object.entries(headers))
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  response.writeHead(status, { "content-length": body.length, "apigw-requestid": "local" });
  response.end(body);
}
