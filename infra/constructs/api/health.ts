import type { Construct } from "constructs";

import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";

/** `GET /health` */
export class Health extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.health,
      description: "Answers that the API is there.",
      memoryMb: 128,
      timeoutSeconds: 5,
      serviceName: "health",
      environment: {},
      statements: [],
    });
  }
}
