import { devNull } from "node:os";

import type { Credentials } from "../front/callers.ts";
import type { FunctionDefinition } from "../template/installation.ts";
import { LOCAL_REGION } from "../template/intrinsics.ts";

export interface EnvironmentInput {
  readonly definition: FunctionDefinition;
  readonly credentials: Credentials;
  /** The front: by its address, not a name, so that the S3 client uses path-style requests. */
  readonly frontUrl: string;
}

/** Addresses that the template names and that are elsewhere here: where the API is reached, and what stands in for Twilio. */
export type LocalAddresses = Readonly<Record<"PUBLIC_URL" | "TWILIO_BASE_URL", string>>;

/** A function whose variables lead to this machine, whatever the template says: nothing must reach the real ones. */
export function withLocalAddresses(definition: FunctionDefinition, addresses: LocalAddresses): FunctionDefinition {
  const own = Object.entries(addresses).filter(([name]) => name in definition.environment);
  return { ...definition, environment: { ...definition.environment, ...Object.fromEntries(own) } };
}

/**
 * All that a function's process sees: the template's variables and what Lambda itself sets. Nothing of this machine's
 * own environment, lest a job work here because of a variable that AWS would not have.
 */
export function functionEnvironment({ definition, credentials, frontUrl }: EnvironmentInput): Record<string, string> {
  return {
    ...definition.environment,
    TZ: "UTC",
    LANG: "en_US.UTF-8",
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    LAMBDA_TASK_ROOT: definition.codeDir,
    _HANDLER: definition.handler,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: frontUrl,
    // The SDK would read ~/.aws of whoever runs this; there is none on Lambda.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
