import type { Construct } from "constructs";

import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { allowKinds, READ_RECORDS } from "../record-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";

/** `GET /analytics/{tenantId}/overview` */
export class AnalyticsOverview extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps & { readonly secretArn: string }) {
    const { data, engineEnvironment, secretArn } = props;
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.analytics,
      description: "Tells a store's daily overview to callers with the cron secret.",
      memoryMb: 512,
      timeoutSeconds: 10,
      serviceName: "analytics",
      environment: { ...engineEnvironment, CRON_SECRET_ID: secretArn },
      statements: [
        allowKinds(data, { sid: "ReadRecords", actions: READ_RECORDS, kinds: ["analytics", "tenant"] }),
        readSecret("ReadCronSecret", secretArn),
      ],
    });
  }
}
