import { Stack } from "aws-cdk-lib";
import { Alarm, type AlarmProps } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

import { alarmDescription, type RunbookHeading } from "./runbook.ts";

export interface BacklineAlarmProps extends Omit<AlarmProps, "alarmDescription"> {
  readonly meaning: string;
  readonly heading: RunbookHeading;
  /** Console page to look at first. */
  readonly deepLink?: string;
}

/** The one topic that all alarms go to. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { alarmEmail }: { readonly alarmEmail?: string | undefined }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: "Backline alarms", enforceSSL: true });
    this.#allowAlarms();
    if (alarmEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alarmEmail));
  }

  /** Creates an alarm that reports here, and says what it means and what to do. */
  addAlarm(scope: Construct, id: string, { meaning, heading, deepLink, ...props }: BacklineAlarmProps): Alarm {
    const alarm = new Alarm(scope, id, { ...props, alarmDescription: alarmDescription(meaning, heading, deepLink) });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }

  /** A topic with a policy of its own (here: TLS only) loses the default one, which let the account's alarms publish. */
  #allowAlarms(): void {
    const stack = Stack.of(this);
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AllowAlarms",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": stack.account } },
      }),
    );
  }
}
