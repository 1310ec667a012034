import { beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { checkCatalog } from "../../infra/check-catalog.ts";
import type { CatalogEntry } from "../../shared/catalog/index.ts";
import { queueMessage } from "../../shared/contracts/messages.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";
import { permissionsOf, readable } from "./support/permissions.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

const entry = (type: string, schedules: readonly JobSchedule<object>[]): CatalogEntry => ({
  domain: "upkeep",
  definition: defineJob({
    type,
    summary: "Keeps something up.",
    payload: z.object({}),
    retry: { maxAttempts: 3, backoff: fixed(1000) },
    run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
    needs: { records: { order: "read" } },
    schedules,
  }),
});

const catalog = [
  entry("cleaning", [
    { name: "nightly-cleaning", cron: "30 2 * * 1-5", timeZone: "Europe/Berlin", payload: {} },
    { name: "thorough-cleaning", cron: "0 4 L * *", payload: {}, catchUpSeconds: 259_200, enabled: false },
    { name: "quick-cleaning", cron: "*/15 * * * *", payload: {}, catchUpSeconds: 600 },
  ]),
  entry("unscheduled", []),
];

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ config: { name: "shop" }, catalog });
});

const schedule = z.object({
  Name: z.string(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string(),
  State: z.string(),
  FlexibleTimeWindow: z.object({ Mode: z.string() }),
  Target: z.object({
    Arn: z.unknown(),
    RoleArn: z.unknown(),
    Input: z.string(),
    RetryPolicy: z.object({ MaximumEventAgeInSeconds: z.number(), MaximumRetryAttempts: z.number() }),
    DeadLetterConfig: z.unknown().optional(),
  }),
});

/** The job schedules of the template: the ticker's own has no name. */
function jobSchedules(): z.output<typeof schedule>[] {
  return Object.values(app.jobs.findResources("AWS::Scheduler::Schedule"))
    .filter(({ Properties }) => "Name" in Properties)
    .map(({ Properties }) => schedule.parse(Properties));
}

function scheduleNamed(name: string): z.output<typeof schedule> {
  const found = jobSchedules().find(({ Name }) => Name === name);
  if (found === undefined) throw new Error(`There is no schedule ${name}.`);
  return found;
}

describe("a job type's schedules", () => {
  it("are EventBridge Scheduler's, each under the installation's name", () => {
    expect(jobSchedules().map(({ Name }) => Name)).toEqual([
      "shop-nightly-cleaning",
      "shop-thorough-cleaning",
      "shop-quick-cleaning",
    ]);
  });

  it("fire at the definition's times, in its zone, to the minute", () => {
    expect(scheduleNamed("shop-nightly-cleaning")).toMatchObject({
      ScheduleExpression: "cron(30 2 ? * MON-FRI *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      State: "ENABLED",
      FlexibleTimeWindow: { Mode: "OFF" },
    });
  });

  it("fire in UTC unless the definition says otherwise, and not at all when it says so", () => {
    expect(scheduleNamed("shop-thorough-cleaning")).toMatchObject({
      ScheduleExpression: "cron(0 4 L * ? *)",
      ScheduleExpressionTimezone: "UTC",
      State: "DISABLED",
    });
  });

  it("send a tick that the consumer can read, once Scheduler has put the time in", () => {
    const { Target } = scheduleNamed("shop-nightly-cleaning");
    expect(readable(Target.Arn)).toBe("${JobsCleaningQueue.Arn}");
    expect(Target.Input).toBe(
      '{"v":1,"type":"cleaning","tick":{"schedule":"nightly-cleaning","at":"<aws.scheduler.scheduled-time>"}}',
    );
    const sent: unknown = JSON.parse(Target.Input.replace("<aws.scheduler.scheduled-time>", "2026-11-23T01:30:00Z"));
    expect(queueMessage.parse(sent)).toEqual({
      v: 1,
      type: "cleaning",
      tick: { schedule: "nightly-cleaning", at: "2026-11-23T01:30:00Z" },
    });
  });

  it.each([
    ["for a day by default", "shop-nightly-cleaning", 86_400],
    ["for a day at most, which is Scheduler's longest", "shop-thorough-cleaning", 86_400],
    ["no longer than the occurrence may be late", "shop-quick-cleaning", 600],
  ])("are retried %s, and lost ticks are left to the ledger", (_, name, seconds) => {
    const { RetryPolicy, DeadLetterConfig } = scheduleNamed(name).Target;
    expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: 5 });
    expect(DeadLetterConfig).toBeUndefined();
  });

  it("share a role that this account's scheduler may take, to send to this queue and do nothing else", () => {
    const roles = new Set(jobSchedules().map(({ Target }) => readable(Target.RoleArn)));
    expect([...roles]).toEqual(["${JobsCleaningSchedulesRole.Arn}"]);
    const [role] = Object.values(
      app.jobs.findResources("AWS::IAM::Role", {
        Properties: { Policies: [{ PolicyDocument: { Statement: [{ Sid: "SendTicks" }] } }] },
      }),
    );
    expect(role?.["Properties"]).toEqual({
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: "scheduler.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          },
        ],
      },
      Policies: [
        {
          PolicyName: "Backline",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "SendTicks",
                Effect: "Allow",
                Action: "sqs:SendMessage",
                Resource: { "Fn::GetAtt": [expect.stringMatching(/^JobsCleaningQueue/), "Arn"] },
              },
            ],
          },
        },
      ],
    });
  });

  it("meet a queue policy that refuses nothing but plain HTTP", () => {
    const policies = Object.values(app.jobs.findResources("AWS::SQS::QueuePolicy"));
    expect(policies.length).toBeGreaterThan(0);
    for (const { Properties } of policies) {
      expect(Properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      ]);
    }
  });

  it("leave cdk-nag nothing to find", () => {
    expect(app.validationReport()).toMatchObject({ pluginReports: [] });
  });
});

describe("what the functions may do for schedules", () => {
  const permission = (functionName: string, sid: string) =>
    permissionsOf(app.jobs, functionName).find((found) => found.sid === sid);
  const limitedTo = (...kinds: string[]) => ({
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": kinds.map((kind) => `${kind}#*`) },
  });

  it("a worker with schedules puts rows, and keeps the ledger", () => {
    expect(permission("shop-cleaning", "UseJobRows")?.actions).toContain("dynamodb:PutItem");
    expect(permission("shop-cleaning", "ReadRecords")).toMatchObject({
      actions: ["dynamodb:GetItem", "dynamodb:Query"],
      when: limitedTo("receipt", "pause", "order", "schedule"),
    });
    expect(permission("shop-cleaning", "WriteRecords")).toMatchObject({
      actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      on: ["<RecordsTableArn>"],
      when: limitedTo("schedule"),
    });
  });

  it("a worker without schedules gets none of it", () => {
    expect(permission("shop-unscheduled", "UseJobRows")?.actions).not.toContain("dynamodb:PutItem");
    expect(permission("shop-unscheduled", "ReadRecords")?.when).toEqual(limitedTo("receipt", "pause", "order"));
    expect(permission("shop-unscheduled", "WriteRecords")).toBeUndefined();
  });

  it("the ticker looks for the rows of occurrences", () => {
    expect(permission("shop-ops-ticker", "ReadDueJobs")).toMatchObject({
      actions: ["dynamodb:BatchGetItem"],
      on: ["<JobsTableArn>"],
    });
  });

  it("the ticker keeps the ledger, reads pauses, and no other record", () => {
    const ofRecords = permissionsOf(app.jobs, "shop-ops-ticker").filter(({ on }) => on.includes("<RecordsTableArn>"));
    expect(ofRecords).toEqual([
      {
        sid: "KeepScheduleLedger",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        on: ["<RecordsTableArn>"],
        when: limitedTo("schedule"),
      },
      {
        sid: "ReadPauses",
        actions: ["dynamodb:GetItem"],
        on: ["<RecordsTableArn>"],
        when: limitedTo("pause"),
      },
    ]);
  });
});

describe("a catalog", () => {
  it("may not hold two schedules of one name, be they of one type or of two", () => {
    const nightly = { name: "nightly", cron: "0 2 * * *", payload: {} };
    const twice = /schedule "nightly": is in the catalog twice; rename one/;
    expect(() => checkCatalog([entry("one", [nightly]), entry("two", [nightly])], 1)).toThrow(twice);
    expect(() => checkCatalog([entry("one", [nightly, nightly])], 1)).toThrow(twice);
  });
});
