import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import type { CatalogEntry } from "../../shared/catalog/index.ts";
import type { BundleOf } from "../build-functions.ts";
import type { Config } from "../config.ts";
import { constructIdOf, queueUrlPrefix } from "../constructs/job-names.ts";
import { JobQueue } from "../constructs/job-queue.ts";
import { MailEvents } from "../constructs/mail-events.ts";
import type { MessagingReferences } from "../constructs/messaging-permissions.ts";
import { createPlaceholderSecret } from "../constructs/placeholder-secret.ts";
import { PublicApi } from "../constructs/public-api.ts";
import { Ticker } from "../constructs/ticker.ts";
import { entryOf, SERVICE_ENTRIES } from "../function-entries.ts";
import { AlarmTopic } from "../monitoring/alarm-topic.ts";
import { EngineAlarms } from "../monitoring/engine-alarms.ts";
import { EngineDashboard } from "../monitoring/engine-dashboard.ts";
import type { DataReferences } from "./data-stack.ts";

export interface JobsStackProps extends StackProps {
  readonly config: Config;
  readonly catalog: readonly CatalogEntry[];
  readonly bundleOf: BundleOf;
  readonly data: DataReferences;
}

/** Everything that runs. It can be deleted and deployed again at any time: what must survive is in the data stack. */
export class JobsStack extends Stack {
  readonly #props: JobsStackProps;
  readonly #alarmTopic: AlarmTopic;
  readonly #engineEnvironment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: JobsStackProps) {
    super(scope, id, props);
    this.#props = props;
    this.#alarmTopic = new AlarmTopic(this, "Alarms", { alarmEmail: props.config.alarmEmail });
    this.#engineEnvironment = this.#createEngineEnvironment();
    const twilioSecret = this.#createTwilioSecret();
    const publicApi = this.#createPublicApi(twilioSecret);
    const jobQueues = this.#createJobQueues({
      publicUrl: publicApi.url,
      linkSecretArn: props.data.linkSecretArn,
      twilioSecretArn: twilioSecret.secretArn,
    });
    const ticker = this.#createTicker(jobQueues);
    this.#watch(ticker, publicApi);
    this.#printOutputs(publicApi, twilioSecret);
  }

  #createEngineEnvironment(): Record<string, string> {
    const { config, data } = this.#props;
    return {
      JOBS_TABLE: data.jobsTable.name,
      RECORDS_TABLE: data.recordsTable.name,
      QUEUE_URL_PREFIX: queueUrlPrefix(this, config.name),
      TIME_SCALE: String(config.timeScale),
    };
  }

  #createTwilioSecret(): Secret {
    return createPlaceholderSecret(this, "TwilioSecret", {
      description: 'Twilio\'s credentials: {"accountSid": "AC…", "authToken": "…"}.',
      properties: { accountSid: "not set" },
      generated: "authToken",
      whyNotRotated: "Twilio issues and rotates the token; whoever renews it there stores it here.",
    });
  }

  #createJobQueues(references: Omit<MessagingReferences, "configurationSetName">): JobQueue[] {
    const { config, catalog, bundleOf, data } = this.#props;
    const { configurationSetName } = new MailEvents(this, "Mail", config);
    // A scope of their own: a job type may be called like any other part of the stack.
    const scope = new Construct(this, "Jobs");
    return catalog.map(
      (entry) =>
        new JobQueue(scope, constructIdOf(entry.definition.type), {
          entry,
          catalog,
          bundle: bundleOf(entryOf(entry)),
          config,
          data,
          messaging: { ...references, configurationSetName },
          engineEnvironment: this.#engineEnvironment,
        }),
    );
  }

  #createTicker(jobQueues: readonly JobQueue[]): Ticker {
    const { config, bundleOf, data } = this.#props;
    return new Ticker(this, "Ticker", {
      bundle: bundleOf(SERVICE_ENTRIES.ticker),
      config,
      data,
      queues: jobQueues.map(({ queue }) => queue),
      types: this.#props.catalog.map(({ definition }) => definition),
      schedules: config.schedules ?? {},
      engineEnvironment: this.#engineEnvironment,
    });
  }

  #createPublicApi({ secretArn: twilioSecretArn }: Secret): PublicApi {
    const engineEnvironment = this.#engineEnvironment;
    return new PublicApi(this, "PublicApi", { ...this.#props, engineEnvironment, twilioSecretArn });
  }

  #watch(ticker: Ticker, { stage }: PublicApi): void {
    const { name } = this.#props.config;
    new EngineAlarms(this, "EngineAlarms", {
      name,
      alarmTopic: this.#alarmTopic,
      ticker: ticker.function.function,
      stage,
    });
    new EngineDashboard(this, "EngineDashboard", { name });
  }

  #printOutputs({ api, url, stripeSecret, cronSecret }: PublicApi, twilioSecret: Secret): void {
    new CfnOutput(this, "ApiUrl", { value: api.apiEndpoint, description: "Where the HTTP API answers." });
    new CfnOutput(this, "PublicUrl", { value: url, description: "What links in mails begin with." });
    new CfnOutput(this, "QueueUrlPrefix", {
      value: queueUrlPrefix(this, this.#props.config.name),
      description: "QUEUE_URL_PREFIX of `npm run job`.",
    });
    new CfnOutput(this, "StripeWebhookSecretArn", {
      value: stripeSecret.secretArn,
      description: "Put Stripe's signing secret here.",
    });
    new CfnOutput(this, "CronSecretArn", {
      value: cronSecret.secretArn,
      description: "Give callers of the cron endpoints this secret's current value, or put yours there.",
    });
    new CfnOutput(this, "TwilioSecretArn", {
      value: twilioSecret.secretArn,
      description: "Put Twilio's account SID and auth token here.",
    });
    new CfnOutput(this, "AlarmTopicArn", { value: this.#alarmTopic.topic.topicArn, description: "Where alarms go." });
  }
}
