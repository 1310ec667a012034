import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import * as z from "zod";

import { RUNBOOK_HEADINGS } from "../../infra/monitoring/runbook.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import { occurrencesBetween } from "../../shared/job/occurrences.ts";
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

  it("returns single messages of a batch, and runs as many at once as AWS lets it unless its definition says otherwise", () => {
    app.jobs.allResourcesProperties("AWS::Lambda::EventSourceMapping", {
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    app.jobs.hasResourceProperties("AWS::Lambda::EventSourceMapping", { BatchSize: 1, ScalingConfig: Match.absent() });
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

  it("watches over all job types at once: there are eight, however many types there are", () => {
    const alarms = Object.values(whole.jobs.findResources("AWS::CloudWatch::Alarm"));
    expect(alarms.map(({ Properties }) => String(Properties.AlarmName)).sort()).toEqual([
      "backline-api-errors",
      "backline-dead-letters",
      "backline-job-errors",
      "backline-missed-runs",
      "backline-near-timeouts",
      "backline-needs-review",
      "backline-oldest-due-job",
      "backline-ticker-not-running",
    ]);
  });

  it("goes off with the first count of a dead letter, and ends after a quarter of an hour without one", () => {
    app.jobs.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "backline-dead-letters",
      MetricName: "DeadLetters",
      Statistic: "Maximum",
      Period: 300,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      TreatMissingData: "notBreaching",
    });
  });

  it("of dead letters leads to the ticker's log lines that name the types", () => {
    const [alarm] = Object.values(
      app.jobs.findResources("AWS::CloudWatch::Alarm", { Properties: { AlarmName: "backline-dead-letters" } }),
    );
    const [, link = ""] = / Look: (.*)$/.exec(readable(alarm?.["Properties"].AlarmDescription)) ?? [];
    expect(link).toBe(
      "https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#logsV2:log-groups/log-group/" +
        "$252Faws$252Flambda$252Fbackline-ops-ticker/log-events$3FfilterPattern$3D$2522Dead$2520letters$2520wait.$2522",
    );
  });

  it("watches the engine's own metrics without dimensions, as they are published", () => {
    for (const metric of ["OldestDueAge", "JobErrors", "NearTimeouts", "NeedsReview", "MissedRuns", "DeadLetters"]) {
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

describe("the jobs stack", () => {
  /** So many types more must fit beside those of the catalog; a type is eight resources, with a schedule ten. */
  const FURTHER_TYPES = 15;

  it(`has room for ${FURTHER_TYPES} types more within CloudFormation's 500 resources`, () => {
    const resources = z.record(z.string(), z.unknown()).parse(whole.jobs.toJSON()["Resources"]);
    expect(Object.keys(resources).length + FURTHER_TYPES * 10).toBeLessThanOrEqual(500);
  });
});

describe("the bill of an idle month", () => {
  // List prices of us-east-1, USD; sources and the whole sum are in docs/costs.md.
  const POLLED_QUEUE = 0.104;
  const POLLED_QUEUE_WITH_MAXIMUM_CONCURRENCY = 0.26;
  const ALARM_METRIC = 0.1;
  const SECRET = 0.4;
  const DASHBOARD = 3;
  /** Its function, log and schedule, and its reads that do not grow with the types. */
  const TICKER = 0.17;
  /** Its reads of one type's due list, and its looks into one DLQ. */
  const TICKED_TYPE = 0.0027 + 0.0035;
  /** An occurrence and its job, or a job that it spawns: a sweep that finds nothing. */
  const SCHEDULED_JOB = 0.00002;
  const MONTH = { from: Date.UTC(2026, 10, 1) - 1, until: Date.UTC(2026, 11, 1) - 1 };

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
    const ticked = whole.catalog.map(() => TICKED_TYPE);
    const scheduled = whole.catalog.map(({ definition }) => SCHEDULED_JOB * scheduledJobs(definition));
    const dollars = [...polling, ...alarms, ...secrets, ...dashboards, TICKER, ...ticked, ...scheduled];
    const sum = dollars.reduce((total, price) => total + price, 0);
    expect(sum).toBeLessThan(10);
    expect(readFileSync("docs/costs.md", "utf8")).toContain(`**$${sum.toFixed(2)}**`);
  });

  /** Jobs that a type's schedules make in a month; a type without records of its own spawns all that it enqueues. */
  function scheduledJobs({ schedules = [], needs }: JobDefinition): number {
    const spawned = needs.records === undefined ? (needs.enqueues ?? []).length : 0;
    const occurrences = schedules
      .filter(({ enabled }) => enabled !== false)
      .map((schedule) => occurrencesBetween(schedule, MONTH.from, MONTH.until, 100_000).length);
    return occurrences.reduce((sum, count) => sum + count, 0) * (1 + spawned);
  }
});

/** CloudWatch bills an alarm over an expression by the metrics it reads. */
function metricCount(metrics: readonly { readonly MetricStat?: unknown }[] | undefined): number {
  return metrics === undefined ? 1 : metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}
