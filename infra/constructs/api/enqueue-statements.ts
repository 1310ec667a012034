import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import { CREATE_JOB_ROWS, sendPermits, storePayloads, targetsOf, useLines } from "../enqueue-permissions.ts";
import type { ApiProps } from "./api-function.ts";

/** What it takes to enqueue jobs of some types from a request. */
export function enqueueStatements(scope: Construct, props: ApiProps, ...types: readonly string[]): PolicyStatement[] {
  const { config, data, catalog } = props;
  const targets = targetsOf(catalog, types);
  return [
    // A repeated event reads the row that is there already, to tell whether it is the same.
    new PolicyStatement({ sid: "CreateJobRows", actions: [...CREATE_JOB_ROWS], resources: [data.jobsTable.arn] }),
    ...useLines(data, targets),
    ...sendPermits(scope, { config, data, targets }),
    ...storePayloads(data, targets),
  ];
}
