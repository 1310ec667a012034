import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import { CRON_ENDPOINTS } from "../../shared/cron/cron-endpoints.ts";
import { acknowledge } from "../acknowledge.ts";
import type { Config } from "../config.ts";
import { AnalyticsOverview } from "./api/analytics-overview.ts";
import type { ApiProps } from "./api/api-function.ts";
import { CronEndpoints } from "./api/cron-endpoints.ts";
import { FileDownload } from "./api/file-download.ts";
import { Health } from "./api/health.ts";
import { StripeWebhook } from "./api/stripe-webhook.ts";
import { TwilioWebhook } from "./api/twilio-webhook.ts";
import { Unsubscribe } from "./api/unsubscribe.ts";
import type { BacklineFunction } from "./backline-function.ts";
import { createPlaceholderSecret } from "./placeholder-secret.ts";

/**
 * Requests a second that each route lets through, and how many may come at once. Stripe sends what is refused again for
 * three days, so this only spreads a burst.
 */
const RATE_LIMIT = 50;
const BURST_LIMIT = 100;

/**
 * Of each route that waits for its job, for up to 25 s a call: 12 routes hold 12 × (5 + 25 × 1) = 360 functions at most, not
 * all of the 1,000 that the account runs at once. Whoever calls by the hour never meets it.
 */
const WAITING_RATE_LIMIT = 1;
const WAITING_BURST_LIMIT = 5;

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

/** The HTTP API that the outside calls: webhooks, schedulers elsewhere, readers of analytics, the links in mails, a health check. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly stripeSecret: Secret;
  /** What callers of the cron endpoints and of the analytics send. */
  readonly cronSecret: Secret;
  /** Where it is reached from outside, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { twilioSecretArn, ...given }: PublicApiProps) {
    super(scope, id);
    this.stripeSecret = this.#createStripeSecret();
    this.cronSecret = this.#createCronSecret();
    this.api = new HttpApi(this, "Api", { apiName: given.config.name, createDefaultStage: false });
    this.stage = this.#createStage(given.config);
    // The API's resource knows no function, so functions may know its address without a circle.
    this.url = given.config.publicUrl ?? this.api.apiEndpoint;
    this.#addRoutes({ ...given, publicUrl: this.url }, twilioSecretArn);
    acknowledge(
      this.api,
      "AwsSolutions-APIG4",
      "Webhooks are authorised by signatures over their bodies and links by signatures in their paths, the cron endpoints and the analytics by a bearer secret, which only the functions can check; the health check tells nothing.",
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
    this.#addCronRoutes(props);
    this.#addRoute([GET], "/health", new Health(this, "Health", props));
  }

  #addCronRoutes(props: ApiProps): void {
    const { GET, POST } = HttpMethod;
    const behindSecret = { ...props, secretArn: this.cronSecret.secretArn };
    // One function, one integration: its routes share it.
    const cron = integrationOf(new CronEndpoints(this, "Cron", behindSecret));
    for (const { path } of CRON_ENDPOINTS) {
      this.#slowDown(path, [GET, POST], this.api.addRoutes({ path, methods: [GET, POST], integration: cron }));
    }
    const analytics = new AnalyticsOverview(this, "Analytics", behindSecret);
    this.#addRoute([GET], "/analytics/{tenantId}/overview", analytics);
  }

  /** A stage refuses settings of routes that are not there yet. */
  #slowDown(path: string, methods: readonly HttpMethod[], routes: readonly HttpRoute[]): void {
    // Its own properties know no settings by route; its child is the resource itself.
    const stage = this.stage.node.defaultChild as CfnStage;
    // Plain JSON to CloudFormation: the names are the service's.
    const limits = { ThrottlingRateLimit: WAITING_RATE_LIMIT, ThrottlingBurstLimit: WAITING_BURST_LIMIT };
    const keys = methods.map((method) => HttpRouteKey.with(path, method).key);
    stage.routeSettings = { ...stage.routeSettings, ...Object.fromEntries(keys.map((key) => [key, limits])) };
    this.stage.node.addDependency(...routes);
  }

  #addRoute(methods: HttpMethod[], path: string, handler: BacklineFunction): void {
    this.api.addRoutes({ path, methods, integration: integrationOf(handler) });
  }

  #createStripeSecret(): Secret {
    return createPlaceholderSecret(this, "StripeWebhookSecret", {
      description: 'Signing secrets of the Stripe webhook: {"current": "whsec_…", "previous": "whsec_…"}.',
      generated: "current",
      whyNotRotated:
        "Stripe issues and rotates this secret; during its rotation the function accepts the current and the previous one.",
    });
  }

  #createCronSecret(): Secret {
    return createPlaceholderSecret(this, "CronSecret", {
      description: 'What callers of the cron endpoints and the analytics send: {"current": "…", "previous": "…"}.',
      generated: "current",
      whyNotRotated:
        "Callers outside of AWS hold this secret, and only a person can change it there; meanwhile the functions accept the current and the previous one.",
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

const integrationOf = ({ function: handler, node }: BacklineFunction): HttpLambdaIntegration =>
  new HttpLambdaIntegration(node.id, handler);
