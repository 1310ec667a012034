import type { IncomingMessage, ServerResponse } from "node:http";

import { type RequestHandler, readBody } from "../listener.ts";
import { type AwsRequest, type AwsResponse, type AwsService, errorResponse, type ServiceName } from "./aws-request.ts";
import type { CallLog } from "./call-log.ts";
import type { Caller, Callers } from "./callers.ts";
import { readOperation, readSignature } from "./identify.ts";
import { askInterceptor, type Intercept, type Verdict } from "./interception.ts";

export interface FrontOptions {
  readonly services: Readonly<Record<ServiceName, AwsService>>;
  readonly callers: Callers;
  readonly callLog: CallLog;
  readonly intercept?: Intercept | undefined;
}

/** Over every service's own limit (S3's single put takes 5 GB on AWS, fauxqs 11 MB; SES 40 MB). */
const MAX_BODY_BYTES = 48 * 1024 * 1024;

/** The one door to all AWS services: read → identify → count → ask the interceptor → carry out → answer. */
export function createFront(options: FrontOptions): RequestHandler {
  return async (incoming, outgoing) => {
    const request = await readRequest(options.callers, incoming);
    if (request === undefined) {
      outgoing.writeHead(403, { "content-type": "application/json" }).end(NOT_SIGNED);
      return;
    }
    options.callLog.add(request);
    const verdict = await askInterceptor(options.intercept, request);
    await carryOut({ request, verdict, service: options.services[request.service], outgoing });
  };
}

const NOT_SIGNED = JSON.stringify({
  __type: "MissingAuthenticationTokenException",
  message: "Sign the request with AWS Signature Version 4 for dynamodb, sqs, s3, ses, secretsmanager or scheduler.",
});

async function readRequest(callers: Callers, incoming: IncomingMessage): Promise<AwsRequest | undefined> {
  const { method = "GET", url = "/", headers } = incoming;
  const line = { method, url, headers };
  const signature = readSignature(line);
  const body = await readBody(incoming, MAX_BODY_BYTES);
  if (signature === undefined || body === undefined) return undefined;
  const { service, accessKeyId } = signature;
  return {
    ...line,
    body,
    service,
    operation: readOperation(service, line, body),
    caller: callers.identify(accessKeyId),
  };
}

interface Exchange {
  readonly request: AwsRequest;
  readonly verdict: Verdict;
  readonly service: AwsService;
  readonly outgoing: ServerResponse;
}

async function carryOut({ request, verdict, service, outgoing }: Exchange): Promise<void> {
  if (verdict === "drop-before") {
    kill(request.caller);
    outgoing.destroy();
    return;
  }
  const response =
    typeof verdict === "object" ? errorResponse(request.service, verdict.error) : await answerOf(service, request);
  if (verdict === "kill-after") kill(request.caller);
  if (verdict === "kill-after" || verdict === "lose-response") outgoing.destroy();
  else send(outgoing, response);
}

/** A fault of the emulator is the service's fault to whoever asked, who may try again. */
async function answerOf(service: AwsService, request: AwsRequest): Promise<AwsResponse> {
  try {
    return await service(request);
  } catch (error) {
    const message = `The embedded ${request.service} failed: ${String(error)}`;
    return errorResponse(request.service, { status: 500, code: "InternalFailure", message });
  }
}

function kill(caller: Caller): void {
  if (caller.kind === "function") caller.kill();
}

function send(outgoing: ServerResponse, { status, headers, body }: AwsResponse): void {
  outgoing.writeHead(status, { "content-length": body.length, ...headers });
  outgoing.end(body);
}
