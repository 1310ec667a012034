import type { ServerResponse } from "node:http";

import { type RequestHandler, readBody } from "../listener.ts";
import {
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  errorResponse,
  jsonResponse,
  type ServiceName,
} from "./aws-request.ts";
import type { CallLog } from "./call-log.ts";
import type { Caller, Callers } from "./callers.ts";
import { readOperation, readSignature, type RequestLine, type Signature } from "./identify.ts";
import { askInterceptor, type Intercept, type Verdict } from "./interception.ts";

export interface FrontOptions {
  readonly services: Readonly<Record<ServiceName, AwsService>>;
  readonly callers: Callers;
  readonly callLog: CallLog;
  readonly intercept?: Intercept | undefined;
}

/** Over every service's own limit, the largest being SES's: a mail of 10 MiB is up to 40 MiB as an escaped form. */
const MAX_BODY_MIB = 48;
/** What fauxqs takes; S3's single put takes 5 GB on AWS. */
const MAX_S3_BODY_MIB = 11;

/** The one door to all AWS services: read → identify → count → ask the interceptor → carry out → answer. */
export function createFront(options: FrontOptions): RequestHandler {
  return async (incoming, outgoing, parsedUrl) => {
    const { method = "GET", url = "/", headers } = incoming;
    const line = { method, url, parsedUrl, headers };
    const signature = readSignature(line);
    const maxMib = signature?.service === "s3" ? MAX_S3_BODY_MIB : MAX_BODY_MIB;
    const body = await readBody(incoming, maxMib * 1024 * 1024);
    if (body === undefined) return send(outgoing, tooLong(signature, maxMib));
    if (signature === undefined) return send(outgoing, NOT_SIGNED);
    const request = signedRequest(line, { signature, body, callers: options.callers });
    options.callLog.add(request);
    const verdict = await askInterceptor(options.intercept, request);
    await carryOut({ request, verdict, service: options.services[request.service], outgoing });
  };
}

const NOT_SIGNED = jsonResponse(
  {
    __type: "MissingAuthenticationTokenException",
    message: "Sign the request with AWS Signature Version 4 for dynamodb, sqs, s3, ses, secretsmanager or scheduler.",
  },
  403,
);

/** In the words of the service that was asked; in JSON where the signature does not say which. */
function tooLong(signature: Signature | undefined, maxMib: number): AwsResponse {
  const message = `The request's body is longer than ${maxMib} MiB, the most that the embedded ${signature?.service ?? "services"} can take.`;
  return errorResponse(signature?.service ?? "dynamodb", { status: 413, code: "EntityTooLarge", message });
}

interface ReadRequest {
  readonly signature: Signature;
  readonly body: Buffer;
  readonly callers: Callers;
}

function signedRequest(line: RequestLine, { signature, body, callers }: ReadRequest): AwsRequest {
  const { service, accessKeyId } = signature;
  const operation = readOperation(service, line, body);
  return { ...line, body, service, operation, caller: callers.identify(accessKeyId) };
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
