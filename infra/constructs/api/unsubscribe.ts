import type { Construct } from "constructs";

import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { allowKinds } from "../record-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";

/** `GET` and `POST /unsubscribe/{token}` */
export class Unsubscribe extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps) {
    const { data, engineEnvironment, publicUrl } = props;
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.unsubscribe,
      description: "Takes the reader of a broadcast's mail off the list, by its signed link.",
      memoryMb: 512,
      timeoutSeconds: 10,
      serviceName: "unsubscribe",
      environment: { ...engineEnvironment, PUBLIC_URL: publicUrl, LINK_SECRET_ID: data.linkSecretArn },
      statements: [
        allowKinds(data, { sid: "ReadRecords", actions: ["dynamodb:GetItem"], kinds: ["suppression", "settings"] }),
        allowKinds(data, { sid: "WriteRecords", actions: ["dynamodb:PutItem"], kinds: ["suppression"] }),
        readSecret("ReadLinkKeys", data.linkSecretArn),
      ],
    });
  }
}
