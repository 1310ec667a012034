import { Duration } from "aws-cdk-lib";
import { TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

import { deadLetterResourceName } from "../constructs/job-names.ts";
import type { AlarmTopic } from "./alarm-topic.ts";
import { queueDeepLink } from "./runbook.ts";

export interface DeadLetterAlarmProps {
  readonly name: string;
  readonly type: string;
  readonly deadLetters: IQueue;
  readonly alarmTopic: AlarmTopic;
}

/** Goes off within minutes of the first dead letter of a type: it means work for somebody. */
export function alarmOnDeadLetters(scope: Construct, { name, type, deadLetters, alarmTopic }: DeadLetterAlarmProps) {
  alarmTopic.addAlarm(scope, "DeadLettersAlarm", {
    alarmName: `${name}-${type}-dead-letters`,
    meaning: `A ${type} job failed for good and waits in its dead-letter queue.`,
    heading: "deadLetters",
    deepLink: queueDeepLink(scope, deadLetterResourceName(name, type)),
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", period: Duration.minutes(1) }),
    threshold: 1,
    evaluationPeriods: 1,
    // SQS stops publishing for a queue that was quiet for six hours.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
