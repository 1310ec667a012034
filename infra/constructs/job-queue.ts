import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { CatalogEntry } from "../../shared/catalog/index.ts";
import { bucketVariable } from "../../shared/contracts/buckets.ts";
import { type JobTimes, jobTimes, MAX_RECEIVE_COUNT } from "../../shared/job/job-times.ts";
import { settingsOf } from "../../shared/job/with-schedules.ts";
import type { Config } from "../config.ts";
import type { DataReferences } from "../stacks/data-stack.ts";
import { BacklineFunction } from "./backline-function.ts";
import { EventTriggerRule } from "./event-trigger-rule.ts";
import { deadLetterResourceName, jobResourceName } from "./job-names.ts";
import { acknowledgeObjectWildcards, needsStatements } from "./job-permissions.ts";
import { JobSchedules } from "./job-schedules.ts";
import { acknowledgeSendQuota, messagingEnvironment, type MessagingReferences } from "./messaging-permissions.ts";
import { bucketOf } from "./object-permissions.ts";
import { scheduleEnvironment } from "./schedule-environment.ts";

/** SQS's longest. A dead letter's clock runs from the first send, so it must outlive the source queue's by far. */
const DEAD_LETTER_RETENTION = Duration.days(14);
const SOURCE_RETENTION = Duration.days(4);

export interface JobQueueProps {
  readonly entry: CatalogEntry;
  /** All types that are deployed: whose jobs may wait for this one's, and which have priorities. */
  readonly catalog: readonly CatalogEntry[];
  /** Folder with the handler's bundle. */
  readonly bundle: string;
  readonly config: Config;
  readonly data: DataReferences;
  readonly messaging: MessagingReferences;
  /** What every function of the engine is told, see `contracts/environment`. */
  readonly engineEnvironment: Readonly<Record<string, string>>;
}

/**
 * All that one job type needs, from its definition alone: queue, dead-letter queue, function with its role, event source,
 * and if it asks for them, the rule that feeds it events and the schedules that send it ticks.
 */
export class JobQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly worker: BacklineFunction;
  readonly #props: JobQueueProps;
  readonly #times: JobTimes;

  constructor(scope: Construct, id: string, props: JobQueueProps) {
    super(scope, id);
    this.#props = props;
    this.#times = jobTimes(props.entry.definition.run, props.config.timeScale);
    this.deadLetters = this.#createDeadLetters();
    this.queue = this.#createQueue();
    this.worker = this.#createWorker();
    this.#consumeQueue();
    this.#feedWithEvents();
    this.#feedWithTicks();
  }

  get #type(): string {
    return this.#props.entry.definition.type;
  }

  #createDeadLetters(): Queue {
    return new Queue(this, "DeadLetters", {
      queueName: deadLetterResourceName(this.#props.config.name, this.#type),
      retentionPeriod: DEAD_LETTER_RETENTION,
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
    });
  }

  #createQueue(): Queue {
    return new Queue(this, "Queue", {
      queueName: jobResourceName(this.#props.config.name, this.#type),
      retentionPeriod: SOURCE_RETENTION,
      visibilityTimeout: Duration.seconds(this.#times.visibilityTimeoutSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
    });
  }

  #createWorker(): BacklineFunction {
    const { config, bundle, entry } = this.#props;
    const worker = new BacklineFunction(this, "Worker", {
      functionName: jobResourceName(config.name, this.#type),
      description: entry.definition.summary,
      bundle,
      memoryMb: entry.definition.run.memoryMb,
      timeoutSeconds: this.#times.timeoutSeconds,
      logRetentionDays: config.logRetentionDays,
      serviceName: this.#type,
      environment: this.#environment(),
      mayWakeItself: entry.definition.limits?.concurrency !== undefined,
      statements: [...this.#queueStatements(), ...needsStatements(this, this.#props)],
    });
    acknowledgeObjectWildcards(worker, this.#props);
    acknowledgeSendQuota(worker, entry.definition);
    return worker;
  }

  #environment(): Record<string, string> {
    const { engineEnvironment, data, entry } = this.#props;
    const { files = [] } = entry.definition.needs;
    const buckets = ["jobdata", ...files].map((name) => [bucketVariable(name), bucketOf(data, name).name]);
    return {
      ...engineEnvironment,
      ...Object.fromEntries(buckets),
      ...messagingEnvironment(this.#props),
      ...sweepEnvironment(this.#props),
      ...scheduleEnvironment(settingsOf(entry.definition, this.#props.config.schedules)),
    };
  }

  /** The event source receives and deletes with the function's role; the engine hides messages until their retry. */
  #queueStatements(): PolicyStatement[] {
    return [
      new PolicyStatement({
        sid: "ConsumeOwnQueue",
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
        resources: [this.queue.queueArn],
      }),
      new PolicyStatement({
        sid: "SendDeadLetters",
        actions: ["sqs:SendMessage"],
        resources: [this.deadLetters.queueArn],
      }),
    ];
  }

  #consumeQueue(): void {
    const { batchSize, maxConcurrency } = this.#props.entry.definition.run;
    new EventSourceMapping(this, "Source", {
      target: this.worker.function,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      reportBatchItemFailures: true,
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    });
  }

  #feedWithEvents(): void {
    const { entry, messaging } = this.#props;
    const { configurationSetName } = messaging;
    const { triggers = [] } = entry.definition;
    triggers.forEach((trigger, index) => {
      const id = index === 0 ? "Trigger" : `Trigger${index + 1}`;
      const { queue } = this;
      new EventTriggerRule(this, id, { type: this.#type, trigger, queue, configurationSetName });
    });
  }

  #feedWithTicks(): void {
    const { schedules = [] } = this.#props.entry.definition;
    if (schedules.length === 0) return;
    new JobSchedules(this, "Schedules", {
      name: this.#props.config.name,
      type: this.#type,
      schedules,
      queue: this.queue,
    });
  }
}

/** The grace period, for those who go by it, where the installation says one. */
function sweepEnvironment({ config, entry }: JobQueueProps): Record<string, string> {
  const { subscriptionGracePeriodDays: days } = config;
  const isConcerned = entry.definition.needs.lists?.includes("subscription") === true;
  return isConcerned && days !== undefined ? { SUBSCRIPTION_GRACE_PERIOD_DAYS: String(days) } : {};
}
