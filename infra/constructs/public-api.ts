import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import { acknowledge } from "../acknowledge.ts";
import type { Config } from "../config.ts";
import type { ApiProps } from "./api/api-function.ts";
import { FileDownload } from "./api/file-download.ts";
import { Health } from "./api/health.ts";
import { StripeWebhook } from "./api/stripe-webhook.ts";
import { TwilioWebhook } from "./api/twilio-webhook.ts";
import { Unsubscribe } from "./api/unsubscribe.ts";
import type { BacklineFunction } from "./backline-function.ts";
import { createPlaceholderSecret } from "./placeholder-secret.ts";

/**
 * Requests a second that the API lets through, and how many may come at once. Stripe sends what is refused again for
 * three days, so this only spreads a burst.
 */
const RATE_LIMIT = 50;
const BURST_LIMIT = 100;

/** What is kept of a request: who, what and how it ended. Not its path: a link's token is its permission. */
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

export interface PublicApiProps extends Omit<ApiProps, "publicUrl"> {
  readonly twilioSecretArn: string;
}

/** The HTTP API that the outside calls: webhooks, the links in mails, and a health check. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly stripeSecret: Secret;
  /** Where it is reached from outside, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { twilioSecretArn, ...given }: PublicApiProps) {
    super(scope, id);
    this.stripeSecret = this.#createStripeSecret();
    this.api = new HttpApi(this, "Api", { apiName: given.config.name, createDefaultStage: false });
    this.stage = this.#createStage(given.config);
    // The API's resource knows no function, so functions may know its address without a circle.
    this.url = given.config.publicUrl ?? this.api.apiEndpoint;
    this.#addRoutes({ ...given, publicUrl: this.url }, twilioSecretArn);
    acknowledge(
      this.api,
      "AwsSolutions-APIG4",
      "Webhooks are authorised by signatures over their bodies and links by signatures in their paths, which only the functions can check; the health check tells nothing.",
    );
  }

  #addRoutes(props: ApiProps, twilioSecretArn: string): void {
    const { secretArn } = this.stripeSecret;
    const { GET, POST } = HttpMethod;
    const stripeWebhook = new StripeWebhook(this, "StripeWebhook", { ...props, secretArn });
    const twilioWebhook = new TwilioWebhook(this, "TwilioWebhook", { ...props, secretArn: twilioSecretArn });
    this.#addRoute([POST], "/webhooks/stripe", stripeWebhook);
    this.#addRoute([POST], "/webhooks/twilio", twilioWebhook);
    this.#addRoute([GET], "/files/{token}", new FileDownload(this, "Files", props));
    this.#addRoute([GET, POST], "/unsubscribe/{token}", new Unsubscribe(this, "Unsubscribe", props));
    this.#addRoute([GET], "/health", new Health(this, "Health", props));
  }

  #addRoute(methods: HttpMethod[], path: string, { function: handler, node }: BacklineFunction): void {
    this.api.addRoutes({ path, methods, integration: new HttpLambdaIntegration(node.id, handler) });
  }

  #createStripeSecret(): Secret {
    return createPlaceholderSecret(this, "StripeWebhookSecret", {
      description: 'Signing secrets of the Stripe webhook: {"current": "whsec_…", "previous": "whsec_…"}.',
      generated: "current",
      whyNotRotated:
        "Stripe issues and rotates this secret; during its rotation the function accepts the current and the previous one.",
    });
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
}
