import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

import type { Caller } from "./callers.ts";

/** The services that functions may talk to here, by their name in the signature's scope. */
export const SERVICES = ["dynamodb", "sqs", "s3", "ses", "secretsmanager", "scheduler", "sts"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** A signed request for an AWS service, read whole, with its sender known. */
export interface AwsRequest {
  readonly caller: Caller;
  readonly service: ServiceName;
  /** As in the SDK's command, `PutItem`; "Unknown" where the request does not tell. */
  readonly operation: string;
  readonly method: string;
  /** Path with query, as sent. */
  readonly url: string;
  readonly parsedUrl: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** One service behind the front. */
export type AwsService = (request: AwsRequest) => Promise<AwsResponse>;

export const jsonResponse = (value: unknown, status = 200): AwsResponse => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify(value)),
});

export const xmlResponse = (xml: string, status = 200): AwsResponse => ({
  status,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`),
});

/** An error as the AWS SDK of that service understands it: XML where the service speaks XML, else JSON. */
export interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export function errorResponse(service: ServiceName, { status, code, message }: AwsError): AwsResponse {
  const content = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  switch (service) {
    case "s3":
      return xmlResponse(`<Error>${content}<RequestId>local</RequestId></Error>`, status);
    case "ses":
    case "sts":
      return xmlResponse(
        `<ErrorResponse><Error><Type>Sender</Type>${content}</Error><RequestId>local</RequestId></ErrorResponse>`,
        status,
      );
    case "dynamodb":
    case "sqs":
    case "secretsmanager":
    case "scheduler": {
      const response = jsonResponse({ __type: code, message, Message: message }, status);
      return { ...response, headers: { ...response.headers, "x-amzn-errortype": code } };
    }
  }
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
