import type { Upstream } from "../../emulators/emulators.ts";
import { LOCAL_ACCOUNT } from "../../template/intrinsics.ts";
import type { AwsRequest, AwsResponse, AwsService } from "../aws-request.ts";
import { forward } from "../forward.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import { MessageGroups } from "./message-groups.ts";

export interface SqsOptions {
  readonly upstream: Upstream;
  /** The front's own address: what queue URLs in answers start with, so that they work from anywhere on this machine. */
  readonly frontUrl: string;
}

/**
 * SQS by fauxqs. Whatever URL a queue is called by (AWS's own, the front's), its last part is its name; URLs in answers
 * lead to the front. Keeps `MessageGroupId` of standard queues, which fauxqs drops.
 */
export function sqsService({ upstream, frontUrl }: SqsOptions): AwsService {
  const groups = new MessageGroups();
  return async (request) => {
    if (request.operation === "CreateQueue" || request.operation === "DeleteQueue") return refuse(request.operation);
    const parsed = parseJsonObject(request.body);
    if (parsed === undefined) return forward(upstream, request);
    const input = { ...parsed, ...("QueueUrl" in parsed ? { QueueUrl: plainUrl(parsed["QueueUrl"]) } : {}) };
    const response = await forward(upstream, { ...request, url: "/", body: Buffer.from(JSON.stringify(input)) });
    const output = response.status === 200 ? parseJsonObject(response.body) : undefined;
    if (output === undefined) return response;
    groups.note(request.operation, input, output);
    return withBody(response, withPublicUrls(groups.restore(request.operation, output), frontUrl));
  };
}

/** The URL of a queue as everybody here may use it. */
export const queueUrl = (frontUrl: string, name: string): string => `${frontUrl}/${LOCAL_ACCOUNT}/${name}`;

/** fauxqs finds a queue by the last part of a URL whose host names no region. */
function plainUrl(url: unknown): string {
  const name = String(url).split("/").at(-1) ?? "";
  return `http://queue/${LOCAL_ACCOUNT}/${name}`;
}

function withPublicUrls(output: JsonObject, frontUrl: string): JsonObject {
  const { QueueUrl, QueueUrls, ...rest } = output;
  const publish = (url: unknown) => queueUrl(frontUrl, String(url).split("/").at(-1) ?? "");
  return {
    ...rest,
    ...(QueueUrl === undefined ? {} : { QueueUrl: publish(QueueUrl) }),
    ...(Array.isArray(QueueUrls) ? { QueueUrls: QueueUrls.map(publish) } : {}),
  };
}

function withBody(response: AwsResponse, output: JsonObject): AwsResponse {
  const { "content-length": _length, ...headers } = response.headers;
  return { ...response, headers, body: Buffer.from(JSON.stringify(output)) };
}

/** Only the template creates queues: one that it does not declare would exist here and be missing on AWS. */
function refuse(operation: AwsRequest["operation"]): AwsResponse {
  return {
    status: 403,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: Buffer.from(
      JSON.stringify({
        __type: "com.amazonaws.sqs#AccessDenied",
        message: `${operation} is refused: the template alone says which queues there are.`,
      }),
    ),
  };
}
