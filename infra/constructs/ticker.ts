import { Duration, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { EventInvokeConfig } from "aws-cdk-lib/aws-lambda";
import { type IScheduleTarget, Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import { JOBS_TABLE } from "../../shared/contracts/tables.ts";
import type { ScheduleSettings } from "../../shared/job/with-schedules.ts";
import type { Config } from "../config.ts";
import type { DataReferences } from "../stacks/data-stack.ts";
import { BacklineFunction } from "./backline-function.ts";
import { deadLetterArn } from "./job-names.ts";
import { type EnqueueTarget, useLines } from "./enqueue-permissions.ts";
import { keepScheduleLedger, readPauses } from "./record-permissions.ts";
import { scheduleEnvironment } from "./schedule-environment.ts";

/** A tick that comes later than the next one is of no use. EventBridge Scheduler's and Lambda's shortest is 60 s. */
const TICK_MAX_AGE_SECONDS = 60;
/** Under a minute, so that ticks hardly overlap; they may, for the ticker is idempotent. */
const TICKER_TIMEOUT_SECONDS = 55;

export interface TickerProps {
  readonly bundle: string;
  readonly config: Config;
  readonly data: DataReferences;
  readonly queues: readonly IQueue[];
  readonly types: readonly EnqueueTarget[];
  /** What the installation says of all types' schedules. */
  readonly schedules: ScheduleSettings;
  readonly engineEnvironment: Readonly<Record<string, string>>;
}

/** The function that once a minute sends permits for whatever is due and has none, and looks after the dead-letter queues. */
export class Ticker extends Construct {
  readonly function: BacklineFunction;

  constructor(scope: Construct, id: string, props: TickerProps) {
    super(scope, id);
    this.function = this.#createFunction(props);
    this.#dropStaleTicks();
    this.#tickEveryMinute();
  }

  #createFunction({ bundle, config, data, queues, types, ...props }: TickerProps): BacklineFunction {
    return new BacklineFunction(this, "Function", {
      functionName: `${config.name}-ops-ticker`,
      description: "Every minute: sends permits for jobs that are due and have none, and counts dead letters.",
      bundle,
      memoryMb: 512,
      timeoutSeconds: TICKER_TIMEOUT_SECONDS,
      logRetentionDays: config.logRetentionDays,
      serviceName: "ticker",
      environment: { ...props.engineEnvironment, ...scheduleEnvironment(props.schedules) },
      statements: [
        ...tickerStatements(data, queues),
        this.#countDeadLetters(config.name, types),
        ...useLines(data, types),
      ],
    });
  }

  /** Their depth only: what lies in them is for people. */
  #countDeadLetters(name: string, types: readonly EnqueueTarget[]): PolicyStatement {
    return new PolicyStatement({
      sid: "CountDeadLetters",
      actions: ["sqs:GetQueueAttributes"],
      resources: types.map(({ type }) => deadLetterArn(this, name, type)),
    });
  }

  /** The scheduler invokes asynchronously; by default Lambda would retry for six hours what the next tick does anyway. */
  #dropStaleTicks(): void {
    new EventInvokeConfig(this, "StaleTicks", {
      function: this.function.function,
      maxEventAge: Duration.seconds(TICK_MAX_AGE_SECONDS),
      retryAttempts: 0,
    });
  }

  #tickEveryMinute(): void {
    const { functionArn } = this.function.function;
    const role = this.#createSchedulerRole(functionArn);
    // CDK's own LambdaInvoke target would also allow every version and alias of the function.
    const target: IScheduleTarget = {
      bind: () => ({
        arn: functionArn,
        role,
        retryPolicy: { maximumEventAgeInSeconds: TICK_MAX_AGE_SECONDS, maximumRetryAttempts: 1 },
      }),
    };
    new Schedule(this, "EveryMinute", { schedule: ScheduleExpression.rate(Duration.minutes(1)), target });
  }

  #createSchedulerRole(functionArn: string): Role {
    const invoke = new PolicyStatement({
      sid: "InvokeTicker",
      actions: ["lambda:InvokeFunction"],
      resources: [functionArn],
    });
    return new Role(this, "SchedulerRole", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      inlinePolicies: { Backline: new PolicyDocument({ statements: [invoke] }) },
    });
  }
}

function tickerStatements(data: DataReferences, queues: readonly IQueue[]): PolicyStatement[] {
  const { jobsTable } = data;
  return [
    new PolicyStatement({
      sid: "FindDueJobs",
      actions: ["dynamodb:Query"],
      resources: [`${jobsTable.arn}/index/${JOBS_TABLE.indexes.due.name}`],
    }),
    new PolicyStatement({
      sid: "NotePermits",
      // A refused update reads the row that refused it, where the database does not hand it back itself.
      actions: ["dynamodb:UpdateItem", "dynamodb:GetItem"],
      resources: [jobsTable.arn],
    }),
    new PolicyStatement({
      sid: "SendPermits",
      actions: ["sqs:SendMessage", "sqs:GetQueueAttributes"],
      resources: queues.map((queue) => queue.queueArn),
    }),
    new PolicyStatement({
      sid: "ReadDueJobs",
      // An occurrence that was decided to run, and has no row, is asked for again; what is due may have to stand in line.
      actions: ["dynamodb:BatchGetItem"],
      resources: [jobsTable.arn],
    }),
    keepScheduleLedger(data),
    readPauses(data),
  ];
}
