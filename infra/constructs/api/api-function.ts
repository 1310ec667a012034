import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import type { CatalogEntry } from "../../../shared/catalog/index.ts";
import type { BundleOf } from "../../build-functions.ts";
import type { Config } from "../../config.ts";
import type { DataReferences } from "../../stacks/data-stack.ts";
import { BacklineFunction } from "../backline-function.ts";

/** What the functions behind the HTTP API are made from. */
export interface ApiProps {
  readonly bundleOf: BundleOf;
  /** All types that are deployed: what a webhook may do depends on what it enqueues. */
  readonly catalog: readonly CatalogEntry[];
  readonly config: Config;
  readonly data: DataReferences;
  readonly engineEnvironment: Readonly<Record<string, string>>;
  /** Where the API is reached from outside, without a slash at its end. */
  readonly publicUrl: string;
}

/** One function behind the API. */
export interface ApiFunctionProps {
  /** One of `SERVICE_ENTRIES`; the function is named after it. */
  readonly entry: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly serviceName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

/** A function that answers requests. Its subclasses are one a file, each with what it may do. */
export class ApiFunction extends BacklineFunction {
  constructor(scope: Construct, id: string, { bundleOf, config }: ApiProps, { entry, ...own }: ApiFunctionProps) {
    super(scope, id, {
      ...own,
      functionName: `${config.name}-${entry.replaceAll("/", "-")}`,
      bundle: bundleOf(entry),
      logRetentionDays: config.logRetentionDays,
    });
  }
}
