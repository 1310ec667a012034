import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";

import { RUNBOOK_HEADINGS } from "../../infra/monitoring/runbook.ts";
import { readable } from "./support/permissions.ts";
import { spelledOutCatalog } from "./support/spelled-out-catalog.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
let whole: Synthesised;
beforeAll(async () => {
  const config = { alarmEmail: "ops@example.com", senderIdentity: "shop.example" };
  app = await synthesised({ config, catalog: spelledOutCatalog, rules: "none" });
  whole = await synthesised({ config });
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
    app.jobs.resourceCountIs("AWS::SQS::QueuePolicy", 14);
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
    const [rule] = Object.values(
      app.jobs.findResources("AWS::Events::Rule", {
        Properties: { EventPattern: { "detail-type": Match.arrayWith(["Email Delivered"]) } },
      }),
    );
    const { EventPattern, Targets } = rule?.["Properties"] ?? {};
    expect(EventPattern["source"]).toEqual(["aws.ses"]);
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
          recipient: "$.detail.mail.tags.backline_recipient[0]",
          kind: "$.detail.mail.tags.backline_kind[0]",
          broadcastId: "$.detail.mail.tags.backline_broadcast[0]",
        },
      },
    });
  });

  it("may be fed by several rules: a bounce has a property that no other event has", () => {
    const rules = Object.values(app.jobs.findResources("AWS::Events::Rule"));
    const transformers = rules.map(({ Properties }) => Properties.Targets[0].InputTransformer);
    expect(rules.flatMap(({ Properties }) => Properties.EventPattern["detail-type"])).toEqual([
      "Email Sent",
      "Email Delivered",
      "Email Complaint Received",
      "Email Rejected",
      "Email Opened",
      "Email Clicked",
      "Email Bounced",
    ]);
    expect(transformers.map(rendered)).toEqual([
      expect.not.objectContaining({
        event: expect.objectContaining({ data: expect.objectContaining({ bounceType: expect.anything() }) }),
      }),
      expect.objectContaining({
        event: expect.objectContaining({ data: expect.objectContaining({ bounceType: "$.detail.bounce.bounceType" }) }),
      }),
    ]);
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

  it("is not tracked unless the installation asks for it", async () => {
    const tracking = await synthesised({ config: { mailTracking: true }, catalog: spelledOutCatalog, rules: "none" });
    const destinations = Object.values(tracking.jobs.findResources("AWS::SES::ConfigurationSetEventDestination"));
    expect(destinations.map(({ Properties }) => Properties.EventDestination.MatchingEventTypes)).toEqual([
      ["send", "delivery", "bounce", "complaint", "reject", "open", "click"],
    ]);
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
      "backline-gift_card_delivery-dead-letters",
      "backline-invoice_email-dead-letters",
      "backline-job-errors",
      "backline-missed-runs",
      "backline-near-timeouts",
      "backline-needs-review",
      "backline-oldest-due-job",
      "backline-order_confirmation-dead-letters",
      "backline-ses_event-dead-letters",
      "backline-sms_message-dead-letters",
      "backline-stripe_event-dead-letters",
      "backline-ticker-not-running",
      "backline-twilio_event-dead-letters",
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

  it("stays under $10 with every job type deployed, without any free tier, and is as the docs say", () => {
    const sources = Object.values(whole.jobs.findResources("AWS::Lambda::EventSourceMapping"));
    const polling = sources.map(({ Properties }) =>
      Properties.ScalingConfig === undefined ? POLLED_QUEUE : POLLED_QUEUE_WITH_MAXIMUM_CONCURRENCY,
    );
    const alarms = Object.values(whole.jobs.findResources("AWS::CloudWatch::Alarm")).map(
      ({ Properties }) => ALARM_METRIC * metricCount(Properties.Metrics),
    );
    const secrets = [whole.data, whole.jobs].flatMap((template) =>
      Object.keys(template.findResources("AWS::SecretsManager::Secret")).map(() => SECRET),
    );
    const dashboards = Object.keys(whole.jobs.findResources("AWS::CloudWatch::Dashboard")).map(() => DASHBOARD);
    const dollars = [...polling, ...alarms, ...secrets, ...dashboards, TICKER];
    const sum = dollars.reduce((total, price) => total + price, 0);
    expect(sum).toBeLessThan(10);
    expect(readFileSync("docs/costs.md", "utf8")).toContain(`**$${sum.toFixed(2)}**`);
  });
});

/** CloudWatch bills an alarm over an expression by the metrics it reads. */
function metricCount(metrics: readonly { readonly MetricStat?: unknown }[] | undefined): number {
  return metrics === undefined ? 1 : metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}
