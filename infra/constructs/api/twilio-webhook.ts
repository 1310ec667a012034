import type { Construct } from "constructs";

import { bucketVariable } from "../../../shared/contracts/buckets.ts";
import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { acknowledgeFolders, bucketOf, payloadFolder } from "../object-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";
import { enqueueStatements } from "./enqueue-statements.ts";

/** The job type that a status callback becomes. */
const JOB_TYPE = "twilio_event";

/** Twilio's own for callbacks (https://www.twilio.com/docs/usage/webhooks/webhooks-faq): later, nobody hears the answer. */
const TIMEOUT_SECONDS = 15;

/** `POST /webhooks/twilio` */
export class TwilioWebhook extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps & { readonly secretArn: string }) {
    const { data, engineEnvironment, secretArn, publicUrl } = props;
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.twilioWebhook,
      description: "Checks the signature of a message's status callback and enqueues a job for it.",
      memoryMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      serviceName: "twilio_webhook",
      environment: {
        ...engineEnvironment,
        [bucketVariable("jobdata")]: bucketOf(data, "jobdata").name,
        // Twilio signs the address that it calls.
        PUBLIC_URL: publicUrl,
        TWILIO_SECRET_ID: secretArn,
      },
      statements: [...enqueueStatements(scope, props, JOB_TYPE), readSecret("ReadTwilioSecret", secretArn)],
    });
    acknowledgeFolders(this, data, [payloadFolder(JOB_TYPE)]);
  }
}
