import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { EventTrigger } from "../../shared/job/define-job.ts";

export interface EventTriggerRuleProps {
  readonly type: string;
  readonly trigger: EventTrigger;
  readonly queue: IQueue;
  /** Of SES's events, only those of mail that was sent under it: another installation may share the account. */
  readonly configurationSetName: string;
}

/**
 * Feeds a job type's queue with the events that its definition asks for, cut down to the paths that it names. What
 * EventBridge cannot deliver within its 24 hours of retries is dropped: a dead-letter queue would get the whole event,
 * personal data included, and queues hold none.
 */
export class EventTriggerRule extends Construct {
  constructor(scope: Construct, id: string, { type, trigger, queue, configurationSetName }: EventTriggerRuleProps) {
    super(scope, id);
    const { source, detailType, detail: asked } = trigger.pattern;
    const detail = source.includes("aws.ses") ? ofConfigurationSet(asked, configurationSetName) : asked;
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

/** SES tags each event with the set: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-firehose-contents.html */
function ofConfigurationSet(detail: SesDetail = {}, name: string): object {
  const { mail = {} } = detail;
  return { ...detail, mail: { ...mail, tags: { ...mail.tags, "ses:configuration-set": [name] } } };
}

/** As far as it is looked into here. */
interface SesDetail {
  readonly mail?: { readonly tags?: object };
}
