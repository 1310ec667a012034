import { Stack, TimeZone } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ContextAttribute,
  type IScheduleTarget,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { TickMessage } from "../../shared/contracts/messages.ts";
import { DEFAULT_CATCH_UP_SECONDS, type JobSchedule } from "../../shared/job/schedule.ts";
import { toSchedulerExpression } from "../../shared/job/scheduler-expression.ts";
import { jobScheduleName } from "./job-names.ts";

/** Sending to a queue hardly ever fails; what these do not save, the ticker does. */
const RETRY_ATTEMPTS = 5;
/** EventBridge Scheduler's longest `MaximumEventAgeInSeconds`: a day. */
const LONGEST_EVENT_AGE_SECONDS = 86_400;

export interface JobSchedulesProps {
  /** The installation's name. */
  readonly name: string;
  readonly type: string;
  /** One or more. */
  readonly schedules: readonly JobSchedule[];
  readonly queue: IQueue;
}

/**
 * The EventBridge Scheduler schedules of a job type: each occurrence sends a tick to the type's queue.
 *
 * They have no dead-letter queue: a tick that is lost, here or later, leaves no trace in the ledger, which is where the
 * ticker finds it and sends it again. The same role sends them all, and nothing but to this queue; within an account the
 * queue's own policy need not allow it, and only refuses plain HTTP, which Scheduler does not use.
 */
export class JobSchedules extends Construct {
  readonly #props: JobSchedulesProps;

  constructor(scope: Construct, id: string, props: JobSchedulesProps) {
    super(scope, id);
    this.#props = props;
    const role = this.#createRole();
    for (const schedule of props.schedules) this.#createSchedule(schedule, role);
  }

  #createRole(): Role {
    const send = new PolicyStatement({
      sid: "SendTicks",
      actions: ["sqs:SendMessage"],
      resources: [this.#props.queue.queueArn],
    });
    return new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      inlinePolicies: { Backline: new PolicyDocument({ statements: [send] }) },
    });
  }

  #createSchedule(schedule: JobSchedule, role: Role): void {
    const { name, type } = this.#props;
    const timeZone = TimeZone.of(schedule.timeZone ?? "UTC");
    new Schedule(this, schedule.name, {
      scheduleName: jobScheduleName(name, schedule.name),
      description: `Enqueues ${type} jobs.`,
      schedule: ScheduleExpression.expression(toSchedulerExpression(schedule.cron), timeZone),
      enabled: schedule.enabled ?? true,
      target: this.#target(schedule, role),
    });
  }

  /** CDK's own SqsSendMessage target would make a role for every queue and schedule group, and grant more than sending. */
  #target(schedule: JobSchedule, role: Role): IScheduleTarget {
    return {
      bind: () => ({
        arn: this.#props.queue.queueArn,
        role,
        input: ScheduleTargetInput.fromObject(tickOf(this.#props.type, schedule)),
        retryPolicy: {
          maximumEventAgeInSeconds: eventAgeSeconds(schedule),
          maximumRetryAttempts: RETRY_ATTEMPTS,
        },
      }),
    };
  }
}

/** The body that `contracts/messages` calls a tick; Scheduler puts the occurrence's time in. */
const tickOf = (type: string, { name }: JobSchedule): TickMessage => ({
  v: 1,
  type,
  tick: { schedule: name, at: ContextAttribute.scheduledTime },
});

/** A tick that comes too late to be run is of no use. `catchUpSeconds` is 600 at least, Scheduler's shortest age 60 s. */
const eventAgeSeconds = ({ catchUpSeconds = DEFAULT_CATCH_UP_SECONDS }: JobSchedule): number =>
  Math.min(catchUpSeconds, LONGEST_EVENT_AGE_SECONDS);
