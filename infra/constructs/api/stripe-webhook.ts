import type { Construct } from "constructs";

import { bucketVariable } from "../../../shared/contracts/buckets.ts";
import { SERVICE_ENTRIES } from "../../function-entries.ts";
import { readSecret } from "../messaging-permissions.ts";
import { acknowledgeFolders, bucketOf, payloadFolder } from "../object-permissions.ts";
import { ApiFunction, type ApiProps } from "./api-function.ts";
import { enqueueStatements } from "./enqueue-statements.ts";

/** The job type that a Stripe event becomes. */
const JOB_TYPE = "stripe_event";

/** Stripe gives a delivery up after some seconds; API Gateway would after 30. */
const TIMEOUT_SECONDS = 15;

/** `POST /webhooks/stripe` */
export class StripeWebhook extends ApiFunction {
  constructor(scope: Construct, id: string, props: ApiProps & { readonly secretArn: string }) {
    const { data, engineEnvironment, secretArn } = props;
    super(scope, id, props, {
      entry: SERVICE_ENTRIES.stripeWebhook,
      description: "Checks a Stripe event's signature and enqueues a job for it.",
      memoryMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      serviceName: "stripe_webhook",
      environment: {
        ...engineEnvironment,
        [bucketVariable("jobdata")]: bucketOf(data, "jobdata").name,
        STRIPE_WEBHOOK_SECRET_ID: secretArn,
      },
      statements: [...enqueueStatements(scope, props, JOB_TYPE), readSecret("ReadSigningSecrets", secretArn)],
    });
    acknowledgeFolders(this, data, [payloadFolder(JOB_TYPE)]);
  }
}
