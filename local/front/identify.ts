import type { IncomingHttpHeaders } from "node:http";

import { SERVICES, type ServiceName } from "./aws-request.ts";

export interface RequestLine {
  readonly method: string;
  /** Path with query, as sent. */
  readonly url: string;
  readonly parsedUrl: URL;
  readonly headers: IncomingHttpHeaders;
}

/** What a signature says of its sender. Nobody checks the signature itself: see docs/local-differences.md. */
export interface Signature {
  readonly accessKeyId: string;
  readonly service: ServiceName;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/[^/,\s]+\/([^/,\s]+)\/aws4_request/;

/** From the Authorization header, or from the query of a presigned URL; undefined where a request has neither. */
export function readSignature({ headers, parsedUrl }: RequestLine): Signature | undefined {
  const presigned = parsedUrl.searchParams.get("X-Amz-Credential");
  const scope = CREDENTIAL.exec(headers.authorization ?? `Credential=${presigned ?? ""}`);
  const [, accessKeyId, service] = scope ?? [];
  if (accessKeyId === undefined || !isServiceName(service)) return undefined;
  return { accessKeyId, service };
}

function isServiceName(name: string | undefined): name is ServiceName {
  return SERVICES.some((service) => service === name);
}

/** The operation's name as in the SDK's commands. */
export function readOperation(service: ServiceName, line: RequestLine, body: Buffer): string {
  switch (service) {
    case "dynamodb":
    case "sqs":
    case "secretsmanager":
      return String(line.headers["x-amz-target"] ?? "").split(".")[1] ?? UNKNOWN;
    case "s3":
      return s3Operation(line);
    case "ses":
    case "sts":
      return line.url.startsWith("/v2/")
        ? sesV2Operation(line)
        : (new URLSearchParams(body.toString()).get("Action") ?? UNKNOWN);
    case "scheduler":
      return SCHEDULER_OPERATIONS[line.method] ?? UNKNOWN;
  }
}

const UNKNOWN = "Unknown";

const SCHEDULER_OPERATIONS: Readonly<Record<string, string>> = {
  POST: "CreateSchedule",
  GET: "GetSchedule",
  PUT: "UpdateSchedule",
  DELETE: "DeleteSchedule",
};

function sesV2Operation({ method, url, parsedUrl }: RequestLine): string {
  if (url.startsWith("/v2/email/outbound-emails")) return "SendEmail";
  if (url.startsWith("/v2/email/account")) return "GetAccount";
  return `${method} ${parsedUrl.pathname}`;
}

/** The SDK says it in `x-id`; the path and the query do for other programs. */
function s3Operation({ method, parsedUrl }: RequestLine): string {
  const { pathname, searchParams } = parsedUrl;
  const named = searchParams.get("x-id");
  if (named !== null) return named;
  const isObject = pathname.split("/").filter((part) => part !== "").length > 1;
  if (isObject) return S3_OBJECT_OPERATIONS[method] ?? UNKNOWN;
  return pathname === "/" ? "ListBuckets" : (S3_BUCKET_OPERATIONS[method] ?? UNKNOWN);
}

const S3_OBJECT_OPERATIONS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  PUT: "PutObject",
  HEAD: "HeadObject",
  DELETE: "DeleteObject",
  POST: "PostObject",
};

const S3_BUCKET_OPERATIONS: Readonly<Record<string, string>> = {
  GET: "ListObjectsV2",
  PUT: "CreateBucket",
  HEAD: "HeadBucket",
  DELETE: "DeleteBucket",
  POST: "DeleteObjects",
};
