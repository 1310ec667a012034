import type { AwsError, AwsRequest, ServiceName } from "./aws-request.ts";

/** A request as a test's interceptor sees it. */
export interface InterceptedRequest {
  /** Physical name of the function. */
  readonly functionName: string;
  readonly pid: number;
  /** `awsRequestId` of the invocation that runs in that process; undefined between invocations. */
  readonly invocationId: string | undefined;
  readonly service: ServiceName;
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
}

/**
 * What happens to a request:
 * - `pass`: nothing special.
 * - `drop-before`: it is not carried out, and its process is killed with SIGKILL.
 * - `kill-after`: it is carried out, and its process is killed instead of answered.
 * - `lose-response`: it is carried out, and the connection is cut instead of answered.
 * - `{ error }`: it is not carried out, and that error is the answer.
 */
export type Verdict = "pass" | "drop-before" | "kill-after" | "lose-response" | { readonly error: AwsError };

/** Called for each request of a function, before it is carried out. */
export type Intercept = (request: InterceptedRequest) => Verdict | Promise<Verdict>;

export async function askInterceptor(intercept: Intercept | undefined, request: AwsRequest): Promise<Verdict> {
  const { caller, service, operation, method, url, body } = request;
  if (intercept === undefined || caller.kind !== "function") return "pass";
  const { functionName } = caller;
  const sender = { functionName, pid: caller.pid(), invocationId: caller.invocationId() };
  return intercept({ ...sender, service, operation, method, url, body });
}
