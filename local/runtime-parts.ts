import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

import { Chaos } from "./chaos.ts";
import { consoleLine } from "./console-line.ts";
import { EventBus } from "./events/event-bus.ts";
import { CallLog } from "./front/call-log.ts";
import { Callers } from "./front/callers.ts";
import { createFront } from "./front/front.ts";
import { dynamodbService } from "./front/services/dynamodb.ts";
import { s3Service } from "./front/services/s3.ts";
import { schedulerService } from "./front/services/scheduler.ts";
import { LocalSecrets } from "./front/services/secrets.ts";
import { SesQuota } from "./front/services/ses-quota.ts";
import { sesService } from "./front/services/ses.ts";
import { queueUrl, sqsService } from "./front/services/sqs.ts";
import { forward } from "./front/forward.ts";
import { withLocalAddresses } from "./host/function-environment.ts";
import { FunctionHost } from "./host/function-host.ts";
import { FunctionLogs } from "./host/function-logs.ts";
import type { InvocationResult } from "./host/invocation.ts";
import { createHttpApi } from "./http/http-api.ts";
import { MailEvents } from "./mail/mail-events.ts";
import { MailStore } from "./mail/mail-store.ts";
import { createMailbox } from "./mail/mailbox.ts";
import { createMessages, type Messages, TWILIO_PATH } from "./messages/messages.ts";
import { type AssembleInput, prepare, type Prepared } from "./prepare.ts";
import { type RuntimeInfo, runtimeInfo } from "./runtime-info.ts";
import { QueuePoller } from "./sources/queue-poller.ts";
import { ScheduleRunner } from "./sources/schedule-runner.ts";
import { type Installation, lastPart } from "./template/installation.ts";
import { LOCAL_REGION } from "./template/intrinsics.ts";

const DEFAULT_CONCURRENCY = 5;
const DEFAULT_MAIL_EVENT_LAG_MS = 1000;
const DEFAULT_MESSAGE_EVENT_LAG_MS = 1000;
/** What nobody has: the template has no secret for Twilio, or somebody stored something else in it. */
const NO_ACCOUNT = { accountSid: "", authToken: "" };

/** The parts of a runtime that are visible from outside. */
export interface Parts {
  readonly info: RuntimeInfo;
  readonly installation: Installation;
  readonly callLog: CallLog;
  readonly mails: MailStore;
  readonly messages: Messages;
  readonly logs: FunctionLogs;
  readonly host: FunctionHost;
}

/** Puts a runtime together and starts it. The order of the steps is the reverse of the order in which they end. */
export async function assemble(input: AssembleInput): Promise<Parts> {
  return new Assembly(input, await prepare(input)).start();
}

/** One runtime's parts and how they are joined. */
class Assembly {
  readonly #input: AssembleInput;
  readonly #prepared: Prepared;
  readonly #callers = new Callers();
  readonly #callLog = new CallLog();
  readonly #mails = new MailStore();
  readonly #logs: FunctionLogs;
  readonly #secrets: LocalSecrets;
  readonly #messages: Messages;
  readonly #schedules: ScheduleRunner;
  readonly #sqs: SQSClient;
  readonly #host: FunctionHost;
  readonly #bus: EventBus;
  readonly #pollers: QueuePoller[] = [];

  constructor(input: AssembleInput, prepared: Prepared) {
    const { installation } = prepared;
    this.#input = input;
    this.#prepared = prepared;
    this.#logs = new FunctionLogs((line) => {
      const shown = input.options.quiet === true ? undefined : consoleLine(line);
      if (shown !== undefined) this.#print(shown);
    });
    this.#secrets = new LocalSecrets(installation.secrets);
    this.#messages = this.#createMessages();
    this.#schedules = new ScheduleRunner({
      timeScale: input.options.timeScale ?? 1,
      deliver: this.#deliver,
      onError: this.#report,
    });
    this.#sqs = this.#createSqsClient();
    this.#host = this.#createHost();
    this.#bus = new EventBus(installation.rules, this.#deliver);
  }

  start(): Parts {
    const { installation } = this.#prepared;
    const { api, mailbox, aws } = this.#input.listeners;
    this.#startFront();
    this.#startPollers();
    api.handle(createHttpApi({ routes: installation.routes, invoke: this.#invoke }));
    this.#startSchedules();
    const addresses = { apiUrl: api.url, mailboxUrl: mailbox.url, frontUrl: aws.url };
    const info = runtimeInfo({ installation, ...addresses, secrets: this.#secrets });
    this.#handleMailbox(info);
    return {
      info,
      installation,
      callLog: this.#callLog,
      mails: this.#mails,
      messages: this.#messages,
      logs: this.#logs,
      host: this.#host,
    };
  }

  /** The mailbox shares its listener with what stands in for Twilio. */
  #handleMailbox(info: RuntimeInfo): void {
    const { options, listeners, cleanup } = this.#input;
    const { payExample } = options;
    cleanup.defer(() => this.#messages.stop());
    const mailbox = createMailbox(this.#mails, payExample && (() => payExample(info)));
    listeners.mailbox.handle(async (request, response, url) => {
      if (!(await this.#messages.handle(request, response, url))) await mailbox(request, response, url);
    });
  }

  #createMessages(): Messages {
    const { options } = this.#input;
    return createMessages({
      credentials: () => this.#secrets.twilio() ?? NO_ACCOUNT,
      lagMs: options.messageEventLagMs ?? DEFAULT_MESSAGE_EVENT_LAG_MS,
      onError: this.#report,
    });
  }

  readonly #invoke = (functionName: string, event: unknown): Promise<InvocationResult> =>
    this.#host.invoke(functionName, event);

  /** To a queue or, asynchronously, to a function: a function's own failure is in its log. */
  readonly #deliver = async (targetArn: string, input: string): Promise<void> => {
    const name = lastPart(targetArn);
    if (targetArn.startsWith("arn:aws:sqs:")) {
      const QueueUrl = queueUrl(this.#input.listeners.aws.url, name);
      await this.#sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: input }));
    } else if (targetArn.startsWith("arn:aws:lambda:")) {
      await this.#invoke(name, JSON.parse(input));
    } else {
      throw new Error(`The embedded runtime cannot deliver to ${targetArn}: it knows queues and functions.`);
    }
  };

  readonly #report = (error: unknown): void => {
    this.#print(`Backline: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };

  #print(line: string): void {
    const { print = (text) => process.stderr.write(`${text}\n`) } = this.#input.options;
    print(line);
  }

  /** Event sources and EventBridge go through the front as everybody does, under a key of their own that is not counted. */
  #createSqsClient(): SQSClient {
    const client = new SQSClient({
      endpoint: this.#input.listeners.aws.url,
      region: LOCAL_REGION,
      credentials: this.#callers.issue({ kind: "runtime" }),
    });
    this.#input.cleanup.defer(() => client.destroy());
    return client;
  }

  #createHost(): FunctionHost {
    const { installation, node } = this.#prepared;
    // After the host has ended, so that every delivery has, too.
    this.#input.cleanup.defer(async () => void (await Promise.all(this.#pollers.map((poller) => poller.drain()))));
    const { api, mailbox } = this.#input.listeners;
    const addresses = { PUBLIC_URL: api.url, TWILIO_BASE_URL: `${mailbox.url}${TWILIO_PATH}` };
    const host = new FunctionHost({
      functions: installation.functions.map((definition) => withLocalAddresses(definition, addresses)),
      node,
      frontUrl: this.#input.listeners.aws.url,
      callers: this.#callers,
      logs: this.#logs,
      maxProcessesOf: (name) => this.#concurrencyOf(name),
      onFailure: (functionName, result) => this.#logFailure(functionName, result),
    });
    this.#input.cleanup.defer(() => host.stop());
    return host;
  }

  #concurrencyOf(functionName: string): number {
    const mapping = this.#prepared.installation.mappings.find((candidate) => candidate.functionName === functionName);
    return mapping?.maxConcurrency ?? this.#input.options.defaultConcurrency ?? DEFAULT_CONCURRENCY;
  }

  /** As Lambda does: the error that the handler threw, or how its process ended, goes into the function's log. */
  #logFailure(functionName: string, result: InvocationResult): void {
    if (result.ok) return;
    const { requestId, error } = result;
    const text = JSON.stringify({ level: "ERROR", message: "Invocation failed.", requestId, error });
    this.#logs.add({ at: new Date(), functionName, pid: 0, text });
  }

  #startFront(): void {
    const { installation, emulators } = this.#prepared;
    const { options, listeners, cleanup } = this.#input;
    const mailEvents = new MailEvents({
      bus: this.#bus,
      destinations: installation.mailDestinations,
      lagMs: options.mailEventLagMs ?? DEFAULT_MAIL_EVENT_LAG_MS,
      onError: this.#report,
    });
    cleanup.defer(() => mailEvents.stop());
    this.#mails.onMail((mail) => mailEvents.follow(mail));
    listeners.aws.handle(
      createFront({
        callers: this.#callers,
        callLog: this.#callLog,
        intercept: options.intercept,
        services: {
          dynamodb: dynamodbService(emulators.dynamodb),
          sqs: sqsService({ upstream: emulators.fauxqs, frontUrl: listeners.aws.url }),
          s3: s3Service(emulators.fauxqs),
          ses: sesService({
            upstream: emulators.ses,
            configurationSets: new Set(installation.configurationSets.map(({ name }) => name)),
            quota: new SesQuota(options.mail),
            onMail: (mail) => this.#mails.add(mail),
          }),
          secretsmanager: this.#secrets.service,
          scheduler: schedulerService(this.#schedules),
          sts: (request) => forward(emulators.fauxqs, request),
        },
      }),
    );
  }

  #startPollers(): void {
    const { options, listeners, cleanup } = this.#input;
    const chaos = options.chaosSeed === undefined ? undefined : new Chaos(options.chaosSeed);
    for (const mapping of this.#prepared.installation.mappings) {
      const poller = new QueuePoller({
        mapping,
        queueUrl: queueUrl(listeners.aws.url, mapping.queueName),
        sqs: this.#sqs,
        concurrency: this.#concurrencyOf(mapping.functionName),
        invoke: this.#invoke,
        chaos,
        onError: this.#report,
      });
      this.#pollers.push(poller);
      poller.start();
      cleanup.defer(() => poller.stop());
    }
  }

  #startSchedules(): void {
    for (const schedule of this.#prepared.installation.schedules) this.#schedules.add(schedule);
    this.#input.cleanup.defer(() => this.#schedules.stop());
  }
}
