import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import type { CatalogEntry } from "../../shared/catalog/index.ts";
import { bucketVariable } from "../../shared/contracts/buckets.ts";
import { acknowledge } from "../acknowledge.ts";
import type { BundleOf } from "../build-functions.ts";
import type { Config } from "../config.ts";
import { SERVICE_ENTRIES } from "../function-entries.ts";
import type { DataReferences } from "../stacks/data-stack.ts";
import { BacklineFunction } from "./backline-function.ts";
import { CREATE_JOB_ROWS, sendPermits, storePayloads, targetsOf, useLines } from "./enqueue-permissions.ts";
import { acknowledgeFolders, bucketOf, payloadFolder } from "./object-permissions.ts";

/** The job type that a Stripe event becomes. */
const STRIPE_JOB_TYPE = "stripe_event";

/**
 * Requests a second that the API lets through, and how many may come at once. Stripe sends what is refused again for
 * three days, so this only spreads a burst.
 */
const RATE_LIMIT = 50;
const BURST_LIMIT = 100;

/** Stripe gives a delivery up after some seconds; API Gateway would after 30. */
const WEBHOOK_TIMEOUT_SECONDS = 15;

/** What is kept of a request: who, what and how it ended, nothing of what it carried. */
const ACCESS_LOG_LINE = {
  time: "$context.requestTime",
  requestId: "$context.requestId",
  ip: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
  responseBytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  error: "$context.integrationErrorMessage",
};

export interface PublicApiProps {
  readonly bundleOf: BundleOf;
  /** All types that are deployed: what a webhook may do depends on what it enqueues. */
  readonly catalog: readonly CatalogEntry[];
  readonly config: Config;
  readonly data: DataReferences;
  readonly engineEnvironment: Readonly<Record<string, string>>;
}

/** The HTTP API that the outside calls: Stripe's webhook and a health check. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly stripeSecret: Secret;

  constructor(scope: Construct, id: string, props: PublicApiProps) {
    super(scope, id);
    this.stripeSecret = this.#createStripeSecret();
    this.api = new HttpApi(this, "Api", { apiName: props.config.name, createDefaultStage: false });
    this.stage = this.#createStage(props.config);
    this.#addRoute(HttpMethod.POST, "/webhooks/stripe", "StripeWebhook", this.#createWebhook(props));
    this.#addRoute(HttpMethod.GET, "/health", "Health", this.#createHealth(props));
    acknowledge(
      this.api,
      "AwsSolutions-APIG4",
      "The webhook is authorised by Stripe's signature over its body, which only the function can check; the health check tells nothing.",
    );
  }

  #createStripeSecret(): Secret {
    const secret = new Secret(this, "StripeWebhookSecret", {
      description: 'Signing secrets of the Stripe webhook: {"current": "whsec_…", "previous": "whsec_…"}.',
      // A random placeholder: until somebody stores Stripe's own, every signature is refused.
      generateSecretString: { secretStringTemplate: "{}", generateStringKey: "current", excludePunctuation: true },
    });
    acknowledge(
      secret,
      "AwsSolutions-SMG4",
      "Stripe issues and rotates this secret; during its rotation the function accepts the current and the previous one.",
    );
    return secret;
  }

  #createStage({ name, logRetentionDays }: Config): HttpStage {
    const accessLogs = new LogGroup(this, "AccessLogs", {
      // This prefix needs no entry in the account's log resource policy, which holds 5,120 characters in all.
      logGroupName: `/aws/vendedlogs/apigateway/${name}`,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: RATE_LIMIT, burstLimit: BURST_LIMIT },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
  }

  #addRoute(method: HttpMethod, path: string, id: string, { function: handler }: BacklineFunction): void {
    this.api.addRoutes({ path, methods: [method], integration: new HttpLambdaIntegration(id, handler) });
  }

  #createWebhook(props: PublicApiProps): BacklineFunction {
    const { bundleOf, config, data, engineEnvironment } = props;
    const webhook = new BacklineFunction(this, "StripeWebhook", {
      functionName: `${config.name}-webhooks-stripe`,
      description: "Checks a Stripe event's signature and enqueues a job for it.",
      bundle: bundleOf(SERVICE_ENTRIES.stripeWebhook),
      memoryMb: 512,
      timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
      logRetentionDays: config.logRetentionDays,
      serviceName: "stripe_webhook",
      environment: {
        ...engineEnvironment,
        [bucketVariable("jobdata")]: bucketOf(data, "jobdata").name,
        STRIPE_WEBHOOK_SECRET_ID: this.stripeSecret.secretArn,
      },
      statements: this.#webhookStatements(props),
    });
    acknowledgeFolders(webhook, data, [payloadFolder(STRIPE_JOB_TYPE)]);
    return webhook;
  }

  #webhookStatements({ config, data, catalog }: PublicApiProps): PolicyStatement[] {
    const targets = targetsOf(catalog, [STRIPE_JOB_TYPE]);
    return [
      // A repeated event reads the row that is there already, to tell whether it is the same.
      allow("CreateJobRows", [...CREATE_JOB_ROWS], data.jobsTable.arn),
      ...useLines(data, targets),
      ...sendPermits(this, { config, data, targets }),
      ...storePayloads(data, targets),
      allow("ReadSigningSecrets", ["secretsmanager:GetSecretValue"], this.stripeSecret.secretArn),
    ];
  }

  #createHealth({ bundleOf, config }: PublicApiProps): BacklineFunction {
    return new BacklineFunction(this, "Health", {
      functionName: `${config.name}-api-health`,
      description: "Answers that the API is there.",
      bundle: bundleOf(SERVICE_ENTRIES.health),
      memoryMb: 128,
      timeoutSeconds: 5,
      logRetentionDays: config.logRetentionDays,
      serviceName: "health",
      environment: {},
      statements: [],
    });
  }
}

const allow = (sid: string, actions: string[], resource: string): PolicyStatement =>
  new PolicyStatement({ sid, actions, resources: [resource] });
