import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";

import { RUNBOOK_HEADINGS } from "../../infra/monitoring/runbook.ts";
import { catalog } from "../../shared/catalog/index.ts";
import {
  ARN,
  HERE,
  jobdata,
  jobRows,
  keep,
  ownAndNewJobs,
  ownData,
  ownJobs,
  ownLog,
  queryIndex,
  readRecords,
  records,
  sendTo,
} from "./support/expected-permissions.ts";
import { environmentOf, functionNames, permissionsOf, readable } from "./support/permissions.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

/** The types whose resources are spelled out here, as literals; what is asked of every type is asked of `whole`. */
const SPELLED_OUT = new Set(["stripe_event", "invoice_email", "ses_event"]);

let app: Synthesised;
let whole: Synthesised;
beforeAll(async () => {
  const config = { alarmEmail: "ops@example.com", senderIdentity: "shop.example" };
  const spelledOut = catalog.filter(({ definition }) => SPELLED_OUT.has(definition.type));
  app = await synthesised({ config, catalog: spelledOut, rules: "none" });
  whole = await synthesised({ config });
});

const PRODUCT_RECORDS = ["art_orders", "course_orders", "gift_card_orders", "shop_orders"];

describe("a function's role", () => {
  it("lets stripe_event book a payment and enqueue an invoice", () => {
    expect(permissionsOf(app.jobs, "backline-stripe_event")).toEqual([
      ...ownAndNewJobs("JobsStripeEvent"),
      sendTo("EnqueueJobs", "invoice_email"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/invoice_email"),
      readRecords("receipt", "pause", "order", "payment", "invoice_number", "settings", ...PRODUCT_RECORDS),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["order", "payment", "invoice_number", ...PRODUCT_RECORDS]),
      ...ownData("stripe_event"),
      jobdata("ReadChildResults", ["GetObject"], "steps/invoice_email"),
    ]);
  });

  it("lets invoice_email store a PDF and send it, under our configuration set only", () => {
    expect(permissionsOf(app.jobs, "backline-invoice_email")).toEqual([
      ...ownJobs("JobsInvoiceEmail"),
      sendTo("WakeWaiters", "stripe_event"),
      readRecords("receipt", "pause", "settings"),
      ...ownData("invoice_email"),
      { sid: "UseFiles", actions: ["s3:GetObject", "s3:PutObject"], on: ["<InvoicesBucketArn>/*"] },
      {
        sid: "SendMail",
        actions: ["ses:SendRawEmail"],
        on: [`${ARN}:ses:${HERE}:configuration-set/backline`, `${ARN}:ses:${HERE}:identity/shop.example`],
      },
    ]);
  });

  it("lets ses_event create its own job rows and write receipts", () => {
    expect(permissionsOf(app.jobs, "backline-ses_event")).toEqual([
      ...ownAndNewJobs("JobsSesEvent"),
      jobdata("StorePayloads", ["PutObject"], "payloads/ses_event"),
      readRecords("receipt", "pause"),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["receipt"]),
      ...ownData("ses_event"),
    ]);
  });

  it("lets the ticker find due rows, note permits and send them to every job queue, unless they are paused", () => {
    expect(permissionsOf(app.jobs, "backline-ops-ticker")).toEqual([
      ownLog("TickerFunction"),
      queryIndex("FindDueJobs", "due"),
      jobRows("NotePermits", ["GetItem", "UpdateItem"]),
      {
        sid: "SendPermits",
        actions: ["sqs:GetQueueAttributes", "sqs:SendMessage"],
        on: ["${JobsInvoiceEmailQueue.Arn}", "${JobsSesEventQueue.Arn}", "${JobsStripeEventQueue.Arn}"],
      },
      jobRows("ReadDueJobs", ["BatchGetItem"]),
      records("KeepScheduleLedger", ["GetItem", "PutItem", "Query", "UpdateItem"], ["schedule"]),
      records("ReadPauses", ["GetItem"], ["pause"]),
    ]);
  });

  it("lets the Stripe webhook enqueue one type and read one secret", () => {
    expect(permissionsOf(app.jobs, "backline-webhooks-stripe")).toEqual([
      ownLog("PublicApiStripeWebhook"),
      jobRows("CreateJobRows", ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
      sendTo("EnqueueJobs", "stripe_event"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/stripe_event"),
      {
        sid: "ReadSigningSecrets",
        actions: ["secretsmanager:GetSecretValue"],
        on: ["${PublicApiStripeWebhookSecret}"],
      },
    ]);
  });

  it("lets the health check do nothing but log", () => {
    expect(permissionsOf(app.jobs, "backline-api-health")).toEqual([ownLog("PublicApiHealth")]);
  });

  it("never allows all actions of a service, and never all resources", () => {
    for (const name of functionNames(whole.jobs)) {
      for (const { actions, on } of permissionsOf(whole.jobs, name)) {
        expect(actions.join(" ")).not.toContain("*");
        expect(on).not.toContain("*");
      }
    }
  });
});

describe("a function's environment", () => {
  const queueUrlPrefix = "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/backline-";
  const engine = {
    JOBS_TABLE: "<JobsTable>",
    RECORDS_TABLE: "<RecordsTable>",
    QUEUE_URL_PREFIX: queueUrlPrefix,
    TIME_SCALE: "1",
    NODE_OPTIONS: "--enable-source-maps",
  };

  it("names to a worker its tables, its queues and the buckets that it needs", () => {
    expect(environmentOf(app.jobs, "backline-invoice_email")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      BUCKET_INVOICES: "<InvoicesBucket>",
      SES_CONFIGURATION_SET: "backline",
      POWERTOOLS_SERVICE_NAME: "invoice_email",
    });
    expect(environmentOf(app.jobs, "backline-ses_event")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      POWERTOOLS_SERVICE_NAME: "ses_event",
    });
  });

  it("has the queues' prefix that the stack prints for the commands", () => {
    const { QueueUrlPrefix } = app.jobs.findOutputs("QueueUrlPrefix");
    expect(readable(QueueUrlPrefix?.["Value"])).toBe(queueUrlPrefix);
  });

  it("names to the webhook its secret and the bucket of payloads, and to the others no more than they need", () => {
    expect(environmentOf(app.jobs, "backline-webhooks-stripe")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      STRIPE_WEBHOOK_SECRET_ID: "${PublicApiStripeWebhookSecret}",
      POWERTOOLS_SERVICE_NAME: "stripe_webhook",
    });
    expect(environmentOf(app.jobs, "backline-ops-ticker")).toEqual({ ...engine, POWERTOOLS_SERVICE_NAME: "ticker" });
    expect(environmentOf(app.jobs, "backline-api-health")).toEqual({
      POWERTOOLS_SERVICE_NAME: "health",
      NODE_OPTIONS: "--enable-source-maps",
    });
  });
});

describe("a job type", () => {
  it("has a queue for 4 days that gives a message up after 10 receives, to a dead-letter queue for 14 days", () => {
    app.jobs.hasResourceProperties("AWS::SQS::Queue", {
      QueueName: "backline-invoice_email",
      MessageRetentionPeriod: 345_600,
      VisibilityTimeout: 360,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { maxReceiveCount: 10, deadLetterTargetArn: Match.anyValue() },
    });
    app.jobs.hasResourceProperties("AWS::SQS::Queue", {
      QueueName: "backline-invoice_email-dlq",
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
  });

  it("takes messages over TLS only", () => {
    app.jobs.resourceCountIs("AWS::SQS::QueuePolicy", 6);
    app.jobs.allResourcesProperties("AWS::SQS::QueuePolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  it("has a function on Node 24 and arm64, with JSON logs that are kept for 30 days", () => {
    app.jobs.allResourcesProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      LoggingConfig: { LogFormat: "JSON", LogGroup: Match.anyValue() },
    });
    app.jobs.hasResourceProperties("AWS::Lambda::Function", {
      FunctionName: "backline-invoice_email",
      MemorySize: 1024,
      Timeout: 60,
    });
    app.jobs.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  });

  it("returns single messages of a batch, and runs as many at once as its definition allows", () => {
    app.jobs.allResourcesProperties("AWS::Lambda::EventSourceMapping", {
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    app.jobs.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    app.jobs.hasResourceProperties("AWS::Lambda::EventSourceMapping", { BatchSize: 10, ScalingConfig: Match.absent() });
  });

  it("gets the events that its definition asks for, cut down to an event message", () => {
    const [rule] = Object.values(app.jobs.findResources("AWS::Events::Rule"));
    const { EventPattern, Targets } = rule?.["Properties"] ?? {};
    expect(EventPattern["detail-type"]).toContain("Email Delivered");
    expect(Targets).toHaveLength(1);
    expect(readable(Targets[0].Arn)).toBe("${JobsSesEventQueue.Arn}");
    // A dead letter would be the whole event, with the recipient's address.
    expect(Targets[0]).not.toHaveProperty("DeadLetterConfig");
    expect(rendered(Targets[0].InputTransformer)).toEqual({
      v: 1,
      type: "ses_event",
      event: {
        id: "$.id",
        data: {
          eventType: "$.detail.eventType",
          at: "$.time",
          messageId: "$.detail.mail.messageId",
          jobId: "$.detail.mail.tags.backline_job[0]",
          effect: "$.detail.mail.tags.backline_effect[0]",
        },
      },
    });
  });
});

/** What EventBridge makes of an input transformer, with each path in the place of what it finds. */
function rendered(transformer: { InputPathsMap: Record<string, string>; InputTemplate: string }): unknown {
  const body = transformer.InputTemplate.replaceAll(/<([^>]+)>/g, (_, name: string) =>
    JSON.stringify(transformer.InputPathsMap[name]),
  );
  return JSON.parse(body);
}

describe("the ticker", () => {
  it("runs every minute, and drops a tick that is a minute old instead of repeating it", () => {
    app.jobs.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 minute)",
      State: "ENABLED",
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 } },
    });
    app.jobs.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });
});

describe("the HTTP API", () => {
  it("has two routes, throttles them and logs every request", () => {
    const routes = Object.values(app.jobs.findResources("AWS::ApiGatewayV2::Route"));
    expect(routes.map(({ Properties }) => String(Properties.RouteKey)).sort()).toEqual([
      "GET /health",
      "POST /webhooks/stripe",
    ]);
    app.jobs.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      StageName: "$default",
      AutoDeploy: true,
      AccessLogSettings: Match.anyValue(),
      DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50 },
    });
  });

  it("has a placeholder for Stripe's secret until somebody stores the real one", () => {
    app.jobs.hasResourceProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: { SecretStringTemplate: "{}", GenerateStringKey: "current" },
    });
  });
});

describe("mail", () => {
  it("reports what became of it to the default event bus", () => {
    app.jobs.hasResourceProperties("AWS::SES::ConfigurationSet", { Name: "backline" });
    app.jobs.hasResourceProperties("AWS::SES::ConfigurationSetEventDestination", {
      EventDestination: {
        Enabled: true,
        EventBridgeDestination: Match.anyValue(),
        MatchingEventTypes: ["send", "delivery", "bounce", "complaint", "reject"],
      },
    });
  });
});

describe("an alarm", () => {
  it("goes to the topic, which takes messages over TLS and from this account's alarms only", () => {
    app.jobs.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [Match.anyValue()] });
    app.jobs.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "ops@example.com" });
    app.jobs.hasResourceProperties("AWS::SNS::TopicPolicy", {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
          Match.objectLike({
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          }),
        ],
      },
    });
  });

  it("exists once per job type, and seven times for all of them", () => {
    const alarms = Object.values(app.jobs.findResources("AWS::CloudWatch::Alarm"));
    expect(alarms.map(({ Properties }) => String(Properties.AlarmName)).sort()).toEqual([
      "backline-api-errors",
      "backline-invoice_email-dead-letters",
      "backline-job-errors",
      "backline-missed-runs",
      "backline-near-timeouts",
      "backline-needs-review",
      "backline-oldest-due-job",
      "backline-ses_event-dead-letters",
      "backline-stripe_event-dead-letters",
      "backline-ticker-not-running",
    ]);
  });

  it("watches the engine's own metrics without dimensions, as they are published", () => {
    for (const metric of ["OldestDueAge", "JobErrors", "NearTimeouts", "NeedsReview", "MissedRuns"]) {
      app.jobs.hasResourceProperties("AWS::CloudWatch::Alarm", {
        Namespace: "Backline",
        MetricName: metric,
        Dimensions: Match.absent(),
      });
    }
  });

  it("goes off when the ticker is silent", () => {
    app.jobs.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "backline-ticker-not-running",
      TreatMissingData: "breaching",
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
    });
  });

  it("leads to a heading of the runbook", () => {
    const anchors = runbookAnchors();
    for (const { Properties } of Object.values(whole.jobs.findResources("AWS::CloudWatch::Alarm"))) {
      const [, anchor] = /docs\/runbook\.md#([a-z-]+)/.exec(readable(Properties.AlarmDescription)) ?? [];
      expect(anchors).toContain(anchor);
    }
    expect(anchors).toEqual(expect.arrayContaining(Object.values(RUNBOOK_HEADINGS)));
  });
});

function runbookAnchors(): string[] {
  const runbook = readFileSync("docs/runbook.md", "utf8");
  return [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"));
}

describe("cdk-nag and CloudFormation's own rules", () => {
  it("find nothing that is not acknowledged with a reason", () => {
    expect(whole.validationReport()).toMatchObject({ pluginReports: [] });
  });
});

describe("the bill of an idle month", () => {
  // List prices of us-east-1, USD; sources and the whole sum are in docs/costs.md.
  const POLLED_QUEUE = 0.104;
  const POLLED_QUEUE_WITH_MAXIMUM_CONCURRENCY = 0.26;
  const ALARM_METRIC = 0.1;
  const SECRET = 0.4;
  const DASHBOARD = 3;
  const TICKER = 0.21;

  it("stays under $10 with every job type deployed, without any free tier", () => {
    const sources = Object.values(whole.jobs.findResources("AWS::Lambda::EventSourceMapping"));
    const polling = sources.map(({ Properties }) =>
      Properties.ScalingConfig === undefined ? POLLED_QUEUE : POLLED_QUEUE_WITH_MAXIMUM_CONCURRENCY,
    );
    const alarms = Object.values(whole.jobs.findResources("AWS::CloudWatch::Alarm")).map(
      ({ Properties }) => ALARM_METRIC * metricCount(Properties.Metrics),
    );
    const secrets = Object.keys(whole.jobs.findResources("AWS::SecretsManager::Secret")).map(() => SECRET);
    const dashboards = Object.keys(whole.jobs.findResources("AWS::CloudWatch::Dashboard")).map(() => DASHBOARD);
    const dollars = [...polling, ...alarms, ...secrets, ...dashboards, TICKER];
    expect(dollars.reduce((sum, price) => sum + price, 0)).toBeLessThan(10);
  });
});

/** CloudWatch bills an alarm over an expression by the metrics it reads. */
function metricCount(metrics: readonly { readonly MetricStat?: unknown }[] | undefined): number {
  return metrics === undefined ? 1 : metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}
