import type { Upstream } from "../../emulators/emulators.ts";
import { type AwsRequest, type AwsResponse, type AwsService, errorResponse } from "../aws-request.ts";
import { forward } from "../forward.ts";

/**
 * S3 by fauxqs, which takes `If-None-Match: *` on a put and then overwrites all the same. Puts to one key queue up here,
 * so that looking whether the key is free and writing it are one step.
 */
export function s3Service(upstream: Upstream): AwsService {
  const lastPut = new Map<string, Promise<unknown>>();
  return (request) => {
    if (request.method !== "PUT") return forward(upstream, request);
    const key = pathOf(request);
    const previous = lastPut.get(key) ?? Promise.resolve();
    // A put that failed does not fail the next one.
    const put = previous.catch(() => undefined).then(() => putObject(upstream, request));
    lastPut.set(key, put);
    return put.finally(() => {
      if (lastPut.get(key) === put) lastPut.delete(key);
    });
  };
}

async function putObject(upstream: Upstream, request: AwsRequest): Promise<AwsResponse> {
  if (request.headers["if-none-match"] === "*" && (await exists(upstream, request))) {
    const message = "At least one of the pre-conditions you specified did not hold";
    return errorResponse("s3", { status: 412, code: "PreconditionFailed", message });
  }
  return forward(upstream, request);
}

async function exists(upstream: Upstream, request: AwsRequest): Promise<boolean> {
  const { authorization } = request.headers;
  const { status } = await forward(upstream, {
    method: "HEAD",
    url: pathOf(request),
    headers: authorization === undefined ? {} : { authorization },
    body: Buffer.alloc(0),
  });
  return status === 200;
}

const pathOf = ({ parsedUrl }: AwsRequest): string => parsedUrl.pathname;
