import type { AwsRequest } from "./aws-request.ts";

/** Requests by service, and by operation as `dynamodb:PutItem`. */
export interface CallCounts {
  readonly dynamodb: number;
  readonly sqs: number;
  readonly s3: number;
  readonly ses: number;
  readonly operations: Readonly<Record<string, number>>;
}

export interface CallFilter {
  /** Physical name; all functions without it. */
  readonly functionName?: string;
}

/** Counts what functions ask of AWS. Requests of the runtime itself and of developers are not in it. */
export class CallLog {
  readonly #counts = new Map<string, Map<string, number>>();

  add({ caller, service, operation }: AwsRequest): void {
    if (caller.kind !== "function") return;
    const ofFunction = this.#counts.get(caller.functionName) ?? new Map<string, number>();
    const call = `${service}:${operation}`;
    ofFunction.set(call, (ofFunction.get(call) ?? 0) + 1);
    this.#counts.set(caller.functionName, ofFunction);
  }

  counts({ functionName }: CallFilter = {}): CallCounts {
    const operations: Record<string, number> = {};
    for (const [name, counts] of this.#counts) {
      if (functionName !== undefined && functionName !== name) continue;
      for (const [call, count] of counts) operations[call] = (operations[call] ?? 0) + count;
    }
    const sum = (service: string) =>
      Object.entries(operations)
        .filter(([call]) => call.startsWith(`${service}:`))
        .reduce((total, [, count]) => total + count, 0);
    return { dynamodb: sum("dynamodb"), sqs: sum("sqs"), s3: sum("s3"), ses: sum("ses"), operations };
  }
}
