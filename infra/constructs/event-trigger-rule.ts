import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { EventTrigger } from "../../shared/job/define-job.ts";

export interface EventTriggerRuleProps {
  readonly type: string;
  readonly trigger: EventTrigger;
  readonly queue: IQueue;
}

/**
 * Feeds a job type's queue with the events that its definition asks for, cut down to the paths that it names. What
 * EventBridge cannot deliver within its 24 hours of retries is dropped: a dead-letter queue would get the whole event,
 * personal data included, and queues hold none.
 */
export class EventTriggerRule extends Construct {
  constructor(scope: Construct, id: string, { type, trigger, queue }: EventTriggerRuleProps) {
    super(scope, id);
    const { source, detailType, detail } = trigger.pattern;
    new Rule(this, "Rule", {
      description: `Events that become ${type} jobs.`,
      eventPattern: {
        source: [...source],
        detailType: [...detailType],
        ...(detail === undefined ? {} : { detail: { ...detail } }),
      },
      targets: [new SqsQueue(queue, { message: eventMessage(type, trigger) })],
    });
  }
}

/** The body `contracts/messages` calls an event: EventBridge's id makes the job id, so a repeated delivery is one job. */
function eventMessage(type: string, { payload }: EventTrigger): RuleTargetInput {
  const data = Object.fromEntries(
    Object.entries(payload).map(([property, path]) => [property, EventField.fromPath(path)]),
  );
  return RuleTargetInput.fromObject({ v: 1, type, event: { id: EventField.eventId, data } });
}
