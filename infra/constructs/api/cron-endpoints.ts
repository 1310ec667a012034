import type { Construct } from "constructs";

import { bucketVariable } from "../../../shared/contracts/buckets.ts";
import { CRON_ENDPOINTS } from "../../../shared/cron/cron-endpoints.ts";
import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { acknowledgeFolders, allowObjects, bucketOf, payloadFolder, stepFolder } from "../object-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";
import { enqueueStatements } from "./enqueue-statements.ts";

/** API Gateway gives up after 30 s; the route answers after 25 at the latest. */
const TIMEOUT_SECONDS = 29;

/** `GET` and `POST` of all paths of `CRON_ENDPOINTS`. */
export class CronEndpoints extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps & { readonly secretArn: string }) {
    const { data, engineEnvironment, secretArn } = props;
    const types = CRON_ENDPOINTS.map(({ definition }) => definition.type);
    // What a job has returned is the last of its steps' results.
    const results = types.map(stepFolder);
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.cron,
      description: "Checks a caller's secret, enqueues a clean-up, reminders or the like, and waits for its end.",
      memoryMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      serviceName: "cron",
      environment: {
        ...engineEnvironment,
        [bucketVariable("jobdata")]: bucketOf(data, "jobdata").name,
        CRON_SECRET_ID: secretArn,
      },
      statements: [
        ...enqueueStatements(scope, props, ...types),
        ...allowObjects(data, { sid: "ReadResults", actions: ["s3:GetObject"], folders: results }),
        readSecret("ReadCronSecret", secretArn),
      ],
    });
    acknowledgeFolders(this, data, [...types.map(payloadFolder), ...results]);
  }
}
